"""DeepSportradar: every item of the query's camera is left out, whoever it shows."""

import numpy as np
import pytest

from scoring import Protocol, SubmissionFormat
from scoring.benchmarks import BENCHMARKS
from tests.scoring.protocols.boards import images, scored, value
from tests.scoring.sets import score
from tests.scoring.vectors.arrays import npy

ROWS = images("query", "q=a@1") + images("gallery", "x=b@1 own=a@1 y=c@2 far=a@2 z=b@3")
ANSWERS = {"q": "x own y far z"}


def test_by_hand():
    # x and own vanish: hits 0 1 0.
    result = scored("deepsportradar", ROWS, ANSWERS)
    assert value(result, "mAP") == 1 / 2
    assert value(result, "rank-1") == 0.0


def test_its_own_file_is_a_matrix_of_distances():
    # Columns x own y far z; y and far are equally far, so the earlier one is first: hits 0 1 0 as above.
    matrix = np.array([[0.1, 0.0, 0.5, 0.5, 0.9]], dtype=np.float32)
    protocol, described = BENCHMARKS["deepsportradar"].protocol, SubmissionFormat(kind="distances")
    assert value(score(ROWS, npy(matrix), protocol=protocol, described=described), "mAP") == 1 / 2


def test_the_usual_rule_keeps_the_others_of_the_camera():
    # own vanishes: hits 0 0 1 0.
    assert value(scored(Protocol(), ROWS, ANSWERS), "mAP") == pytest.approx(1 / 3)


def test_chance_is_over_the_items_that_are_left():
    assert scored("deepsportradar", ROWS, ANSWERS).chance["t"]["rank-1"] == pytest.approx(1 / 3)
