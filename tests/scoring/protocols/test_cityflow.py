"""CityFlow-ReID: the first hundred, divided by all matches, without a camera rule."""

import dataclasses

import pytest

from scoring import SubmissionFormat
from scoring.benchmarks import BENCHMARKS
from tests.scoring.protocols.boards import images, scored, value
from tests.scoring.sets import score

PROTOCOL = BENCHMARKS["cityflow"].protocol
ROWS = images("query", "q=a@1 lost=z@1") + images("gallery", "near=a@1 x=b@1 far=a@2 y=b@2 far2=a@3")
ANSWERS = {"q": "near x far y far2", "lost": "near x far y far2"}


def test_by_hand():
    # The same camera counts: hits 1 0 1 0 1; the query without a match is 0.
    result = scored("cityflow", ROWS, ANSWERS)
    assert value(result, "mAP@100") == pytest.approx((1 + 2 / 3 + 3 / 5) / 3 / 2)
    assert value(result, "rank-1") == 1 / 2


def test_the_list_is_cut_and_divided_by_all_matches():
    four = dataclasses.replace(PROTOCOL, depth=4)
    # hits 1 0 1 0 of three.
    assert value(scored(four, ROWS, ANSWERS), "mAP@4") == pytest.approx((1 + 2 / 3) / 3 / 2)
    found = dataclasses.replace(four, denominator="found", no_match="skip")
    assert value(scored(found, ROWS, ANSWERS), "mAP@4") == pytest.approx((1 + 2 / 3) / 2)


def test_a_short_list_can_be_divided_by_its_own_length():
    # hits 1 0 of three: by 3, or by the two that fit.
    two = dataclasses.replace(PROTOCOL, depth=2, no_match="skip")
    assert value(scored(two, ROWS, ANSWERS), "mAP@2") == pytest.approx(1 / 3)
    fitting = dataclasses.replace(two, denominator="min_relevant_k")
    assert value(scored(fitting, ROWS, ANSWERS), "mAP@2") == pytest.approx(1 / 2)


def test_its_own_file_counts_items_from_one():
    described = SubmissionFormat(kind="ranking_lines", index_base="1", depth=100)
    result = score(ROWS, b"1 2 3 4 5\n1 2 3 4 5\n", protocol=PROTOCOL, described=described)
    assert value(result, "mAP@100") == pytest.approx((1 + 2 / 3 + 3 / 5) / 3 / 2)


def test_ranks_beyond_the_cut_are_not_given():
    four = dataclasses.replace(PROTOCOL, depth=4)
    metrics = {score.metric for score in scored(four, ROWS, ANSWERS, described=SubmissionFormat()).scores}
    assert metrics == {"rank-1", "rank-2", "mAP@4"}
