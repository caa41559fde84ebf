"""Market-1501: identity -1 is junk for everyone, 0 is a mistake, and the query's own camera is junk."""

import dataclasses

import pytest

from scoring import Protocol
from scoring.benchmarks import BENCHMARKS
from tests.scoring.protocols.boards import images, scored, value

ROWS = images("query", "q=2@1") + images("gallery", "own=2@1 junk=-1@3 box=0@2 g3=2@3 other=7@3 g5=2@5")
ANSWERS = {"q": "own junk box g3 other g5"}


def test_by_hand():
    # own and junk vanish; what is left is box, g3, other, g5: hits 0 1 0 1.
    result = scored("market1501", ROWS, ANSWERS)
    assert value(result, "mAP") == pytest.approx((1 / 2 + 2 / 4) / 2)  # 0.5
    assert (value(result, "rank-1"), value(result, "rank-2")) == (0.0, 1.0)
    assert value(result, "mINP") == 2 / 4


def test_the_authors_matlab_code_has_the_trapezoid_rule():
    protocol = dataclasses.replace(BENCHMARKS["market1501"].protocol, ap="trapezoid")
    expected = (1 / 2 * (0 / 1 + 1 / 2) + 1 / 2 * (1 / 3 + 2 / 4)) / 2  # 0.333
    assert value(scored(protocol, ROWS, ANSWERS), "mAP") == pytest.approx(expected)


def test_each_rule_matters():
    # own counts as a match: hits 1 0 0 1 0 1.
    assert value(scored(Protocol(junk=()), ROWS, ANSWERS), "mAP") == pytest.approx((1 + 2 / 4 + 3 / 6) / 3)
    # junk and box are both people that are not the query: hits 0 0 1 0 1.
    assert value(scored(Protocol(), ROWS, ANSWERS), "mAP") == pytest.approx((1 / 3 + 2 / 5) / 2)


def test_a_query_of_a_distractor_has_no_match():
    rows = ROWS + images("query", "empty=0@9")
    result = scored("market1501", rows, {**ANSWERS, "empty": "own junk box g3 other g5"})
    assert value(result, "mAP") == pytest.approx(0.5)
    assert [count.skipped for count in result.counts if count.split == "all"] == [1, 1, 1]
