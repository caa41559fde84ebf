"""Do the work of a command and tell in one line what goes wrong; no learning framework is loaded.

A command ends with 0, or with 2 for a wrong call or unusable data, 1 for a run that failed, 143 for one that was stopped;
in all but the first case with an event `failed` and one line on standard error.
"""

from __future__ import annotations

import errno
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from baselines.catalogue import RecipeError
from baselines.images import DataError
from baselines.models.errors import ModelError, WeightError
from baselines.training.errors import RunError, StoppedError
from baselines.training.journal import Journal

FINE, FAILED, WRONG_CALL, STOPPED = 0, 1, 2, 143


def guarded(journal: Journal, work: Callable[[], None]) -> int:
    """Do the work and return the exit status; what goes wrong in a foreseen way is told in one line."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        journal.stop()

    before = signal.signal(signal.SIGTERM, stop)
    try:
        work()
    except (RunError, DataError, WeightError, RecipeError, ModelError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        return _failed(journal, error)
    finally:
        signal.signal(signal.SIGTERM, before)
    return FINE


def _failed(journal: Journal, error: Exception) -> int:
    """Tell why the work failed, in one line, and return the exit status."""
    reason = "; ".join(str(error).splitlines())
    if isinstance(error, OSError):
        reason = f"{error.filename or 'a file'} cannot be written ({error.strerror})"
    print(f"baselines: {reason}", file=sys.stderr)  # noqa: T201 (the command's own voice)
    resumable = error.resumable if isinstance(error, RunError) else not isinstance(error, RecipeError | ModelError)
    # Where the folder is full, standard output gets the event before this is raised.
    with suppress(RunError):
        journal.say("failed", reason=reason, resumable=resumable)
    if isinstance(error, StoppedError):
        return STOPPED
    return WRONG_CALL if isinstance(error, DataError | WeightError | RecipeError | ModelError) else FAILED
