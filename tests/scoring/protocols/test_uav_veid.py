"""UAV-VeID: one drawn image for each vehicle, so mAP is the mean reciprocal rank and the trapezoid rule halves it."""

import dataclasses

import pytest

from scoring.benchmarks import BENCHMARKS
from tests.scoring.protocols.boards import images, scored, value

DRAWN = {"a1": "1", "b1": "1", "far": "1"}
ROWS = images("query", "qa=a@0 qb=b@0") + images("gallery", "a1=a@0 a2=a@0 b1=b@0 b2=b@0 far=-@0", draws=DRAWN)
ANSWERS = {"qa": "a2 b2 b1 far a1", "qb": "b2 b1 a2 a1 far"}


def test_by_hand():
    # Of qa's list b1, far, a1 take part; of qb's list b1, a1, far.
    result = scored("uav_veid", ROWS, ANSWERS)
    assert value(result, "mAP") == pytest.approx((1 / 3 + 1) / 2)
    assert value(result, "mINP") == value(result, "mAP")
    reciprocal = (1 / result.per_query["first_match_rank"]).mean()
    assert value(result, "mAP") == pytest.approx(reciprocal)
    assert value(result, "rank-1") == 1 / 2


def test_the_trapezoid_rule_would_halve_it():
    halved = dataclasses.replace(BENCHMARKS["uav_veid"].protocol, ap="trapezoid")
    assert value(scored(halved, ROWS, ANSWERS), "mAP") == pytest.approx((1 / 6 + 1) / 2)


def test_the_images_that_were_not_drawn_are_no_matches():
    assert scored("uav_veid", ROWS, ANSWERS).per_query["relevant"].tolist() == [1, 1]
    everything = dataclasses.replace(BENCHMARKS["uav_veid"].protocol, draw="all")
    assert value(scored(everything, ROWS, ANSWERS), "rank-1") == 1.0
