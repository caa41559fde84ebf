"""LAGPeR: ground to aerial and ground, where other ground cameras count and the query's own does not."""

import pytest

from scoring import Protocol
from tests.scoring.protocols.boards import images, scored, value

#: Cameras 3, 6, 9, 13, 16, 19 and 22 are aerial.
ROWS = images("query", "q=a@1") + images("gallery", "own=a@1 ground=a@2 sky=a@3 x=b@3")
ANSWERS = {"q": "own x ground sky"}


def test_by_hand():
    # own is junk; the other ground camera is a match: hits 0 1 1.
    assert value(scored("lagper", ROWS, ANSWERS), "mAP") == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_a_rule_by_domain_would_drop_the_other_ground_camera():
    domains = {
        name: "ground" if name in ("q", "own", "ground") else "aerial" for name in ["q", "own", "ground", "sky", "x"]
    }
    rows = [{**row, "domain": domains[row["image_id"]]} for row in ROWS]
    assert value(scored(Protocol(junk=(("pid", "domain"),)), rows, ANSWERS), "mAP") == 1 / 2
