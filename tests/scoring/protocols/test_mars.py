"""MARS: queries without any match, which evaluators skip or count as 0."""

import dataclasses

import pytest

from scoring.benchmarks import BENCHMARKS
from tests.scoring.protocols.boards import counts, images, scored, value

ROWS = images("query", "q1=a@1 q2=b@1 q3=c@1") + images("gallery", "junk=-1@2 a=a@2 x=0@2 b=b@2 c=c@1")
ANSWERS = {"q1": "junk a x b c", "q2": "x b junk a c", "q3": "c junk x a b"}


def test_by_hand():
    # q1: 1 0 0 0, q2: 0 1 0 0; q3's only tracklet has its own camera.
    result = scored("mars", ROWS, ANSWERS)
    assert value(result, "mAP") == pytest.approx((1 + 1 / 2) / 2)
    assert (counts(result).queries, counts(result).skipped) == (2, 1)


def test_counting_them_as_zero_lowers_every_score():
    zero = dataclasses.replace(BENCHMARKS["mars"].protocol, no_match="zero")
    result = scored(zero, ROWS, ANSWERS)
    assert value(result, "mAP") == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert value(result, "rank-1") == pytest.approx(1 / 3)
    assert (counts(result).queries, counts(result).skipped) == (3, 1)
