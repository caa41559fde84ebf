"""Let one worker at a time hold a row of work: claim, heartbeat, fence, release, reap.

All times are the database's. A claim raises `attempt` and writes a name that no other claim ever had into `owner`; every later
write carries both as a fence, so that a worker that slept through its lease changes nothing any more.
"""

import logging
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL

from agora.core.database import OPERATIONAL, patiently
from agora.core.models import Leased
from agora.core.refs import new_ref

logger = logging.getLogger(__name__)
Row = TypeVar("Row", bound=Leased)


class LeaseLostError(Exception):
    """The row went to another worker, or ended: whatever this one was about to write is to be discarded."""


@dataclass(frozen=True)
class Lease:
    """One worker's hold on one row: what every write of that worker carries."""

    pk: int
    attempt: int
    owner: str


@dataclass(frozen=True)
class Work(Generic[Row]):
    """A kind of work: which rows wait, which are held, and what a claim and a release write beside the lease.

    `waiting` and `on_claim` are SQL of our own, `waiting` in the words of the table's partial index.
    """

    model: type[Row]
    waiting: str
    held: Q
    on_claim: str = ""
    on_release: Mapping[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> str:
        """Return the name of the table."""
        return self.model._meta.db_table  # noqa: SLF001 - Django documents it

    @property
    def rows(self) -> QuerySet[Row]:
        """Return all rows."""
        return self.model._default_manager.all()  # noqa: SLF001 - Django documents it

    def claim(self) -> tuple[Row, Lease] | None:
        """Take the next waiting row under a lease, or return None when nothing waits; workers never wait for each other.

        Claim and reading are one statement. When the database goes away before its answer arrives, the owner's name, which no
        other claim has, tells whether the claim was committed: an attempt is never spent by a claim that nobody knows of.
        """
        owner = new_owner()
        try:
            row = self._take(owner)
        except OPERATIONAL:
            logger.warning("claim without an answer table=%s owner=%s", self.model.__name__, owner)
            row = patiently(self.rows.filter(self.held, owner=owner).first)
        return None if row is None else (row, Lease(row.pk, row.attempt, owner))

    def _take(self, owner: str) -> Row | None:
        query = (
            f"UPDATE {self.table} SET attempt = attempt + 1, owner = %s,"  # noqa: S608 - our own words
            f" lease_until = clock_timestamp() + %s * interval '1 second'{self.on_claim}"
            f" WHERE id = (SELECT id FROM {self.table} WHERE {self.waiting} AND not_before <= clock_timestamp()"
            " ORDER BY priority, queued_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING *"
        )
        return next(iter(self.rows.raw(query, [owner, lease_length().total_seconds()])), None)

    def fenced(self, lease: Lease) -> QuerySet[Row]:
        """Return the row if the lease still holds it, else nothing: the only way to write to it."""
        held = self.rows.filter(self.held)
        return held.filter(pk=lease.pk, attempt=lease.attempt, owner=lease.owner)

    def extend(self, lease: Lease) -> bool:
        """Extend the lease by a whole length from now; False when the row is no longer ours."""
        return self.fenced(lease).update(lease_until=after(lease_length())) == 1

    def release(self, lease: Lease) -> bool:
        """Hand the row back as it was before the claim: a shutdown is no attempt. False when it is no longer ours."""
        return self._let_go(lease, attempt=F("attempt") - 1)

    def requeue(self, lease: Lease, *, delay_seconds: float, **changes: Any) -> bool:
        """Let the row wait for another attempt; False when it is no longer ours."""
        return self._let_go(lease, not_before=after(timedelta(seconds=delay_seconds)), **changes)

    def expired(self, *, skip_locked: bool = False) -> list[Lease]:
        """Return the leases that have run out; on request without those whose row another transaction holds.

        Who holds the row is writing its end, or was cut off in the middle of it: the server may take hours to notice, and whoever
        waited would keep all others waiting too. None while the database has just started: whoever lives could not renew its lease
        while it was away, and a restart is no attempt.
        """
        grace = settings.PERIODS["grace"]
        now = RawSQL(
            "CASE WHEN pg_postmaster_start_time() + %s * interval '1 second' <= clock_timestamp() THEN clock_timestamp() END",
            [grace],
        )
        late = self.rows.filter(self.held, lease_until__lt=now).order_by("pk")
        with transaction.atomic():
            free = late.select_for_update(skip_locked=True) if skip_locked else late
            return [Lease(*row) for row in free.values_list("pk", "attempt", "owner")]

    def counts(self) -> tuple[int, int]:
        """Return how many rows wait (those whose time has not come included) and how many are held."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {self.table} WHERE {self.waiting}")  # noqa: S608
            waiting = cursor.fetchone()[0]
        return waiting, self.rows.filter(self.held).count()

    def _let_go(self, lease: Lease, **changes: Any) -> bool:
        return self.fenced(lease).update(owner="", lease_until=None, **self.on_release, **changes) == 1


def new_owner() -> str:
    """Return a name for one claim: readable in the table, and never used twice."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{new_ref()}"


def lease_length() -> timedelta:
    """Return how long a claim holds without a heartbeat."""
    return timedelta(seconds=settings.PERIODS["lease"])


def after(delay: timedelta) -> RawSQL:
    """Return the instant `delay` from now by the database's clock, for an update."""
    return RawSQL("clock_timestamp() + %s * interval '1 second'", [delay.total_seconds()])


@dataclass
class Heartbeat:
    """What the heartbeat of one lease knows: whether the row is still ours."""

    lost: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


@contextmanager
def heartbeat(work: Work[Any], lease: Lease) -> Iterator[Heartbeat]:
    """Extend the lease from a thread with its own connection while the `with` lasts; `lost` is set when it went to another."""
    beat = Heartbeat()
    # In a copy of this thread's context, so that its lines carry the same ids.
    arguments = (_beat, work, lease, beat)
    thread = threading.Thread(target=copy_context().run, args=arguments, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield beat
    finally:
        beat.ended.set()
        thread.join()


def _beat(work: Work[Any], lease: Lease, beat: Heartbeat) -> None:
    try:
        while not beat.ended.wait(settings.PERIODS["heartbeat"]):
            try:
                if not work.extend(lease):
                    beat.lost.set()
                    return
            except Error as error:
                # The database may be restarting. The next beat connects anew; if the lease runs out first, the fence decides.
                logger.warning(
                    "heartbeat failed table=%s id=%s error=%s", work.model.__name__, lease.pk, type(error).__name__
                )
                connection.close()
    finally:
        # This thread's own connection: nobody else would ever close it.
        connection.close()
