"""CUHK03 classic: rank-k over ten drawn galleries of one image per identity, mAP over all of it."""

import pytest

from scoring import Protocol
from tests.scoring.oracle import splitmix
from tests.scoring.protocols.boards import counts, images, scored, value

ROWS = images("query", "q=a@1") + images("gallery", "a1=a@1 a2=a@2 a3=a@2 b1=b@2 b2=b@2")
ANSWERS = {"q": "a1 a2 b1 a3 b2"}


def drawn(draw, identity, images_left, query=0, seed=0):
    state = splitmix((splitmix(seed) + query) % 2**64)
    return splitmix((splitmix((state + draw) % 2**64) + identity) % 2**64) % images_left


def test_by_hand():
    result = scored("cuhk03_classic", ROWS, ANSWERS)
    # a1 is junk. A draw holds a2 or a3, and b1 or b2: the match is second where a3 meets b1, else first.
    draws = [(["a2", "a3"][drawn(draw, 0, 2)], ["b1", "b2"][drawn(draw, 1, 2)]) for draw in range(10)]
    assert draws.count(("a3", "b1")) == 4
    assert value(result, "rank-1") == pytest.approx(6 / 10)
    assert value(result, "rank-2") == 1.0
    # The full gallery without junk has hits 1 0 1 0.
    assert value(result, "mAP") == pytest.approx((1 + 2 / 3) / 2)
    assert value(result, "mINP") == pytest.approx(2 / 3)
    assert (counts(result).queries, counts(result).draws) == (1, 10)


def test_the_usual_cmc_is_higher():
    assert value(scored(Protocol(), ROWS, ANSWERS), "rank-1") == 1.0


def test_another_seed_draws_other_galleries():
    found = {
        value(scored(Protocol(draw="per_query", draws=10, draw_seed=seed), ROWS, ANSWERS), "rank-1")
        for seed in range(5)
    }
    assert len(found) > 1


def test_with_one_image_for_each_identity_nothing_is_left_to_chance():
    rows = images("query", "q=a@1") + images("gallery", "b1=b@2 a1=a@2 c1=c@2")
    result = scored("cuhk03_classic", rows, {"q": "b1 a1 c1"})
    assert (value(result, "rank-1"), value(result, "rank-2"), value(result, "mAP")) == (0.0, 1.0, 0.5)
    assert result.chance["t"] == pytest.approx({"rank-1": 1 / 3, "mAP": (1 + 1 / 2 + 1 / 3) / 3})
