"""VERI-Wild: the camera stands in another file than the lists, and leaving it out raises every score."""

import pytest

from scoring import Protocol
from tests.scoring.protocols.boards import images, scored, value

SIZES = ("test_3000", "test_5000")
ROWS = [
    row
    for size in SIZES
    for row in [
        *images("query", f"{size}.q=a@20", size),
        *images("gallery", f"{size}.near=a@20 {size}.x=b@20 {size}.far=a@31", size),
    ]
]
ANSWERS = {f"{size}.q": f"{size}.near {size}.x {size}.far" for size in SIZES}


def test_by_hand():
    # near has the query's camera: hits 0 1 in each size, which are reported apart.
    result = scored("veri_wild", ROWS, ANSWERS)
    for size in SIZES:
        assert value(result, "mAP", size) == 1 / 2
        assert value(result, "rank-1", size) == 0.0


def test_without_cameras_the_score_is_too_high():
    result = scored(Protocol(junk=()), ROWS, ANSWERS)
    assert value(result, "mAP", "test_3000") == pytest.approx((1 + 2 / 3) / 2)
    assert value(result, "rank-1", "test_3000") == 1.0
