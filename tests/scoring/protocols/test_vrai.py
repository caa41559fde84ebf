"""VRAI: its server is not public; what is assumed of it is the camera rule of Market-1501 and a list of 1,000."""

import pytest

from scoring import SubmissionFormat
from scoring.benchmarks import ASSUMED, BENCHMARKS
from scoring.parity import PRESETS
from tests.scoring.protocols.boards import images, scored, value
from tests.scoring.sets import score

ROWS = images("query", "q=a@1") + images("gallery", "same=a@1 x=b@2 far=a@2 y=c@2 far2=a@2")


def test_by_hand():
    # same is junk: hits 0 1 0 1.
    result = scored("vrai", ROWS, {"q": "same x far y far2"})
    assert value(result, "mAP@1000") == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert value(result, "rank-2") == 1.0


def test_its_own_file_counts_queries_and_items_from_zero():
    content = b'{"reid_result":[{"query_id":0,"ans_ids":[0,1,2,3,4]}]}'
    described = SubmissionFormat(kind="ranking_json", index_base="0", depth=1000)
    result = score(ROWS, content, protocol=BENCHMARKS["vrai"].protocol, described=described)
    assert value(result, "mAP@1000") == pytest.approx((1 / 2 + 2 / 4) / 2)


def test_it_is_the_protocol_of_the_preset_and_said_to_be_assumed():
    assert PRESETS["vrai"].protocol == BENCHMARKS["vrai"].protocol
    assert BENCHMARKS["vrai"].statuses()["junk"][0] == ASSUMED
