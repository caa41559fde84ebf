"""Bring what a run's child says into the run's row while it works, and tell when it has to stop."""

import logging
import os
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from django.db import Error, connection
from django.utils import timezone

from agora.core.children import Outcome
from agora.core.leases import Heartbeat, Lease, Work
from agora.core.shutdown import is_shutting_down
from agora.runs.journal import Curve, Journal, Progress
from agora.runs.models import Run

logger = logging.getLogger(__name__)

WRITE_SECONDS: Final = 1.0
_CHUNK_BYTES: Final = 64 * 1024


class Stop(StrEnum):
    """Why a run's child has to stop."""

    NONE = ""
    LOST = "lost"  # the run went to another worker
    SHUTDOWN = "shutdown"  # the run is handed back
    CANCELLED = "cancelled"  # a person asked for it


@dataclass
class Teller:
    """Reads the pipe into which the children of one attempt print, and writes the row under the attempt's lease."""

    work: Work[Run]
    lease: Lease
    beat: Heartbeat
    reader: int
    journal: Journal
    seconds: float  # of computing, before this attempt
    peak_memory_bytes: int
    is_cancelled: bool = False
    is_lost: bool = False
    begun: float = field(default_factory=time.monotonic)
    wrote_at: float = 0.0

    @classmethod
    def of(cls, run: Run, work: Work[Run], lease: Lease, beat: Heartbeat, reader: int) -> "Teller":
        """Go on where an earlier attempt of the run ended."""
        journal = Journal(timezone.now, Progress.of(run.progress), Curve.of(run.curve), list(run.validations))
        journal.lines.extend(run.log.splitlines())
        os.set_blocking(reader, False)
        return cls(work, lease, beat, reader, journal, run.seconds, run.peak_memory_bytes)

    @property
    def stop(self) -> Stop:
        """Return the most urgent reason to stop."""
        if self.is_lost or self.beat.lost.is_set():
            return Stop.LOST
        if is_shutting_down():
            return Stop.SHUTDOWN
        return Stop.CANCELLED if self.is_cancelled else Stop.NONE

    def look(self) -> bool:
        """Take what was said, write it about once a second, and say whether the child has to stop."""
        self.drain()
        if time.monotonic() - self.wrote_at >= WRITE_SECONDS:
            self.write()
        return self.stop is not Stop.NONE

    def drain(self) -> None:
        """Take all that lies in the pipe."""
        try:
            while chunk := os.read(self.reader, _CHUNK_BYTES):
                self.journal.hear(chunk)
        except BlockingIOError:
            return

    def spent(self, outcome: Outcome) -> None:
        """Count what a step used, and write what it said last."""
        self.drain()
        self.journal.end()
        self.peak_memory_bytes = max(self.peak_memory_bytes, outcome.peak_memory_bytes)
        self.write()

    def columns(self) -> dict[str, object]:
        """Return the columns of the row that tell how far the run is and what it has used."""
        used = {"seconds": self.total_seconds, "peak_memory_bytes": self.peak_memory_bytes}
        return {**self.journal.columns(), **used}

    @property
    def total_seconds(self) -> float:
        """Return the seconds of computing over all attempts."""
        return self.seconds + time.monotonic() - self.begun

    def write(self) -> None:
        """Write the row and read whether somebody asked for the end; a database that restarts is waited for by the next turn."""
        self.wrote_at = time.monotonic()
        held = self.work.fenced(self.lease)
        try:
            self.is_lost = held.update(**self.columns()) != 1
            self.is_cancelled = held.filter(cancel_asked_at__isnull=False).exists()
        except Error as error:
            logger.warning("progress not written id=%s error=%s", self.lease.pk, type(error).__name__)
            if not connection.in_atomic_block:
                connection.close()
