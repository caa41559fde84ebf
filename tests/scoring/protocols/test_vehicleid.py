"""VehicleID: drawn galleries of one image per vehicle, every other image asked, and the mean of the draws' scores."""

import pytest

from scoring import Protocol
from tests.scoring.protocols.boards import counts, images, scored, value

TWO = Protocol(junk=(), draw="resplit", draws=2)
NAMES = "a1=a@0 a2=a@0 a3=a@0 b1=b@0 b2=b@0 c1=c@0"
ROWS = images("query", NAMES) + images("gallery", NAMES, draws={"a1": "1", "a2": "2", "b1": "1 2", "c1": "1 2"})
ANSWERS = {
    "a1": "a1 b1 a2 c1 a3 b2",
    "a2": "a2 a1 b1 c1 a3 b2",
    "a3": "c1 b1 a1 a2 b2 a3",
    "b1": "a1 a2 a3 b1 b2 c1",
    "b2": "b1 a1 a2 a3 c1 b2",
    "c1": "a1 a2 a3 b1 b2 c1",
}


def test_by_hand():
    # Draw 1, gallery a1 b1 c1: a2 finds its image first, a3 third, b2 first.
    # Draw 2, gallery a2 b1 c1: a1 finds its image second, a3 third, b2 first.
    first, second = (1 + 1 / 3 + 1) / 3, (1 / 2 + 1 / 3 + 1) / 3
    result = scored(TWO, ROWS, ANSWERS)
    assert value(result, "mAP") == pytest.approx((first + second) / 2)  # 25/36
    assert value(result, "rank-1") == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert value(result, "rank-2") == pytest.approx((2 / 3 + 2 / 3) / 2)
    assert value(result, "mINP") == value(result, "mAP")
    # b1 and c1 are in every gallery and never asked.
    assert (counts(result).queries, counts(result).identities, counts(result).draws) == (6, 2, 2)


def test_the_score_is_the_mean_of_draws_and_not_of_answers():
    # Vehicle a has an image in the first draw alone: in the second all three images of a are asked in vain and skipped.
    rows = images("query", NAMES) + images("gallery", NAMES, draws={"a1": "1", "b1": "1 2", "c1": "1 2"})
    result = scored(TWO, rows, ANSWERS)
    first, second = (1 + 1 / 3 + 1) / 3, 1.0
    assert value(result, "mAP") == pytest.approx((first + second) / 2)
    assert value(result, "mAP") != pytest.approx((1 + 1 / 3 + 1 + 1) / 4)
    assert (counts(result).queries, counts(result).skipped) == (4, 3)


def test_chance_is_that_of_one_match_in_a_drawn_gallery():
    assert scored(TWO, ROWS, ANSWERS).chance["t"] == pytest.approx({"rank-1": 1 / 3, "mAP": (1 + 1 / 2 + 1 / 3) / 3})


def test_the_trapezoid_rule_would_halve_everything_behind_the_first_rank():
    halved = Protocol(junk=(), draw="resplit", draws=2, ap="trapezoid")
    first, second = (1 + 1 / 6 + 1) / 3, (1 / 4 + 1 / 6 + 1) / 3
    assert value(scored(halved, ROWS, ANSWERS), "mAP") == pytest.approx((first + second) / 2)
