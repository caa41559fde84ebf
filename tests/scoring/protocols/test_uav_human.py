"""UAV-Human: cameras are those of single frames, so nothing is junk; 50000 are the distractors."""

import pytest

from scoring import Protocol
from tests.scoring.protocols.boards import images, scored, value

# The identity is P and S joined: P000S00 and P000S01 are two.
ROWS = images("query", "q=00000@7") + images("gallery", "d=50000@7 same=00000@7 x=00001@8 far=00000@9")
ANSWERS = {"q": "d same x far"}


def test_by_hand():
    # The distractor counts as a mistake: hits 0 1 0 1.
    result = scored("uav_human", ROWS, ANSWERS)
    assert value(result, "mAP") == pytest.approx((1 / 2 + 2 / 4) / 2)


def test_true_cameras_would_drop_a_match():
    # hits 0 0 1.
    protocol = Protocol(distractor_pids=("50000",))
    assert value(scored(protocol, ROWS, ANSWERS), "mAP") == pytest.approx(1 / 3)


def test_distractors_are_not_junk():
    # Without the distractor hits would be 1 0 1.
    protocol = Protocol(junk=(), junk_pids=("50000",))
    assert value(scored(protocol, ROWS, ANSWERS), "mAP") == pytest.approx((1 + 2 / 3) / 2)
