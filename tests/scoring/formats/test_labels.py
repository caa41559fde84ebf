"""Labels of a row that stand in it twice are found, however many there are and whoever chose them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import SubmissionFormat
from scoring.formats.labels import is_repeated
from scoring.formats.words import PADDING
from tests.scoring.sets import labels_csv, random_set, report

ROWS = random_set(3, identities=30, tracks=("ag",))
QUERIES = [row["image_id"] for row in ROWS if row["role"] == "query"]
LABEL = st.text("ab", min_size=1, max_size=3) | st.sampled_from(
    ["x" * 8, "x" * 9, "x" * 70, "x" * 71, "y" * 70, "xxxxxxxxx1"]
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(LABEL, min_size=1, max_size=40), min_size=1, max_size=4))
def test_all_that_occur_again_are_counted(named):
    answers = {query: " ".join(labels) for query, labels in zip(QUERIES, named, strict=False)}
    found = report(ROWS, labels_csv(answers), described=SubmissionFormat(kind="labels", top=40))
    count = sum(problem.count for problem in found.errors if problem.code == "duplicate_labels")
    assert count == sum(len(labels) - len(set(labels)) for labels in named)


def slots_looked_at(labels, seed):
    """Return how many slots of the table all labels together pass until they find their own."""
    content = " ".join(labels).encode() + b" "
    buffer = np.frombuffer(content + bytes(PADDING), np.uint8)
    table = np.zeros((1 + (1 << (2 * len(labels)).bit_length()), 4), np.int64)
    table[0, 0], at, slots = 1, 0, len(table) - 1
    for label in labels:
        assert not is_repeated(buffer, at, at + len(label), np.uint64(seed), table)
        assert is_repeated(buffer, at, at + len(label), np.uint64(seed), table)
        at += len(label) + 1
    held = np.flatnonzero(table[1:, 0])
    assert len(held) == len(labels)
    return int(((held - table[1 + held, 1]) % slots + 1).sum())


@pytest.mark.parametrize("number", [10, 100, 5000])
@pytest.mark.parametrize("write", [str, lambda number: f"{number:064d}", lambda number: f"{number}" * 9])
def test_the_work_grows_with_the_number_of_labels(number, write):
    assert slots_looked_at([write(one) for one in range(number)], 7) <= 3 * number


def test_labels_that_meet_under_one_seed_do_not_under_another():
    buffer = np.zeros(16 + PADDING, np.uint8)
    meeting = []
    for number in range(400_000):
        label = f"{number:06d}"
        buffer[:6] = np.frombuffer(label.encode(), np.uint8)
        table = np.zeros((5, 4), np.int64)
        table[0, 0] = 1
        is_repeated(buffer, 0, 6, np.uint64(7), table)
        if table[1:, 1].sum() & 255 == 0:
            meeting.append(label)
        if len(meeting) == 100:
            break
    assert slots_looked_at(meeting, 7) > 20 * len(meeting)
    assert slots_looked_at(meeting, 0x123456789ABCDEF1) <= 3 * len(meeting)
