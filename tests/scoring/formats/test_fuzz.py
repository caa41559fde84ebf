"""Whatever the bytes, a report comes back; and no change of a file's bytes passes for another meaning."""

import io
import random
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import InvalidSubmissionError, Limits, Report, SubmissionFormat
from tests.scoring.formats.test_problems import GOOD, GOOD_LABELS, ROWS
from tests.scoring.sets import gz, labels_csv, ranking_csv, report, score, values, zipped

LABELS = SubmissionFormat(kind="labels")
SEEDS = [GOOD, GOOD_LABELS, gz(GOOD), zipped(("a.csv", GOOD)), GOOD.replace(b"\n", b"\r\n"), b'"q1","g1 g2 g3"\n']
TOKENS = [
    b",",
    b'"',
    b"\n",
    b"\r",
    b" ",
    b"\0",
    b"g1",
    b"q1",
    b"\xff",
    b"\xc3",
    b";",
    b"\t",
    b"PK\x03\x04",
    b"\x1f\x8b",
]
LIMITS = Limits(max_line_bytes=1000, max_expanded_bytes=1_000_000, max_problem_items=3)


def mutated(seed):
    """Cut, copy, flip and insert bytes of a file that was right."""
    draw = random.Random(seed)
    content = bytearray(draw.choice(SEEDS))
    for _ in range(draw.randint(1, 6)):
        at, end = sorted(draw.randint(0, len(content)) for _ in range(2))
        change = draw.randrange(5)
        if change == 0 and content:
            content[min(at, len(content) - 1)] ^= 1 << draw.randrange(8)
        elif change == 1:
            del content[at:end]
        elif change == 2:
            content[at:at] = content[at:end]
        else:
            content[at:at] = draw.choice(TOKENS)
    return bytes(content)


def assert_report(content, described):
    found = report(ROWS, content, described=described, limits=LIMITS)
    assert found.ok == (not found.errors)
    assert Report.from_json(found.to_json()) == found
    for problem in found.problems:
        assert problem.count >= 1
        assert len(problem.items) <= 3
        assert problem.title
        assert problem.mend.endswith(".")
        assert all(len(part.text) <= 80 for part in problem.excerpts)
    return found


@pytest.mark.parametrize("start", range(0, 3000, 500))
def test_mutated_files_always_give_a_report(start):
    for seed in range(start, start + 500):
        assert_report(mutated(seed), LABELS if seed % 3 == 0 else SubmissionFormat())


@pytest.mark.long
def test_very_many_mutated_files_always_give_a_report():
    for seed in range(10_000, 210_000):
        assert_report(mutated(seed), LABELS if seed % 3 == 0 else SubmissionFormat())


def test_a_zip_entry_without_a_name_is_read():
    """A mutated name of no length, at which zipfile's own question for a folder fails."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo()
        entry.filename = ""
        archive.writestr(entry, b"")

    assert assert_report(buffer.getvalue(), SubmissionFormat()).errors[0].code == "empty_file"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_arbitrary_bytes_always_give_a_report(content):
    assert_report(content, SubmissionFormat())


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_after_a_header_always_give_a_report(content):
    assert_report(b"query_id,gallery_ids\n" + content, SubmissionFormat())


def parsed(content):
    """Read a valid ranking in the plainest way."""
    text = content.decode("utf-8-sig").replace("\r\n", "\n").replace('"', "")
    lines = [line.split(",") for line in text.split("\n") if line.strip()][1:]
    return {query.strip(): ids.split() for query, ids in lines}


def test_a_mutated_file_that_is_scored_has_the_score_of_its_canonical_form():
    accepted = 0
    for seed in range(4000):
        content = mutated(seed)
        if content[:2] in (b"PK", b"\x1f\x8b") or not content.lstrip(b"\xef\xbb\xbf").startswith((b"query", b'"query')):
            continue
        try:
            result = score(ROWS, content)
        except InvalidSubmissionError:
            continue
        accepted += 1
        assert values(result) == values(score(ROWS, ranking_csv(parsed(content))))
    assert accepted > 5


def test_quoted_and_plain_fields_are_one():
    quoted = b'"image_id","person_id"\n"q1","1"\n"q2","x"\n"r1","3"\n'
    plain = labels_csv({"q1": "1", "q2": "x", "r1": "3"})
    assert values(score(ROWS, quoted, described=LABELS)) == values(score(ROWS, plain, described=LABELS))
