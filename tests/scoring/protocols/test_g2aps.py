"""G2APS-ReID: the same queries against one camera's gallery and, in the "+" lists, against both."""

import pytest

from scoring import Protocol
from tests.scoring.protocols.boards import images, scored, value

ROWS = [
    *images("query", "q=a@3", "g2a"),
    *images("gallery", "x=b@0 far=a@0", "g2a"),
    *images("query", "qplus=a@3", "g2a_plus"),
    *images("gallery", "near=a@3 other=b@3 x=b@0 far=a@0", "g2a_plus"),
]
ANSWERS = {"q": "x far", "qplus": "near other far x"}


def test_by_hand():
    # One camera: hits 0 1. Both: near is junk, other of the same camera is a mistake: hits 0 1 0.
    result = scored("g2aps", ROWS, ANSWERS)
    assert value(result, "mAP", "g2a") == 1 / 2
    assert value(result, "mAP", "g2a_plus") == 1 / 2


def test_the_camera_rule_matters_in_the_larger_gallery_alone():
    result = scored(Protocol(junk=()), ROWS, ANSWERS)
    assert value(result, "mAP", "g2a") == 1 / 2
    assert value(result, "mAP", "g2a_plus") == pytest.approx((1 + 2 / 3) / 2)
