"""PRAI-1581: two drones are the two cameras of the usual rule."""

import pytest

from tests.scoring.protocols.boards import images, scored, value


def test_by_hand():
    rows = images("query", "q=a@1 r=a@2") + images("gallery", "a1=a@1 a2=a@2 x=b@1 y=c@2")
    # q: a1 is junk, hits 0 1 0. r: a2 is junk, hits 1 0 0.
    result = scored("prai1581", rows, {"q": "a1 x a2 y", "r": "a2 a1 x y"})
    assert value(result, "mAP") == pytest.approx((1 / 2 + 1) / 2)
    assert value(result, "rank-1") == 1 / 2


def test_a_person_seen_by_one_drone_alone_is_skipped():
    rows = images("query", "q=a@1 r=b@1") + images("gallery", "a1=a@1 b2=b@2")
    result = scored("prai1581", rows, {"q": "a1 b2", "r": "a1 b2"})
    # Of r's list a1 is a mistake, and q has none but junk.
    assert value(result, "mAP") == 1 / 2
    assert {count.skipped for count in result.counts} == {1}
