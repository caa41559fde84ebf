"""Enter files, hold the scorer in the middle of its work, and read from the database what became of them."""

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from agora.supervisor.process import wait_until
from tests.live.faults.brokers import Broker
from tests.live.faults.copies import copy_of
from tests.live.measurements import Measurement
from tests.live.site import LiveSite
from tests.live.visitor import Visitor

SLUG, PHASE = "agsynth", "ranking"
_HOLD_SECONDS = 120.0
_END_SECONDS = 240.0
_OPEN = {"queued", "scoring"}
ON_VALKEY = pytest.mark.parametrize("bench", ["valkey"], indirect=True)
ON_BOTH = pytest.mark.parametrize("bench", ["valkey", "rabbitmq"], indirect=True)
#: For faults that another test already lets happen on RabbitMQ in some way, or that hit no broker.
ON_BOTH_WHEN_LONG = pytest.mark.parametrize(
    "bench", ["valkey", pytest.param("rabbitmq", marks=pytest.mark.long)], indirect=True
)


class Row(NamedTuple):
    """What the database says of an entry's only evaluation."""

    state: str
    attempt: int
    error_code: str
    incident: str
    owner: str
    started_at: datetime | None
    finished_at: datetime | None
    results_key: str


@dataclass
class Bench:
    """One site on one broker, and the visitor who enters files."""

    site: LiveSite
    broker: Broker
    visitor: Visitor
    handle: str
    sample: bytes
    measurements: list[Measurement]
    began_at: datetime | None = None
    checked: str = ""

    # --- entering ------------------------------------------------------------------------------------------------

    def ready(self, count: int = 1) -> list[str]:
        """Return the refs of checked uploads: the very first went through the web and its check, the others are copies."""
        if self.checked:
            return [copy_of(self.site, self.checked, self.handle) for _ in range(count)]
        self.checked = self.visitor.upload(SLUG, self.sample, phase=PHASE)
        assert self.visitor.wait_for_check(self.checked)["state"] == "ready"
        return [self.checked, *(copy_of(self.site, self.checked, self.handle) for _ in range(count - 1))]

    def submit(self, uploads: Sequence[str]) -> list[str]:
        """Enter checked uploads and return the refs of the entries."""
        return [self.visitor.submit(upload) for upload in uploads]

    def enter(self) -> str:
        """Enter one valid file and return the entry's ref."""
        return self.submit(self.ready())[0]

    def enter_and_hold(self) -> tuple[str, int]:
        """Enter a file and stop its child in the middle; return the entry's ref and the child's process id."""
        entry = self.enter()
        return entry, self.hold(entry)

    def hold(self, entry: str, *, attempt: int = 1) -> int:
        """Stop the child that scores `entry` in this attempt as soon as it is seen and return its process id."""
        held: list[int] = []

        def stop_it() -> bool:
            child = self.site.scoring_child()
            with suppress(ProcessLookupError):
                if child is not None and self.row(entry)[:2] == ("scoring", attempt):
                    os.kill(child, signal.SIGSTOP)
                    held.append(child)
            return bool(held)

        wait_until(stop_it, deadline_seconds=_HOLD_SECONDS, what="a child scores the entry")
        assert self.row(entry)[:2] == ("scoring", attempt)
        return held[0]

    def begin(self) -> None:
        """Note the database's time: the fault comes now."""
        self.began_at = self.site.query("SELECT clock_timestamp()")[0][0]

    def go_on(self, child: int) -> None:
        """Let a held child go on."""
        os.kill(child, signal.SIGCONT)

    def restarted(self) -> None:
        """Follow the site to the address of its new start; the visitor stays logged in."""
        self.visitor.http.base_url = self.site.address

    # --- reading -------------------------------------------------------------------------------------------------

    def row(self, entry: str) -> Row:
        """Return the entry's only evaluation."""
        rows = self.site.query(
            "SELECT e.state, e.attempt, e.error_code, e.incident, e.owner, e.started_at, e.finished_at, e.results_key"
            " FROM submissions_evaluation e JOIN submissions_submission s ON s.id = e.submission_id WHERE s.ref = %s",
            entry,
        )
        assert len(rows) == 1
        return Row(*rows[0])

    def results(self) -> set[Path]:
        """Return every file in the store of results, those on their way in among them."""
        return {path for path in (self.site.var / "files" / "results").rglob("*") if path.is_file()}

    # --- the end -------------------------------------------------------------------------------------------------

    def wait_for_end(self, entry: str) -> Row:
        """Return the entry's evaluation once its state is final."""
        wait_until(lambda: self.row(entry).state not in _OPEN, deadline_seconds=_END_SECONDS, what="the entry is final")
        return self.row(entry)

    def assert_scored_once(self, entry: str, *, attempts: int) -> Row:
        """Wait for the score and look at everything that must exist exactly once."""
        row = self.wait_for_end(entry)
        assert (row.state, row.attempt, row.error_code, row.incident, row.owner) == ("scored", attempts, "", "", "")
        assert self._ranked_and_charged(entry) == (1, 1, True)
        assert self._scores(entry) == len(self._keys(entry)) > 0
        assert (self.site.var / "files" / "results" / row.results_key).is_file()
        return row

    def assert_refunded(self, entry: str, *, code: str, attempts: int) -> Row:
        """Wait for the error that is ours: an incident, no score, no place on the board, the charge given back."""
        row = self.wait_for_end(entry)
        assert (row.state, row.attempt, row.error_code, row.owner) == ("error", attempts, code, "")
        assert len(row.incident) == 12
        assert self._ranked_and_charged(entry) == (0, 0, False)
        assert self._scores(entry) == 0
        return row

    def measured(self, fault: str, row: Row) -> None:
        """Keep how long the fault took to its final state, by the database's clock, for the table at the end."""
        assert self.began_at is not None
        assert row.finished_at is not None
        seconds = (row.finished_at - self.began_at).total_seconds()
        assert seconds > 0, "the entry was final before its fault"
        ending = row.state if row.state == "scored" else f"{row.state} {row.error_code}, refunded"
        self.measurements.append(Measurement(fault, self.broker.name, f"{ending}, attempt {row.attempt}", seconds))

    def _ranked_and_charged(self, entry: str) -> tuple[int, int, bool]:
        """Return the entry's rows on any board, its open ones, and whether it is charged."""
        return self.site.query(
            "SELECT (SELECT count(*) FROM leaderboards_boardrow b WHERE b.submission_id = s.id)::int,"
            " (SELECT count(*) FROM leaderboards_boardrow b WHERE b.submission_id = s.id AND b.shown_to IS NULL)::int,"
            " s.charged_on IS NOT NULL AND s.released_at IS NULL FROM submissions_submission s WHERE s.ref = %s",
            entry,
        )[0]  # type: ignore[return-value]

    def _scores(self, entry: str) -> int:
        return len(self._keys(entry, distinct=False))

    def _keys(self, entry: str, *, distinct: bool = True) -> list[tuple[str, str, str]]:
        """Return split, track and metric of the entry's scores."""
        return self.site.query(
            f"SELECT {'DISTINCT' if distinct else ''} c.split, c.track, c.metric FROM submissions_score c"
            " JOIN submissions_evaluation e ON e.id = c.evaluation_id"
            " JOIN submissions_submission s ON s.id = e.submission_id WHERE s.ref = %s",
            entry,
        )
