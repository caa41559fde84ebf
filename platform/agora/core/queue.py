"""Wake workers. A message carries no work: whoever gets it asks the database what waits."""

import logging
from collections.abc import Callable
from typing import Any

from celery import current_app, shared_task  # noqa: TID251 - the one allowed use: every other module takes `task` from here
from django.db import transaction

logger = logging.getLogger(__name__)

# Lower apps wake upper ones by name, never by import; a test resolves every entry.
WAKES = {
    "checking": "agora.submissions.tasks.check_uploads",
    "comparing": "agora.evaluations.tasks.compare",
    "running": "agora.runs.tasks.run",
    "running-gpu": "agora.runs.tasks.run_on_gpu",
    "scoring": "agora.evaluations.tasks.score",
}


def task(function: Callable[..., Any]) -> Any:
    """Register a Celery task under its import path, acknowledged early and without a result."""
    name = f"{function.__module__}.{function.__qualname__}"
    return shared_task(name=name, ignore_result=True, acks_late=False)(function)


def queue_of(what: str) -> str:
    """Return the name of the queue to which wake-ups for `what` go."""
    return str(current_app.amqp.router.route({}, WAKES[what])["queue"].name)


def wake(what: str, *, times: int = 1) -> None:
    """Send wake-ups for `what` after the current transaction commits.

    A broker that cannot be reached, or refuses, is logged and forgotten: the sweep finds whatever waits in the database, and no
    request and no task fails for want of a message.
    """
    transaction.on_commit(lambda: _send(WAKES[what], times))


def _send(name: str, times: int) -> None:
    try:
        for _ in range(times):
            current_app.send_task(name)
    except Exception as error:  # noqa: BLE001 - every transport has errors of its own, and none of them may matter
        logger.warning("wake-up not sent task=%s error=%s", name, type(error).__name__)
