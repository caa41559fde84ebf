"""A worker dies, sleeps or is asked to stop while it scores."""

import os
import signal
from contextlib import ExitStack
from pathlib import Path

from agora.supervisor.process import wait_until
from tests.live.faults.bench import ON_BOTH_WHEN_LONG, ON_VALKEY, Bench
from tests.live.faults.workers import another_worker, paused, scoring_group


@ON_BOTH_WHEN_LONG
def test_a_killed_worker_costs_one_attempt(bench: Bench) -> None:
    entry, child = bench.enter_and_hold()
    worker, owner = scoring_group(bench.site), bench.row(entry).owner

    bench.begin()
    os.kill(worker, signal.SIGKILL)

    wait_until(lambda: bench.row(entry).owner != owner, deadline_seconds=120, what="the dead worker's lease runs out")
    row = bench.assert_scored_once(entry, attempts=2)
    assert child not in bench.site.processes()
    assert scoring_group(bench.site) != worker
    bench.measured("a worker is killed (SIGKILL)", row)


@ON_BOTH_WHEN_LONG
def test_a_paused_worker_wakes_up_and_changes_nothing(bench: Bench) -> None:
    """The first worker sleeps through its lease with a finished child, and writes while a second one scores the entry."""
    entry, child = bench.enter_and_hold()
    first = bench.row(entry)
    log = len(bench.site.log("scoring"))

    bench.begin()
    with ExitStack() as second:
        with paused(scoring_group(bench.site)):
            bench.go_on(child)
            wait_until(lambda: _has_ended(child), deadline_seconds=120, what="the child ends unseen")
            second.enter_context(another_worker(bench.site, f"second-{bench.broker.name}"))
            other = bench.hold(entry, attempt=2)
            before = bench.row(entry)
        assert before.owner not in {"", first.owner}
        wait_until(
            lambda: "late result discarded" in bench.site.log("scoring")[log:],
            deadline_seconds=120,
            what="the first worker gives its result up",
        )
        assert bench.row(entry) == before
        bench.go_on(other)
        row = bench.assert_scored_once(entry, attempts=2)

    assert row.started_at == before.started_at
    bench.measured("a paused worker wakes up after its lease went to another", row)
    _assert_swept(bench, kept=row.results_key)


def _has_ended(child: int) -> bool:
    """Say whether a process has ended, though its parent, which is stopped, has not heard of it."""
    return Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def _assert_swept(bench: Bench, *, kept: str) -> None:
    """The late worker's table, which no row names, goes once it is old; the scored one stays."""
    of_row = bench.site.var / "files" / "results" / kept
    evaluation = of_row.parent.name.partition("-")[0]
    late = {path for path in bench.results() if path.parent.name.startswith(f"{evaluation}-")} - {of_row}
    assert len(late) == 1
    for file in (*late, of_row):
        os.utime(file, (0, 0))
    wait_until(lambda: not late & bench.results(), deadline_seconds=120, what="the orphan is swept")
    assert of_row.is_file()


@ON_VALKEY
def test_a_stop_while_scoring_hands_the_entry_back(bench: Bench) -> None:
    entry, child = bench.enter_and_hold()
    site = bench.site

    bench.begin()
    assert site.stop() == 0

    assert site.processes() == {}
    assert "killed" not in site.printed()
    site.start()
    bench.restarted()
    assert child not in site.processes()
    # A shutdown that hands the row back is no attempt: the second claim is the first that counts.
    row = bench.assert_scored_once(entry, attempts=1)
    bench.measured("the site is stopped (SIGTERM) and started again", row)


@ON_VALKEY
def test_a_killed_supervisor_costs_one_attempt_and_leaves_nothing(bench: Bench) -> None:
    entry, _ = bench.enter_and_hold()

    bench.begin()
    bench.site.kill()

    bench.site.wait_until_gone(deadline_seconds=30)
    # Whoever held a lease is dead: the grace after the start of the database would only be waited for.
    bench.site.environment = {**bench.site.environment, "AGORA_PERIOD_GRACE": "1"}
    bench.site.start()
    bench.restarted()
    row = bench.assert_scored_once(entry, attempts=2)
    bench.measured("the supervisor is killed (SIGKILL) and started again", row)
