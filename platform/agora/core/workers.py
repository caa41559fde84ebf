"""Know which workers live, by the sign of life that each writes into its row."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from importlib.util import find_spec
from typing import Any

from celery.signals import heartbeat_sent, worker_ready, worker_shutdown
from django.conf import settings
from django.db import Error, connection
from django.db.models import Count, Max, QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from agora.core.isolation import Isolation, isolation
from agora.core.models import Worker
from agora.core.queue import WAKES, queue_of, wake

logger = logging.getLogger(__name__)


@dataclass
class _Presence:
    """What the main process of a worker says of itself."""

    name: str = ""
    queues: list[str] = field(default_factory=list)
    slots: int = 0
    said_at: float = 0.0


_PRESENCE = _Presence()


def live_slots(queue: str) -> int:
    """Return how many pieces of work the living workers of a queue can do at once."""
    return living().filter(queues__contains=[queue]).aggregate(slots=Sum("slots"))["slots"] or 0


def living() -> QuerySet[Worker]:
    """Return the workers heard of within three heartbeats."""
    silence = 3 * settings.PERIODS["heartbeat"]
    return Worker.objects.filter(seen_at__gt=RawSQL("clock_timestamp() - %s * interval '1 second'", [silence]))


def isolations(queue: str) -> dict[Isolation, int]:
    """Return what confines the children of a queue's living workers, weakest first, and of how many workers that is true."""
    rows = (
        living().filter(queues__contains=[queue]).values_list("landlock", "filters_calls").annotate(workers=Count("pk"))
    )
    return {
        Isolation(landlock, filters_calls): workers
        for landlock, filters_calls, workers in rows.order_by("landlock", "filters_calls")
    }


def last_sign_of_life(queue: str) -> datetime | None:
    """Return when a worker of a queue was last heard of, None if never."""
    seen: datetime | None = Worker.objects.filter(queues__contains=[queue]).aggregate(at=Max("seen_at"))["at"]
    return seen


def say_alive(name: str, queues: list[str], slots: int) -> None:
    """Write a worker's sign of life by the database's clock."""
    walls = isolation()
    held = {"landlock": walls.landlock, "filters_calls": walls.is_filtered}
    values = {"queues": queues, "slots": slots, **held, "learns": has_torch(), "seen_at": Now()}
    Worker.objects.update_or_create(name=name, defaults=values)


@cache
def has_torch() -> bool:
    """Return whether PyTorch is installed beside this process, without loading it."""
    return find_spec("torch") is not None


def _arrive(sender: Any, **_: Any) -> None:
    """Remember what this worker is, say so, and look at once at what waits: wake-ups may have been lost while nobody listened.

    Only its own work: a message to a queue that nobody serves, or to a worker that is busy for hours, would lie there.
    """
    _PRESENCE.name = sender.hostname
    _PRESENCE.queues = sorted(sender.app.amqp.queues.consume_from)
    _PRESENCE.slots = sender.controller.concurrency
    _live_on()
    for what in WAKES:
        if queue_of(what) in _PRESENCE.queues:
            wake(what)


def _live_on(**_: Any) -> None:
    """Say so again, at most twice in a heartbeat of ours; without a broker Celery's heart stops, and so does this."""
    if _PRESENCE.name and time.monotonic() - _PRESENCE.said_at > settings.PERIODS["heartbeat"] / 2:
        _PRESENCE.said_at = time.monotonic()
        _write(partial(say_alive, _PRESENCE.name, _PRESENCE.queues, _PRESENCE.slots))


def _leave(**_: Any) -> None:
    """Take the row away: a worker that left in order is not missed."""
    if _PRESENCE.name:
        _write(Worker.objects.filter(name=_PRESENCE.name).delete)


def _write(write: Callable[[], object]) -> None:
    """Write on a connection of the moment: the main process forks its pool and must not leave a connection open to it."""
    try:
        write()
    except Error as error:
        logger.warning("sign of life not written error=%s", type(error).__name__)
    finally:
        connection.close()


worker_ready.connect(_arrive, weak=False)
heartbeat_sent.connect(_live_on, weak=False)
worker_shutdown.connect(_leave, weak=False)
