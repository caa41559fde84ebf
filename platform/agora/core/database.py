"""Outlast a restart of the database, and make strangers' texts fit for it."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.db import Error, InterfaceError, OperationalError, connection

logger = logging.getLogger(__name__)
Value = TypeVar("Value")
# What says that the database cannot be reached, rather than that it refuses.
OPERATIONAL = (OperationalError, InterfaceError)
_PAUSE_SECONDS = 0.2
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def patiently(ask: Callable[[], Value]) -> Value:
    """Return what one transaction of a worker returns, however long the database restarts: a restart is no attempt.

    Waiting ends at half the age at which the sweep takes objects without a row: a result whose row is not written yet is one.
    """
    return outlast_restart(ask, deadline_seconds=settings.UPLOAD_STALLED_SECONDS / 2)


def outlast_restart(write: Callable[[], Value], *, deadline_seconds: float) -> Value:
    """Return what `write` returns, trying again on a new connection while the database cannot be reached.

    `write` is one transaction and carries a fence, so that a commit whose answer was lost is not repeated but refused. After the
    deadline the error rises.
    """
    end = time.monotonic() + deadline_seconds
    while True:
        try:
            return write()
        except Error as error:
            if connection.in_atomic_block or time.monotonic() > end or not _says_gone(error):
                raise
            logger.warning("database unreachable, trying again error=%s", type(error).__name__)
            connection.close()
            threading.Event().wait(_PAUSE_SECONDS)


def _says_gone(error: Error) -> bool:
    """Say whether an error means a lost connection; what breaks in the middle of an answer can be of any class."""
    return isinstance(error, OPERATIONAL) or not connection.is_usable()


def storable(value: Any) -> Any:
    """Return a JSON value that PostgreSQL can hold: in texts, NUL and lone surrogates become replacement characters."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\0", _REPLACEMENT)
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return [storable(item) for item in value] if isinstance(value, list) else value
