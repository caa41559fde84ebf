"""The pure rule of ranks."""

from datetime import UTC, datetime, timedelta

import pytest

from agora.leaderboards.ranking import Candidate, Direction, direction_of, ranks

_NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def _candidate(pk: int, owner: int | None, value: float | None, minutes: int = 0) -> Candidate:
    return Candidate(pk, owner, value, _NOON + timedelta(minutes=minutes))


def test_a_team_stands_by_its_best() -> None:
    rows = [_candidate(1, 1, 0.2), _candidate(2, 2, 0.3), _candidate(3, 1, 0.4)]

    assert ranks(rows, Direction.HIGHER) == {1: 1, 2: 2}
    assert ranks(rows, Direction.LOWER) == {1: 1, 2: 2}


def test_ties_go_to_the_earlier_submission() -> None:
    assert ranks([_candidate(1, 1, 0.5, minutes=1), _candidate(2, 2, 0.5)], Direction.HIGHER) == {2: 1, 1: 2}
    assert ranks([_candidate(2, 2, 0.5), _candidate(1, 1, 0.5)], Direction.HIGHER) == {1: 1, 2: 2}


@pytest.mark.parametrize("missing", [None, float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("direction", list(Direction))
def test_what_is_missing_or_not_finite_never_ranks(missing: float | None, direction: Direction) -> None:
    assert ranks([_candidate(1, 1, missing), _candidate(2, 2, 0.0)], direction) == {2: 1}


def test_platform_rows_take_no_rank() -> None:
    assert ranks([_candidate(1, None, 0.9), _candidate(2, 2, 0.1)], Direction.HIGHER) == {2: 1}


def test_every_metric_of_the_scorer_is_better_when_higher() -> None:
    assert {direction_of(metric) for metric in ("mAP", "mINP", "rank-1", "rank-50")} == {Direction.HIGHER}
