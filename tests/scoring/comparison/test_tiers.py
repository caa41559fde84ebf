"""Tiers, against a bootstrap in plain Python."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from scoring import Protocol
from scoring.comparison import ComparisonError, sort_into_tiers
from scoring.comparison.draws import resampled_totals, seed_of
from scoring.comparison.tiers import _of_student, _sorted_out
from scoring.intervals.student import t_quantile
from tests.scoring.comparison.boards import entry, ground_truth, n_queries
from tests.scoring.comparison.test_sign_flip import word


def sorted_board(annotations, columns, *, protocol=None, metric="mAP", split="all", **more):
    protocol = protocol or Protocol()
    entries = [entry(annotations, values, protocol=protocol) for values in columns]
    return sort_into_tiers(entries, annotations=annotations, protocol=protocol, metric=metric, split=split, **more)


def slow_tiers(annotations, columns, resamples):
    """Return threshold and tiers of a board under `micro`, one resample and one pair at a time."""
    query_names = [query for track in annotations.manifest.tracks for query in annotations.manifest.queries(track)]
    people = sorted({name.split("q")[1].split("_")[0] for name in query_names}, key=int)
    of_person = [people.index(name.split("q")[1].split("_")[0]) for name in query_names]
    n, total = len(people), len(query_names)
    means = [sum(values) / total for values in columns]
    influence = [[0.0] * n for _ in columns]
    for which, values in enumerate(columns):
        for person, value in zip(of_person, values, strict=True):
            influence[which][person] += (value - means[which]) / total
    pairs = [(i, j) for i in range(len(columns)) for j in range(len(columns)) if i != j]
    spread = {
        (i, j): math.sqrt(sum((a - b) ** 2 for a, b in zip(influence[i], influence[j], strict=True))) for i, j in pairs
    }
    seed = int(seed_of(annotations.sha256, Protocol().hash, "tiers"))
    largest = []
    for resample in range(resamples):
        drawn = [(word(seed, resample * n + draw) >> 32) * n >> 32 for draw in range(n)]
        sums = [sum(row[person] for person in drawn) for row in influence]
        largest.append(max(abs(sums[i] - sums[j]) / spread[i, j] for i, j in pairs))
    normal = sorted(largest)[math.ceil(0.95 * (resamples + 1)) - 1]
    threshold = t_quantile(n - 1, NormalDist().cdf(-normal))
    found, left, tier = {}, set(range(len(columns))), 0
    while left:
        tier += 1
        best = max(left, key=means.__getitem__)
        error = {j: spread[best, j] * math.sqrt(n / (n - 1)) for j in left if j != best}
        same = {j for j in left if j == best or means[best] - means[j] <= threshold * error[j]}
        found |= dict.fromkeys(same, tier)
        left -= same
    return threshold, tuple(found[which] for which in range(len(columns)))


@pytest.mark.parametrize("seed", range(3))
def test_the_slow_bootstrap_agrees(seed):
    draw = np.random.default_rng(seed)
    annotations = ground_truth(30, queries=3, seed=seed)
    skill = np.array([0.0, 0.05, 0.3, 0.32, 0.5])[:, None]
    columns = (draw.random((5, n_queries(annotations))) * 0.5 + 0.5 - skill).clip(0, 1)
    found = sorted_board(annotations, columns, resamples=199)
    threshold, tiers = slow_tiers(annotations, columns.tolist(), 199)
    assert found.threshold == pytest.approx(threshold, rel=1e-9)
    assert found.tiers == tiers
    assert len(set(tiers)) > 1


def test_resamples_are_drawn_with_replacement_from_the_generator():
    totals = np.arange(21, dtype=np.int64)[:, None]
    found = resampled_totals(np.uint64(9), totals, 4)[:, 0].tolist()
    assert found == [sum((word(9, 21 * b + draw) >> 32) * 21 >> 32 for draw in range(21)) for b in range(4)]


def test_clear_steps_are_tiers():
    draw = np.random.default_rng(0)
    annotations = ground_truth(100)
    columns = [(level + 0.02 * draw.random(100)) for level in (0.3, 0.9, 0.6, 0.9)]
    assert sorted_board(annotations, columns).tiers == (3, 1, 2, 1)


def test_equal_submissions_share_a_tier():
    draw = np.random.default_rng(0)
    values = draw.random(40)
    found = sorted_board(ground_truth(40), [values, values, values - values, values])
    assert found.tiers == (1, 1, 2, 1)
    assert sorted_board(ground_truth(40), [values, values]).tiers == (1, 1)


def test_a_difference_that_is_the_same_for_everyone_is_beyond_chance():
    assert sorted_board(ground_truth(40), [np.ones(40), np.zeros(40)]).tiers == (1, 2)


def test_exchanging_the_entries_exchanges_their_tiers():
    draw = np.random.default_rng(2)
    annotations = ground_truth(30, tracks=("a", "b"), queries=2, seed=1)
    columns = np.round(draw.random((7, n_queries(annotations))) * np.linspace(1, 0.3, 7)[:, None], 1)
    order = draw.permutation(7)
    for aggregate in ("micro", "macro"):
        protocol = Protocol(aggregate=aggregate)
        found = sorted_board(annotations, columns, protocol=protocol)
        moved = sorted_board(annotations, columns[order], protocol=protocol)
        assert moved.tiers == tuple(np.array(found.tiers)[order])
        assert moved.threshold == pytest.approx(found.threshold, rel=1e-12)


def test_a_change_of_scale_changes_no_tier():
    draw = np.random.default_rng(4)
    columns = draw.random((5, 50)) * np.linspace(1, 0.5, 5)[:, None]
    found = sorted_board(ground_truth(50), columns)
    halved = sorted_board(ground_truth(50), columns / 2 + 0.25)
    assert (halved.tiers, halved.threshold) == (found.tiers, pytest.approx(found.threshold))


def test_the_best_of_equals_are_one():
    # Entries 0 and 1 tie; 2 is below 1 alone, and is below.
    below = np.array([[False, False, False], [False, False, True], [False, False, False]])
    assert _sorted_out(np.array([0.9, 0.9, 0.8]), below) == (1, 1, 2)


def test_a_tier_need_not_be_a_range_of_ranks():
    below = np.array([[False, True, False], [False, False, False], [False, False, False]])
    assert _sorted_out(np.array([0.9, 0.8, 0.7]), below) == (1, 2, 1)


def test_the_threshold_of_two_entries_is_that_of_one_comparison():
    draw = np.random.default_rng(8)
    found = sorted_board(ground_truth(400), draw.random((2, 400)))
    assert found.threshold == pytest.approx(t_quantile(399), abs=0.06)


def test_tails_of_student_and_normal():
    assert _of_student(1.959963985, 20) == pytest.approx(t_quantile(20), rel=1e-7)
    assert _of_student(0.0, 20) == 0.0


def test_fewer_than_twenty_identities_have_no_tiers():
    found = sorted_board(ground_truth(19), np.eye(3)[:, :1].repeat(19, axis=1))
    assert (found.tiers, found.threshold, found.values) == (None, None, (1.0, 0.0, 0.0))


def test_one_entry_is_the_first_tier():
    assert sorted_board(ground_truth(20), [np.zeros(20)]).tiers == (1,)


@pytest.mark.parametrize("number", [0, 51])
def test_boards_of_other_sizes_are_refused(number):
    with pytest.raises(ComparisonError, match="50 entries"):
        sorted_board(ground_truth(20), [np.zeros(20)] * number)
