"""What intervals, test and tiers promise, on 200 replicates with a fixed seed; 2,000 stand in scoring/README.md.

A count is judged by the binomial distribution: if the share were exactly at its bar, the gate would be missed in one of
a thousand simulations. The seed makes each of them the same one every time.
"""

import math

import numpy as np
import pytest

from scoring.validation.boards import demotions, false_positives
from scoring.validation.coverage import coverage
from scoring.validation.population import NOISE

REPLICATES = 200
TAIL = 0.001


def chance_of(count, share, replicates=REPLICATES):
    """Return P(X = count) of a binomial variable."""
    return math.comb(replicates, count) * share**count * (1 - share) ** (replicates - count)


def is_at_least(found, share):
    """Tell whether a count is no evidence that its probability lies below the share."""
    return sum(chance_of(count, share) for count in range(found.happened + 1)) > TAIL


def is_at_most(found, share):
    return sum(chance_of(count, share) for count in range(found.happened, REPLICATES + 1)) > TAIL


def assert_covers(identities, level):
    for found in coverage(identities, level, replicates=REPLICATES, seed=7):
        assert is_at_least(found.two_roles, found.two_roles.least), found
        assert is_at_most(found.two_roles, found.two_roles.most), found
        assert found.query_role.least is None or is_at_least(found.query_role, found.query_role.least), found
        assert found.metric != "rank-1" or abs(found.mean - level) < 0.02
        assert found.query_width < found.width


@pytest.mark.parametrize("level", NOISE[50])
@pytest.mark.parametrize("identities", [50, 200])
def test_intervals_hold_the_mean_score_of_test_sets(identities, level):
    assert_covers(identities, level)


@pytest.mark.long
@pytest.mark.parametrize("level", NOISE[808])
def test_intervals_of_the_size_of_a_benchmark(level):
    assert_covers(808, level)


@pytest.mark.parametrize("level", [0.5, 0.97])
def test_systems_that_are_better_on_different_halves_are_told_apart_by_chance_alone(level):
    for found in false_positives(50, level, replicates=REPLICATES, seed=7):
        assert is_at_most(found.share, found.share.most), found
        # A worse system is found more often than an equal one.
        assert found.other.value > found.share.value


def test_equal_entries_are_demoted_on_few_boards():
    for found in demotions(50, 0.85, replicates=REPLICATES, seed=7):
        assert is_at_most(found.share, found.share.most), found
        assert is_at_most(found.other, found.other.most), found


@pytest.mark.long
@pytest.mark.parametrize("identities", [200, 808])
@pytest.mark.parametrize("simulate", [false_positives, demotions])
def test_boards_of_the_size_of_a_benchmark(simulate, identities):
    for found in simulate(identities, 0.85, replicates=REPLICATES, seed=7):
        assert is_at_most(found.share, found.share.most), found


def test_the_gates_are_binomial():
    assert sum(chance_of(count, 0.3) for count in range(201)) == pytest.approx(1)
    passing = [count for count in range(201) if sum(chance_of(number, 0.93) for number in range(count + 1)) > TAIL]
    assert np.isclose(passing[0] / 200, 0.93 - 3.09 * math.sqrt(0.93 * 0.07 / 200), atol=0.012)
