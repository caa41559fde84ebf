"""PostgreSQL ends without a word while an entry is scored: no attempt, even when no lease is renewed for long after its start."""

import os
import signal
import time
from contextlib import suppress
from datetime import datetime

import psycopg2

from agora.supervisor.process import wait_until
from tests.live.faults.bench import ON_VALKEY, Bench
from tests.live.faults.workers import paused, scoring_group


@ON_VALKEY
def test_an_immediate_restart_of_the_database_is_no_attempt(bench: Bench) -> None:
    entry, child = bench.enter_and_hold()
    owner = bench.row(entry).owner
    started = bench.site.query("SELECT pg_postmaster_start_time()")[0][0]
    lease, grace = (float(bench.site.environment[f"AGORA_PERIOD_{name}"]) for name in ("LEASE", "GRACE"))
    assert grace > 5 * lease

    bench.begin()
    # The worker sleeps, as if it were slow to connect again: its lease runs out while the reaper, which does not sleep, looks on.
    with paused(scoring_group(bench.site)):
        os.kill(bench.site.recorded_process("postgresql"), signal.SIGQUIT)  # pg_ctl stop -m immediate
        wait_until(lambda: _has_started_since(bench, started), deadline_seconds=120, what="the database is back")
        end = time.monotonic() + lease + 1
        wait_until(lambda: time.monotonic() > end, deadline_seconds=60, what="the reaper has had time for a lost lease")
        row = bench.row(entry)
        assert (row.state, row.attempt, row.owner) == ("scoring", 1, owner)

    bench.go_on(child)
    bench.measured("PostgreSQL restarts (immediate)", bench.assert_scored_once(entry, attempts=1))


def _has_started_since(bench: Bench, earlier: datetime) -> bool:
    """Say whether another server than that of `earlier` answers."""
    with suppress(psycopg2.OperationalError):
        return bool(bench.site.query("SELECT pg_postmaster_start_time()")[0][0] > earlier)
    return False
