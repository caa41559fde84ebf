"""Faults at random instants, drawn from a seed, on a site that scores with several workers meanwhile."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg2

from agora.supervisor.process import Child, wait_until
from tests.live.faults.brokers import ValkeyBroker
from tests.live.faults.workers import paused, scoring_group, start_worker
from tests.live.site import LiveSite

# How often each fault strikes in one run.
TIMES = {
    "worker killed": 8,
    "child killed": 8,
    "child stopped for a while": 6,
    "broker flushed": 8,
    "broker killed": 3,
    "PostgreSQL restarted (immediate)": 3,
    "worker paused past its lease": 4,
    "supervisor killed": 2,
}
_BACK_SECONDS = 120.0


@dataclass
class Storm:
    """The site, the workers beside its own, and what has struck so far."""

    site: LiveSite
    random: random.Random
    crew_size: int
    lease_seconds: float
    crew: list[Child] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)

    def man(self) -> None:
        """Start the workers beside the supervisor's own."""
        self.crew = [start_worker(self.site, f"crew-{number}") for number in range(self.crew_size)]

    def dismiss(self) -> None:
        """End them as the end of their machine does."""
        for worker in self.crew:
            worker.kill_group()
        self.crew = []

    def run(self, total: int) -> None:
        """Strike at instants spread over the work: each is a number of finished entries, drawn beforehand with its fault."""
        faults: dict[str, Callable[[], None]] = {
            "worker killed": self._kill_worker,
            "child killed": self._kill_child,
            "child stopped for a while": self._stop_child,
            "broker flushed": self._flush,
            "broker killed": self._kill_broker,
            "PostgreSQL restarted (immediate)": self._restart_database,
            "worker paused past its lease": self._pause_worker,
            "supervisor killed": self._kill_supervisor,
        }
        names = [name for name, times in TIMES.items() for _ in range(times)]
        self.random.shuffle(names)
        for instant, name in zip(sorted(self.random.uniform(0.02, 0.9) for _ in names), names, strict=True):
            wait_until(
                lambda instant=instant: self.finished() >= instant * total,  # type: ignore[misc]
                deadline_seconds=3600,
                what=f"{instant:.0%} of the entries are final",
                every_seconds=0.2,
            )
            self._pass(self.random.uniform(0, 1))
            faults[name]()
            self.struck[name] += 1

    def finished(self) -> int:
        """Return how many entries of participants are in a final state; -1 while the database is away."""
        try:
            return int(
                self.site.query(
                    "SELECT count(*) FROM submissions_evaluation e JOIN submissions_submission s ON s.id = e.submission_id"
                    " WHERE s.kind = 'participant' AND e.state NOT IN ('queued', 'scoring')"
                )[0][0]
            )
        except psycopg2.OperationalError:
            return -1

    def _pass(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        wait_until(lambda: time.monotonic() > end, deadline_seconds=seconds + 5, what="the time passes")

    def _any_group(self) -> int:
        return self.random.choice([scoring_group(self.site), *(one.process.pid for one in self.crew if one.process)])

    def _kill_worker(self) -> None:
        own = scoring_group(self.site)
        group = self._any_group()
        os.kill(group, signal.SIGKILL)
        for worker in self.crew:
            if worker.process is not None and worker.process.pid == group:
                worker.kill_group()
                worker.start()
        if group == own:
            wait_until(
                lambda: scoring_group(self.site) != own, deadline_seconds=_BACK_SECONDS, what="the worker is back"
            )

    def _child(self) -> int:
        found: list[int] = []

        def look() -> bool:
            child = self.site.scoring_child()
            if child is not None:
                found.append(child)
            return bool(found)

        wait_until(look, deadline_seconds=_BACK_SECONDS, what="a child works")
        return found[0]

    def _kill_child(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._child(), signal.SIGKILL)

    def _stop_child(self) -> None:
        child = self._child()
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGSTOP)
            self._pass(self.random.uniform(0.5, 2 * self.lease_seconds))
            os.kill(child, signal.SIGCONT)

    def _flush(self) -> None:
        ValkeyBroker(self.site).lose()

    def _kill_broker(self) -> None:
        with ValkeyBroker(self.site).away():
            self._pass(self.random.uniform(0, 2))

    def _restart_database(self) -> None:
        earlier = self._database_start()
        os.kill(self.site.recorded_process("postgresql"), signal.SIGQUIT)  # pg_ctl stop -m immediate
        wait_until(
            lambda: self._database_start() not in {"", earlier},
            deadline_seconds=_BACK_SECONDS,
            what="the database has started again",
        )

    def _database_start(self) -> str:
        with suppress(psycopg2.OperationalError):
            return str(self.site.query("SELECT pg_postmaster_start_time()")[0][0])
        return ""

    def _pause_worker(self) -> None:
        with paused(self._any_group()):
            self._pass(self.lease_seconds + self.random.uniform(0.5, 3))

    def _kill_supervisor(self) -> None:
        self.dismiss()
        self.site.kill()
        self.site.wait_until_gone()
        self.site.start()
        self.man()
