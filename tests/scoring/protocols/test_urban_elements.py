"""Urban Elements: positions in the gallery counted from 1; read from 0 every answer means its neighbour."""

import dataclasses

import pytest

from scoring import SubmissionFormat
from scoring.benchmarks import BENCHMARKS
from tests.scoring.protocols.boards import counts, images, value
from tests.scoring.sets import score

ROWS = images("query", "000001.jpg=a@c1") + images("gallery", "g1=b@c2 g2=a@c1 g3=b@c3 g4=a@c4")
FORMAT = SubmissionFormat(
    kind="ranking", query_column="imageName", value_column="Corresponding Indexes", depth=100, index_base="1"
)


def scored_positions(line, described=FORMAT):
    content = f"imageName,Corresponding Indexes\n000001.jpg,{line}\n".encode()
    return score(ROWS, content, protocol=BENCHMARKS["urban_elements"].protocol, described=described)


def test_by_hand():
    # g2 g1 g4 g3: hits 1 0 1 0.
    assert value(scored_positions("2 1 4 3"), "mAP@100") == pytest.approx((1 + 2 / 3) / 2)


def test_the_base_is_declared_and_never_guessed():
    # The same places from 0: g3 g2 g4, hits 0 1 1, though only the first can be told from the file.
    from_zero = dataclasses.replace(FORMAT, index_base="0", depth=3)
    assert value(scored_positions("2 1 3", from_zero), "mAP@3") == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_a_query_without_a_match_is_passed_over():
    rows = images("query", "000001.jpg=a@c1 000002.jpg=z@c1") + ROWS[1:]
    content = b"imageName,Corresponding Indexes\n000001.jpg,2 1 4 3\n000002.jpg,1 2 3 4\n"
    result = score(rows, content, protocol=BENCHMARKS["urban_elements"].protocol, described=FORMAT)
    assert value(result, "mAP@100") == pytest.approx((1 + 2 / 3) / 2)
    assert counts(result).skipped == 1
