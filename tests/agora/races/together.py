"""Let calls meet: all at one moment by a barrier, or in a line behind a row that somebody holds, so that each order happens.

Every call runs in a thread with a connection of its own. `at_once` is chance with as many tries as there are threads; `in_line`
forces the one interleaving that chance would hide: each call is started when the database says that the one before it waits.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper

from agora.core.errors import ParticipantError
from agora.supervisor.process import wait_until

DEADLINE_SECONDS = 60
Call = Callable[[], Any]


@dataclass
class Outcome:
    """How one call ended: `value`, or the `error` that it raised."""

    value: Any = None
    error: BaseException | None = None

    @property
    def code(self) -> str:
        """Return "ok", or the code of a refusal."""
        return self.error.code if isinstance(self.error, ParticipantError) else "ok"


def at_once(*calls: Call) -> list[Outcome]:
    """Run the calls from one barrier on; return how each ended. Only refusals are outcomes, whatever else was raised rises."""
    barrier = threading.Barrier(len(calls))
    runs = [_Run(call, barrier) for call in calls]
    for run in runs:
        run.start()
    return [run.ended() for run in runs]


def in_line(*calls: Call, behind: models.Model, then: Call = lambda: None) -> list[Outcome]:
    """Hold the row `behind`, start each call when all before it wait for a lock, let go; return how each ended.

    `then` is done when all wait, before the row is let go.

    A call that does not wait where it has to is a DeadlineError: the lock that the order hangs on is not taken.
    """
    runs = [_Run(call) for call in calls]
    with holding(behind):
        for number, run in enumerate(runs, start=1):
            run.start()
            wait_for_waiting(number)
        then()
    return [run.ended() for run in runs]


@contextmanager
def holding(row: models.Model) -> Iterator[None]:
    """Hold a row from a connection of its own, as another transaction would, while the `with` lasts."""
    with another_connection() as other:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            table = row._meta.db_table
            cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR NO KEY UPDATE", [row.pk])
        yield
        other.rollback()


@contextmanager
def another_connection() -> Iterator[BaseDatabaseWrapper]:
    """Give a second connection to the test's database and close it."""
    other = connection.copy()
    try:
        yield other
    finally:
        other.close()


def wait_for_waiting(count: int) -> None:
    """Return when so many of the database's sessions wait for a lock."""
    wait_until(lambda: _waiting() == count, deadline_seconds=DEADLINE_SECONDS, what=f"{count} sessions wait for a lock")


def codes(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the codes of all outcomes, sorted: an order of arrival that does not matter is left out."""
    return sorted(outcome.code for outcome in outcomes)


class _Run(threading.Thread):
    """One call in a thread with its own connection, which is there before the call begins."""

    def __init__(self, call: Call, barrier: threading.Barrier | None = None) -> None:
        super().__init__(daemon=True)
        self._call, self._barrier, self._outcome = call, barrier, Outcome()

    def run(self) -> None:
        try:
            connection.ensure_connection()
            if self._barrier is not None:
                self._barrier.wait(DEADLINE_SECONDS)
            self._outcome.value = self._call()
        except BaseException as error:  # noqa: BLE001 - whatever a call raised is its outcome
            self._outcome.error = error
        finally:
            connection.close()

    def ended(self) -> Outcome:
        self.join(DEADLINE_SECONDS)
        assert not self.is_alive(), "the call has not ended"
        if self._outcome.error is not None and not isinstance(self._outcome.error, ParticipantError):
            raise self._outcome.error
        return self._outcome


def _waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])
