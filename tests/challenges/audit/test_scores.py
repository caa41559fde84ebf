"""The audit's own sums against the scorer's and against slow counting."""

import itertools

import numpy as np
import pytest

from challenges.audit.contest import Contest, by_colour, sessions_of, tracks_of, views_of
from challenges.audit.dependence import jackknifed
from challenges.audit.difficulty import attribute_oracle
from challenges.audit.figures import chance_of, score_of
from challenges.audit.nuisances import fall_of
from challenges.audit.persons import PERSONS_ASKED
from challenges.audit.sights import TestSet
from scoring.intervals.jackknife import two_role_error
from scoring.intervals.wilson import wilson_interval
from tests.challenges.audit.worlds import IDENTITIES, SESSIONS, World, built


@pytest.fixture(scope="module")
def world() -> TestSet:
    return built(World())


@pytest.mark.parametrize(("row", "metric"), [(0, "rank-1"), (1, "mAP")])
def test_jackknife_gives_the_interval_of_the_scorer(world: TestSet, row: int, metric: str) -> None:
    contest = Contest.of(world, tracks_of(world))
    score = score_of(contest.score(by_colour(world)), metric)
    values, without = jackknifed(contest, by_colour(world))

    bounds = wilson_interval(score.value, two_role_error(without[row]), IDENTITIES, len(contest.rows))

    assert values[row].mean() == pytest.approx(score.value, abs=1e-12)
    assert bounds == pytest.approx((score.low, score.high), abs=1e-9)


def _labelled(labels: dict[str, str]) -> TestSet:
    """Return one query and one gallery image of each identity with these values of one label."""
    rows = [
        {"track": "t", "role": role, "image_id": f"{role}{pid}", "pid": pid, "camid": role, "gender": value}
        for role, (pid, value) in itertools.product(("query", "gallery"), labels.items())
    ]
    return TestSet(tuple(rows), {}, PERSONS_ASKED)


def test_oracle_is_the_expectation_over_ties() -> None:
    # a, b agree with each other: 1/2 each; c stands alone: 1; d is unknown and contradicts nobody.
    found = attribute_oracle(_labelled({"a": "x", "b": "x", "c": "y", "d": "unknown"}), ("gender",))

    assert found.value == pytest.approx((1 / 3 + 1 / 3 + 1 / 2 + 1 / 4) / 4)


def test_oracle_has_the_jackknife_of_leaving_identities_out() -> None:
    labels = {f"p{number}": "xyz"[number % 3 if number < 20 else 0] for number in range(30)}
    without = [
        attribute_oracle(_labelled({pid: value for pid, value in labels.items() if pid != left}), ("gender",)).value
        for left in labels
    ]

    found = attribute_oracle(_labelled(labels), ("gender",))

    expected = wilson_interval(found.value, two_role_error(np.array(without)), 30, 30)
    assert (found.low, found.high) == pytest.approx(expected)


def test_views_have_equal_galleries_and_other_images(world: TestSet) -> None:
    across, within = (Contest.of(world, parts) for parts in views_of(world))
    distance = by_colour(world)

    assert np.array_equal(across.rows, within.rows)
    assert chance_of(across.score(distance)) == chance_of(within.score(distance)) == pytest.approx(1 / IDENTITIES)
    for track, (queries, gallery) in within.parts.items():
        assert set(world.column("camid")[queries]) == set(world.column("camid")[gallery])
        assert set(world.column("camid")[queries]) != set(world.column("camid")[across.parts[track][1]])
        assert not set(queries) & set(gallery)


def test_views_keep_as_many_images_of_each_identity_as_both_have(world: TestSet) -> None:
    lacking = [
        row for row in world.rows if not (row["role"] == "gallery" and row["pid"] == "p3" and row["camid"] == "uav")
    ]
    first = next(row for row in world.rows if row["role"] == "gallery" and row["pid"] == "p3" and row["camid"] == "uav")
    parts = views_of(TestSet((*lacking, first), {}, PERSONS_ASKED))

    pid = np.array([row["pid"] for row in (*lacking, first)])
    counts = [np.count_nonzero(pid[gallery] == "p3") for part in parts for _, gallery in part.values()]
    assert counts == [1, 1, 1, 1]


def test_sessions_meet_their_own_gallery_alone(world: TestSet) -> None:
    parts = sessions_of(world)

    assert len(parts) == 2 * SESSIONS
    session = world.column("session")
    for queries, gallery in parts.values():
        assert len(set(session[queries]) | set(session[gallery])) == 1


def _fall(*means: float, count: int = 400) -> bool | None:
    """Judge cells of `count` independent queries with these means."""
    cells = [(np.arange(count) < mean * count).astype(float) for mean in means]
    pids = [np.array([f"p{place}" for place in range(count)])] * len(means)
    draw = np.random.default_rng(2)
    for cell in cells:
        draw.shuffle(cell)
    return fall_of("n", "n", cells, pids).passed


def test_a_fall_may_rest_within_its_error_but_not_rise() -> None:
    assert _fall(0.5, 0.44, 0.45, 0.3, 0.2)
    assert not _fall(0.5, 0.3, 0.5, 0.3, 0.2)
    assert not _fall(0.5, 0.5, 0.49, 0.5, 0.49)
    assert not _fall(0.2, 0.3, 0.4, 0.5, 0.6)
