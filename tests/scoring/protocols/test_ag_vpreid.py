"""AG-VPReID: ten tracklets a query; what is not listed is not retrieved."""

import pytest

from scoring import SubmissionFormat
from tests.scoring.protocols.boards import images, scored, value

ROWS = images("query", "q=a@4") + images(
    "gallery", " ".join(["g0=a@0", "g1=a@1", "g2=a@2", *(f"x{number}=b{number}@0" for number in range(11))])
)
DEPTH_10 = SubmissionFormat(
    query_column="query_tracklet", value_column="gallery_tracklets", ignored_columns=("row_id",), depth=10
)


def test_by_hand():
    # Hits at 1 and 4; the third match stands on no line.
    result = scored("ag_vpreid", ROWS, {"q": "g0 x0 x1 g1 x2 x3 x4 x5 x6 x7"}, described=SubmissionFormat(depth=10))
    assert value(result, "mAP@10") == pytest.approx((1 + 2 / 4) / 3)
    assert value(result, "rank-1") == 1.0
    assert {score.metric for score in result.scores} == {"rank-1", "rank-2", "rank-5", "rank-10", "mAP@10"}


def test_a_match_in_the_eleventh_place_cannot_be_handed_in():
    # The whole list fits the format, but the protocol reads ten.
    names = "x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 g0 g1 g2 x10"
    result = scored("ag_vpreid", ROWS, {"q": names})
    assert (value(result, "mAP@10"), value(result, "rank-10")) == (0.0, 0.0)


def test_its_header_is_declared():
    assert DEPTH_10.columns == ("row_id", "query_tracklet", "gallery_tracklets")
