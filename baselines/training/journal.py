"""Write what happens in a run as JSON, one event a line, to standard output and to the run's `events.jsonl`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from baselines.training.errors import RunError, StoppedError

Progress = Callable[[int, int], None]
"""Called with what is done and what is to be done."""

_STEPS = 50
"""At most about so many lines of progress a stage."""


class Journal:
    """Hold where events go, and whether the run was asked to stop.

    Parameters
    ----------
    file : Path, optional
        `events.jsonl` of the run; lines are appended. Without it events go to standard output alone.
    stream : text stream, optional
        Standard output by default.
    """

    def __init__(self, file: Path | None = None, *, stream: TextIO | None = None) -> None:
        self.file = file
        self._stream = stream
        self.is_stopping = False

    def stop(self) -> None:
        """Ask the run to stop; it does so at the next event of progress or the next iteration."""
        self.is_stopping = True

    def say(self, event: str, **fields: object) -> None:
        """Write one event; RunError if the run's folder is full."""
        line = json.dumps({"event": event, **fields}, allow_nan=False) + "\n"
        stream = self._stream or sys.stdout
        stream.write(line)
        stream.flush()
        if self.file is not None:
            try:
                with self.file.open("a", encoding="utf-8") as file:
                    file.write(line)
            except OSError as error:
                # The reader of standard output is told all the same.
                self.file = None
                raise RunError(f"events.jsonl cannot be written ({error.strerror})") from error

    def progress(self, stage: str) -> Progress:
        """Return what a stage tells its progress to: about fifty lines, the last one when all is done."""
        last = -1

        def told(done: int, total: int) -> None:
            nonlocal last
            if self.is_stopping:
                raise StoppedError
            step = done * _STEPS // max(1, total)
            if step != last:
                last = step
                self.say("progress", stage=stage, done=done, total=total)

        return told
