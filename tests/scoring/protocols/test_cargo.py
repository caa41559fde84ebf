"""CARGO: its aerial-ground protocol compares two domains and not thirteen cameras."""

import pytest

from scoring import Protocol
from tests.scoring.protocols.boards import images, scored, value

CAMERAS = {"q": 2, "sky": 3, "same": 2, "other": 3, "ground": 7, "ground2": 9}
DOMAINS = {name: "aerial" if camera <= 5 else "ground" for name, camera in CAMERAS.items()}
ROWS = images("query", "q=a@2", domain=DOMAINS) + images(
    "gallery", "sky=a@3 same=a@2 other=b@3 ground=a@7 ground2=a@9", domain=DOMAINS
)
ANSWERS = {"q": "sky same other ground ground2"}


def test_aerial_to_ground_by_hand():
    # sky and same are junk by domain; other, of the same domain, stays a mistake: hits 0 1 1.
    result = scored("cargo_ag", ROWS, ANSWERS)
    assert value(result, "mAP") == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert value(result, "rank-1") == 0.0


def test_all_by_hand():
    # same alone is junk: hits 1 0 1 1.
    result = scored("cargo", ROWS, ANSWERS)
    assert value(result, "mAP") == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)


def test_dropping_the_whole_domain_would_drop_the_mistakes_too():
    result = scored(Protocol(junk=(("domain",),)), ROWS, ANSWERS)
    assert value(result, "mAP") == 1.0
