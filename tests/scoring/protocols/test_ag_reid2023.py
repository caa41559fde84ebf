"""AG-ReID2023: one label a query, both directions in one file, identities joined of person, time and altitude."""

import pytest

from scoring import SubmissionFormat
from scoring.benchmarks import BENCHMARKS
from tests.scoring.protocols.boards import images, value
from tests.scoring.sets import labels_csv, score

LOW, HIGH, LATER = "P0001T04041A0", "P0001T04041A2", "P0001T04050A0"
ROWS = [
    *images("query", f"a1={LOW}@0 a2={HIGH}@0 a3={LATER}@0", "aerial_ground"),
    *images("gallery", f"b1={LOW}@3 b2={HIGH}@3 b3={LATER}@2", "aerial_ground"),
    *images("query", f"c1={LOW}@3 c2={HIGH}@2", "ground_aerial"),
    *images("gallery", f"d1={LOW}@0 d2={HIGH}@0", "ground_aerial"),
]


def labelled(answers):
    described = SubmissionFormat(kind="labels")
    return score(ROWS, labels_csv(answers), protocol=BENCHMARKS["ag_reid2023"].protocol, described=described)


def test_by_hand():
    result = labelled({"a1": LOW, "a2": HIGH, "a3": LOW, "c1": LOW, "c2": LOW})
    assert value(result, "rank-1", "aerial_ground") == pytest.approx(2 / 3)
    assert value(result, "rank-1", "ground_aerial") == 1 / 2
    assert value(result, "rank-1", "micro") == pytest.approx(3 / 5)
    assert value(result, "rank-1", "macro") == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert {score.metric for score in result.scores} == {"rank-1"}


def test_the_same_person_at_another_time_or_altitude_is_another_identity():
    # All five answers name the person P0001; by the person alone all would be right.
    result = labelled({"a1": HIGH, "a2": LATER, "a3": LOW, "c1": HIGH, "c2": LOW})
    assert value(result, "rank-1") == 0.0
