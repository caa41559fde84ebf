"""CUHK03-NP: few matches a query, so the definition of average precision matters most here."""

import dataclasses

import pytest

from scoring.benchmarks import BENCHMARKS
from tests.scoring.protocols.boards import images, scored, value

ROWS = images("query", "q=a@1 r=b@2") + images("gallery", "a1=a@1 a2=a@2 a3=a@2 b1=b@1 b2=b@2")
# Each gallery image is junk for one query: without it q has hits 0 1 1 0, r has hits 0 0 1 0.
ANSWERS = {"q": "a1 b1 a2 a3 b2", "r": "b2 a1 a2 b1 a3"}


def test_by_hand():
    result = scored("cuhk03_np", ROWS, ANSWERS)
    assert value(result, "mAP") == pytest.approx(((1 / 2 + 2 / 3) / 2 + 1 / 3) / 2)
    assert value(result, "rank-1") == 0.0
    assert value(result, "rank-2") == 1 / 2
    assert value(result, "mINP") == pytest.approx((2 / 3 + 1 / 3) / 2)


def test_the_trapezoid_rule_halves_where_there_is_one_match():
    protocol = dataclasses.replace(BENCHMARKS["cuhk03_np"].protocol, ap="trapezoid")
    of_q = (1 / 2 * (0 / 1 + 1 / 2) + 1 / 2 * (1 / 2 + 2 / 3)) / 2  # 0.417, not 0.583
    of_r = 1 / 2 * (0 / 2 + 1 / 3)  # 0.167, exactly half of 0.333
    assert value(scored(protocol, ROWS, ANSWERS), "mAP") == pytest.approx((of_q + of_r) / 2)
