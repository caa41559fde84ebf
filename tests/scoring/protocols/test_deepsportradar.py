"""DeepSportradar: every item of the query's camera is left out, whoever it shows."""

import pytest

from scoring import Protocol
from tests.scoring.protocols.boards import images, scored, value

ROWS = images("query", "q=a@1") + images("gallery", "x=b@1 own=a@1 y=c@2 far=a@2 z=b@3")
ANSWERS = {"q": "x own y far z"}


def test_by_hand():
    # x and own vanish: hits 0 1 0.
    result = scored("deepsportradar", ROWS, ANSWERS)
    assert value(result, "mAP") == 1 / 2
    assert value(result, "rank-1") == 0.0


def test_the_usual_rule_keeps_the_others_of_the_camera():
    # own vanishes: hits 0 0 1 0.
    assert value(scored(Protocol(), ROWS, ANSWERS), "mAP") == pytest.approx(1 / 3)


def test_chance_is_over_the_items_that_are_left():
    assert scored("deepsportradar", ROWS, ANSWERS).chance["t"]["rank-1"] == pytest.approx(1 / 3)
