"""The disk is full when a result is written: nothing half-written stays, and the entry ends in one way or the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agora.supervisor.process import wait_until
from tests.live.disk import fill, small_file_system
from tests.live.faults.bench import ON_VALKEY, Bench

pytestmark = ON_VALKEY


@pytest.fixture
def ballast(bench: Bench) -> Iterator[Path]:
    """Return the file that fills the file system of the results; everything there goes with the test."""
    results = bench.site.var / "files" / "results"
    results.mkdir(mode=0o700, exist_ok=True)
    with small_file_system(results, 1) as folder:
        fill(folder / "ballast")
        yield folder / "ballast"


def _only_ballast(bench: Bench, ballast: Path) -> bool:
    return bench.results() == {ballast}


def test_a_result_finds_room_again(bench: Bench, ballast: Path) -> None:
    entry, child = bench.enter_and_hold()

    bench.begin()
    bench.go_on(child)
    wait_until(
        lambda: bench.row(entry).error_code == "storage_full", deadline_seconds=120, what="the disk is found full"
    )
    assert bench.row(entry).attempt == 1
    assert _only_ballast(bench, ballast)
    ballast.unlink()

    row = bench.assert_scored_once(entry, attempts=2)
    assert {str(path.relative_to(ballast.parent)) for path in bench.results()} == {row.results_key}
    bench.measured("the disk is full when the result is written, then has room", row)


def test_a_disk_that_stays_full_is_our_error(bench: Bench, ballast: Path) -> None:
    entry, child = bench.enter_and_hold()

    bench.begin()
    bench.go_on(child)

    row = bench.assert_refunded(entry, code="storage_full", attempts=3)
    assert _only_ballast(bench, ballast)
    bench.measured("the disk is full when the result is written, and stays so", row)
