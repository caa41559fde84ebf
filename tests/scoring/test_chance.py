"""The expected score of a random order against all orders of a small gallery."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from scoring.chance import chance_mean_average_precision, chance_rank_k
from scoring.metrics import average_precision
from tests.scoring.oracle import Oracle

DENOMINATORS = {"relevant": 0, "min_relevant_k": 1, "found": 2}


def orders(ranked, relevant):
    """Return every equally likely list of hits."""
    for places in itertools.combinations(range(ranked), relevant):
        yield [at in places for at in range(ranked)]


@pytest.mark.parametrize(("ranked", "relevant"), [(1, 1), (2, 1), (6, 1), (6, 3), (7, 7), (8, 2)])
@pytest.mark.parametrize("ap", ["step", "trapezoid"])
@pytest.mark.parametrize("denominator", ["relevant", "min_relevant_k", "found"])
@pytest.mark.parametrize("depth", [None, 1, 3, 50])
def test_mean_average_precision_of_all_orders(ranked, relevant, ap, denominator, depth):
    if depth is None and denominator != "relevant":
        return
    oracle = Oracle([], {"ap": ap, "denominator": denominator, "junk_pids": [], "distractor_pids": []}, {})
    lists = list(orders(ranked, relevant))
    total = sum(oracle.average_precision(hits[:depth], relevant, depth) for hits in lists) / len(lists)

    found = chance_mean_average_precision(
        np.array([relevant]),
        np.array([ranked]),
        definition=average_precision.STEP if ap == "step" else average_precision.TRAPEZOID,
        denominator=DENOMINATORS[denominator],
        depth=depth or 0,
    )

    assert found == pytest.approx(float(total), abs=1e-12)


@pytest.mark.parametrize(("ranked", "relevant"), [(1, 1), (6, 1), (6, 3), (7, 7)])
@pytest.mark.parametrize("k", [1, 2, 5, 10])
def test_rank_k_of_all_orders(ranked, relevant, k):
    lists = list(orders(ranked, relevant))
    share = Fraction(sum(any(hits[:k]) for hits in lists), len(lists))
    assert chance_rank_k(np.array([relevant]), np.array([ranked]), k) == pytest.approx(float(share), abs=1e-12)


def test_queries_are_averaged():
    relevant, ranked = np.array([1, 3]), np.array([10, 6])
    assert chance_rank_k(relevant, ranked, 1) == pytest.approx((0.1 + 0.5) / 2)
    assert chance_rank_k(relevant[:0], ranked[:0], 1) == 0.0
