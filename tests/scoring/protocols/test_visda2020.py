"""VisDA-2020: top-100 lists with items of the query's camera, which take up room and are then dropped."""

import dataclasses

import pytest

from scoring import SubmissionFormat
from scoring.benchmarks import ASSUMED, BENCHMARKS
from tests.scoring.protocols.boards import images, scored, value
from tests.scoring.sets import score

PROTOCOL = BENCHMARKS["visda2020"].protocol
ROWS = images("query", "q=a@1") + images("gallery", "same=a@1 x=b@2 far=a@2 y=b@3 far2=a@3 far3=a@4")
ANSWERS = {"q": "same x far y far2 far3"}


def cut(depth, **more):
    return scored(dataclasses.replace(PROTOCOL, depth=depth, **more), ROWS, ANSWERS)


def test_by_hand():
    # Four are read: same x far y. same is dropped after the cut, and nothing moves up into its place: hits 0 1 0 of three.
    assert value(cut(4), "mAP@4") == pytest.approx(1 / 2 / 1)
    assert value(cut(4, denominator="relevant"), "mAP@4") == pytest.approx(1 / 2 / 3)
    assert value(cut(4, denominator="min_relevant_k"), "mAP@4") == pytest.approx(1 / 2 / 3)
    assert value(cut(2, denominator="min_relevant_k"), "mAP@2") == 0.0
    assert value(cut(3, denominator="min_relevant_k"), "mAP@3") == pytest.approx(1 / 2 / 3)


def test_dropping_before_the_cut_would_read_far2_as_well():
    # x far y far2: hits 0 1 0 1.
    rows = [row for row in ROWS if row["image_id"] != "same"]
    protocol = dataclasses.replace(PROTOCOL, depth=4)
    result = scored(protocol, rows, {"q": "x far y far2 far3"})
    assert value(result, "mAP@4") == pytest.approx((1 / 2 + 2 / 4) / 2)


def test_keeping_same_camera_items_raises_the_score():
    # hits 1 0 1 0.
    assert value(cut(4, junk=()), "mAP@4") == pytest.approx((1 + 2 / 3) / 2)


def test_a_list_of_junk_alone_finds_nothing():
    assert value(cut(1), "mAP@1") == 0.0
    assert value(cut(1), "rank-1") == 0.0


def test_its_own_file_counts_items_from_zero_and_pads_them():
    described = SubmissionFormat(kind="ranking_lines", index_base="0", depth=4)
    result = score(ROWS, b"0000 0001 0002 0003\n", protocol=PROTOCOL, described=described)
    assert value(result, "mAP@4") == 1 / 2


def test_the_denominator_is_assumed():
    assert BENCHMARKS["visda2020"].statuses()["denominator"][0] == ASSUMED
