"""A preset gives the same figures from every kind of file that holds the same rankings."""

import io

import pytest

from scoring import Annotations, SubmissionFormat
from scoring.parity import PRESETS
from tests.scoring.same_bytes.files import annotations, readable

FULL = [
    file
    for file in readable()
    if file.kind not in ("labels", "embeddings") and "depth" not in file.described and not file.protocol
]


def figures(name, file):
    found = PRESETS[name].evaluate(
        io.BytesIO(file.write(None)),
        annotations=Annotations.read(io.BytesIO(annotations())),
        submission_format=SubmissionFormat.from_mapping(file.described),
    )
    return found.values


@pytest.mark.parametrize("file", FULL[1:], ids=lambda file: file.name)
@pytest.mark.parametrize("name", ["fast_reid", "visda2020_server"])
def test_the_kind_of_the_file_makes_no_difference(name, file):
    expected = figures(name, FULL[0])
    assert set(expected) == {"ag", "ga"}
    assert figures(name, file) == expected
