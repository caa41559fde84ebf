"""The scorer's child breaks a limit of a real worker: our error, tried twice, given back, and counted."""

import pytest

from agora.supervisor.process import wait_until
from tests.live.faults.bench import ON_VALKEY, Bench
from tests.live.faults.workers import another_worker, paused, scoring_group

pytestmark = ON_VALKEY
LIMITS = {
    "limit_memory": ({"AGORA_CHILD_MEMORY_BYTES": str(16 * 1024 * 1024)}, "the child exceeds its memory"),
    "limit_time": ({"AGORA_CHILD_DEADLINE_SECONDS": "0.2"}, "the child exceeds its time"),
}


@pytest.mark.parametrize("code", LIMITS)
def test_a_broken_limit_is_refunded_after_a_second_try(bench: Bench, code: str) -> None:
    settings, fault = LIMITS[code]
    upload = bench.ready()
    earlier = bench.results()

    # The supervisor's own worker, whose limits are the ordinary ones, sleeps meanwhile; it holds nothing.
    with paused(scoring_group(bench.site)), another_worker(bench.site, code.replace("_", "-"), settings):
        bench.begin()
        entry = bench.submit(upload)[0]
        wait_until(
            lambda: bench.row(entry).error_code == code, deadline_seconds=120, what="the first attempt hits its limit"
        )
        row = bench.assert_refunded(entry, code=code, attempts=2)

    assert bench.results() == earlier
    bench.measured(fault, row)
