"""Put the id of a task into every line that is written while it runs."""

import contextvars
from typing import Any

from celery.signals import task_postrun, task_prerun

from agora.core.logs import bind, unbind

# A pool process runs one task at a time; eager tasks of tests may nest.
_TOKENS: dict[str, contextvars.Token[Any]] = {}


def _begin(task_id: str, task: Any, **_: Any) -> None:
    _TOKENS[task_id] = bind(task=task_id, task_name=task.name)


def _end(task_id: str, **_: Any) -> None:
    token = _TOKENS.pop(task_id, None)
    if token is not None:
        unbind(token)


task_prerun.connect(_begin, weak=False)
task_postrun.connect(_end, weak=False)
