"""Start a process again when it dies, ever more slowly when it keeps dying."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic as _now

from agora.supervisor.console import say
from agora.supervisor.process import Child

logger = logging.getLogger(__name__)

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_HEALTHY_SECONDS = 60.0  # whoever has run for so long starts again with the shortest pause


@dataclass
class Watched:
    """A child that should always run, and how it is started again."""

    child: Callable[[], Child | None]
    start: Callable[[], None]
    pause_seconds: float = _FIRST_PAUSE_SECONDS
    started_at: float = 0.0
    due_at: float | None = None

    def begin(self) -> None:
        """Start the child for the first time."""
        self.start()
        self.started_at = _now()

    def look(self) -> bool:
        """Note an ended child, and start it again once its pause is over; return whether a process was started."""
        child = self.child()
        if child is None or child.is_running:
            return False
        now = _now()
        if self.due_at is None:
            self._note_end(child, now)
        if self.due_at is None or now < self.due_at:
            return False
        self.due_at = None
        self.begin()
        return True

    def _note_end(self, child: Child, now: float) -> None:
        """Say that the child ended and fix when it is started again."""
        if now - self.started_at >= _HEALTHY_SECONDS:
            self.pause_seconds = _FIRST_PAUSE_SECONDS
        # What the dead process has left in its group would hold its files and its place.
        child.kill_group()
        self.due_at = now + self.pause_seconds
        logger.warning("process ended program=%s status=%s", child.name, child.exit_status)
        say(f"{child.name} ended with status {child.exit_status}; starting it again in {self.pause_seconds:g} s")
        say(f"  see {child.log}")
        self.pause_seconds = min(2 * self.pause_seconds, _LONGEST_PAUSE_SECONDS)
