"""Know in every process of a worker that the worker is shutting down, so that held work is handed back at once."""

import mmap
from typing import Any

from celery.signals import worker_shutting_down

# One anonymous shared page, made before the pool forks: the main process writes it, its pool processes read it.
_PAGE = mmap.mmap(-1, 1)


def begin_shutdown(**_: Any) -> None:
    """Tell all processes of this worker that it stops; Celery calls it in the main process on the first SIGTERM."""
    _PAGE[0] = 1


def is_shutting_down() -> bool:
    """Return whether this worker stops."""
    return _PAGE[0] == 1


def forget_shutdown() -> None:
    """Start afresh, for a process that is used again after a worker in it has stopped."""
    _PAGE[0] = 0


worker_shutting_down.connect(begin_shutdown, weak=False)
