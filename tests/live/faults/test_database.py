"""PostgreSQL ends without a word while an entry is scored: no attempt, even when it is away for longer than a lease."""

import os
import signal
import time
from datetime import datetime

import pytest

from agora.supervisor.process import wait_until
from tests.live.faults.bench import Bench


@pytest.mark.parametrize("bench", ["valkey"], indirect=True)
def test_an_immediate_restart_of_the_database_is_no_attempt(bench: Bench) -> None:
    entry, child = bench.enter_and_hold()
    owner, started = bench.row(entry).owner, _started(bench)
    supervisor = bench.site.process
    assert supervisor is not None

    bench.begin()
    # The supervisor would start it again at once; it sleeps until every lease from before has run out.
    supervisor.send_signal(signal.SIGSTOP)
    try:
        os.kill(bench.site.recorded_process("postgresql"), signal.SIGQUIT)  # pg_ctl stop -m immediate
        wait_until(lambda: not bench.is_reachable(), deadline_seconds=120, what="the database is gone")
        end = time.monotonic() + float(bench.site.environment["AGORA_PERIOD_LEASE"])
        wait_until(lambda: time.monotonic() > end, deadline_seconds=120, what="every lease has run out unseen")
    finally:
        supervisor.send_signal(signal.SIGCONT)

    wait_until(bench.is_reachable, deadline_seconds=120, what="the database is back", every_seconds=0.1)
    assert _started(bench) > started
    wait_until(lambda: _is_renewed(bench, entry), deadline_seconds=120, what="the worker renews its lease")
    row = bench.row(entry)
    assert (row.state, row.attempt, row.owner) == ("scoring", 1, owner)
    bench.go_on(child)
    bench.measured("PostgreSQL restarts (immediate)", bench.assert_scored_once(entry, attempts=1))


def _started(bench: Bench) -> datetime:
    """Return when the server started."""
    return bench.site.query("SELECT pg_postmaster_start_time()")[0][0]  # type: ignore[no-any-return]


def _is_renewed(bench: Bench, entry: str) -> bool:
    """Say whether the lease was renewed, or taken away, since the server's start."""
    return bool(
        bench.site.query(
            "SELECT 1 FROM submissions_evaluation e JOIN submissions_submission s ON s.id = e.submission_id WHERE s.ref = %s"
            " AND (e.lease_until IS NULL OR e.lease_until > pg_postmaster_start_time() + %s * interval '1 second')",
            entry,
            float(bench.site.environment["AGORA_PERIOD_LEASE"]),
        )
    )
