"""What a hostile file may cost: as much time as an honest one, a few times over, and no more memory."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import Limits
from scoring.formats.container import Received, open_source
from scoring.formats.lines import Block, Lines
from scoring.formats.words import PADDING
from tests.scoring.formats.test_problems import GOOD, ROWS, changed, codes, only
from tests.scoring.sets import gz, report


@settings(deadline=None)
@given(st.lists(st.integers(1, 200), min_size=4, max_size=4))
def test_any_number_of_spaces_is_one_note(numbers):
    before, first, second, behind = (b" " * number for number in numbers)
    content = changed(b"q1,g1 g2 g3", b"q1," + before + b"g1" + first + b"g2" + second + b"g3" + behind)

    problem = only(report(ROWS, content))

    assert (problem.code, problem.count, problem.line_count) == ("extra_spaces", 1, 1)


def test_spaces_alone_are_no_answer():
    found = report(ROWS, changed(b"g3 g2 g1", b" " * 5000))

    assert codes(found) == ["empty_value", "extra_spaces"]


def test_repeated_rows_are_all_counted_and_some_are_named():
    found = report(ROWS, GOOD + b"q1,g1 g2 g3\n" * 500, limits=Limits(max_problem_items=7))

    problem = only(found)
    assert (problem.code, problem.count, problem.line_count) == ("duplicate_queries", 500, 500)
    assert [item.line for item in problem.items] == [5, 6, 7, 8, 9, 10, 11]
    assert [excerpt.line for excerpt in problem.excerpts] == [5, 6]


def test_excerpts_do_not_depend_on_how_many_items_are_named():
    problem = only(report(ROWS, GOOD + b"q1,g1 g2 g3\n" * 3, limits=Limits(max_problem_items=1)))

    assert len(problem.items) == 1
    assert [excerpt.line for excerpt in problem.excerpts] == [5, 6]


def test_a_gz_of_too_many_members_is_refused(monkeypatch):
    monkeypatch.setattr("scoring.formats.container._MAX_MEMBERS", 3)

    assert report(ROWS, gz(GOOD) + gz(b"") * 2).ok
    assert only(report(ROWS, gz(GOOD) + gz(b"") * 3)).code == "corrupt_archive"


@pytest.mark.parametrize("length", [300, 1000])
def test_a_buffer_that_a_long_line_made_large_takes_no_more_lines_for_that(monkeypatch, length):
    monkeypatch.setattr("scoring.formats.lines.BLOCK", 64)
    content = b"x" * length + b"\n" + b"y\n" * 500
    lines, block, read, sizes = Lines(_source(content), 2000), Block(bytearray(64 + PADDING)), b"", []

    while lines.next_block(block):
        read += block.buffer[block.start : block.stop]
        sizes.append(block.stop - block.start)

    assert read == content
    assert len(block.buffer) > length
    assert max(sizes[1:]) <= 2 * 64


def _source(content):
    return open_source(Received(io.BytesIO(content), Limits()))
