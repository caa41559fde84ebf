"""MSMT17: identity 0 is a person; a rule for all data sets that drops it loses queries and matches."""

import pytest

from tests.scoring.protocols.boards import counts, images, scored, value

ROWS = images("query", "q0=0@1 q1=1@1") + images("gallery", "g1=1@2 g0=0@2 same=0@1")
ANSWERS = {"q0": "same g1 g0", "q1": "g1 same g0"}


def test_by_hand():
    # q0: same is junk, hits 0 1; q1: hits 1 0 0.
    result = scored("msmt17", ROWS, ANSWERS)
    assert value(result, "mAP") == pytest.approx((1 / 2 + 1) / 2)
    assert value(result, "rank-1") == 1 / 2
    assert (counts(result).queries, counts(result).identities, counts(result).skipped) == (2, 2, 0)


def test_market_1501s_rule_skips_the_person_and_raises_the_score():
    result = scored("market1501", ROWS, ANSWERS)
    assert value(result, "mAP") == 1.0
    assert (counts(result).queries, counts(result).skipped) == (1, 1)
