"""The operator's wish to end: signals are remembered and wake whoever waits; nothing is raised inside a handler."""

import os
import select
import signal
from types import FrameType, TracebackType
from typing import Self

from agora.supervisor.errors import StopRequestedError

_ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopWish:
    """Counts the signals that ask for the end: one stops in order, a second one hurries."""

    def __init__(self) -> None:
        self.count = 0
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._earlier: dict[int, object] = {}

    def __enter__(self) -> Self:
        for number in (*_ASKING, signal.SIGCHLD):
            self._earlier[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._earlier.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        os.close(self._reader)
        os.close(self._writer)

    @property
    def is_hurried(self) -> bool:
        """Say whether the operator asked again."""
        return self.count > 1

    def check(self) -> None:
        """Raise StopRequestedError when the operator asked for the end; for waits during the start."""
        if self.count:
            raise StopRequestedError

    def wait(self, seconds: float) -> None:
        """Return at the next signal (the end of a child among them), at the latest after `seconds`."""
        readable, _, _ = select.select([self._reader], [], [], seconds)
        if readable:
            os.read(self._reader, 4096)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if number in _ASKING:
            self.count += 1
        try:
            os.write(self._writer, b".")
        except BlockingIOError:
            # The pipe is full of earlier wake-ups: one more says nothing new.
            return
