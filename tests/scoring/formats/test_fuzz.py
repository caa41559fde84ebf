"""Whatever the bytes, a report comes back; and no file is scored for anything but what it means."""

import io
import random
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import Limits, Report, SubmissionFormat
from scoring.submission import READERS
from tests.scoring.formats.canonical import Truth
from tests.scoring.formats.fuzzing import CASES, mutated
from tests.scoring.sets import labels_csv, ranking_csv, read_manifest, report, score, values, zipped

LIMITS = Limits(max_line_bytes=1000, max_expanded_bytes=1_000_000, max_problem_items=3)
ALL = [case for cases in CASES.values() for case in cases]
by_kind = pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.described.kind}-{case.described.index_base}")


def test_every_reader_is_tried():
    assert set(CASES) == set(READERS)
    assert all(case.described.kind == kind for kind, cases in CASES.items() for case in cases)


def assert_report(rows, content, described):
    found = report(rows, content, described=described, limits=LIMITS)
    assert found.ok == (not found.errors)
    assert Report.from_json(found.to_json()) == found
    for problem in found.problems:
        assert problem.count >= 1
        assert len(problem.items) <= 3
        assert problem.title
        assert problem.mend.endswith(".")
        assert all(len(part.text) <= 80 for part in problem.excerpts)
    return found


def assert_canonical(case, content):
    """Read a file; one that can be scored has the score of what it means. Return whether it can."""
    found = assert_report(case.rows, content, case.described)
    if not found.ok:
        return False
    answers = case.means(content, case.described, Truth(read_manifest(case.rows)))
    is_labels, depth = case.described.kind == "labels", case.described.depth
    same = SubmissionFormat(kind="labels", top=case.described.top) if is_labels else SubmissionFormat(depth=depth)
    plain = (
        labels_csv({query: " ".join(named) for query, named in answers.items()}) if is_labels else ranking_csv(answers)
    )
    wanted = values(score(case.rows, plain, described=same))
    assert values(score(case.rows, content, described=case.described)) == wanted, content
    return True


@by_kind
def test_files_that_are_right_mean_what_they_say(case):
    assert assert_canonical(case, case.seeds[0])


@by_kind
def test_mutated_files_give_a_report_and_the_score_of_what_they_mean(case):
    assert sum(assert_canonical(case, mutated(case, seed)) for seed in range(150)) > 5


@pytest.mark.long
@pytest.mark.parametrize("start", range(0, 200_000, 20_000))
def test_very_many_mutated_files(start):
    draw = random.Random(start)
    for seed in range(start, start + 20_000):
        case = draw.choice(ALL)
        assert_canonical(case, mutated(case, seed))


def test_a_zip_entry_without_a_name_is_read():
    """A mutated name of no length, at which zipfile's own question for a folder fails."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo()
        entry.filename = ""
        archive.writestr(entry, b"")

    case = CASES["ranking"][0]
    assert assert_report(case.rows, buffer.getvalue(), case.described).errors[0].code == "empty_file"


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ALL), st.binary(max_size=200))
def test_arbitrary_bytes_always_give_a_report(case, content):
    assert_report(case.rows, content, case.described)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ALL), st.data())
def test_arbitrary_pieces_always_give_a_report(case, data):
    """Text that is made of what the format is made of, behind the beginning of a right file."""
    seed = data.draw(st.sampled_from(case.seeds))
    head = seed[: data.draw(st.integers(0, len(seed)))]
    assert_canonical(case, head + b"".join(data.draw(st.lists(st.sampled_from(case.pieces), max_size=30))))


def test_files_of_one_kind_are_read_as_every_other():
    for case in ALL:
        for other in ALL:
            for seed in other.seeds:
                assert_report(case.rows, seed, case.described)
                assert_report(case.rows, zipped(("a", seed)), case.described)
