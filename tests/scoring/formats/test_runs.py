"""TREC runs: the score decides, ties go to the earlier gallery position, and the rank column is not read."""

import pytest

from scoring import Limits, Protocol, SubmissionFormat
from tests.scoring.formats.test_problems import GOOD, ROWS, codes, only
from tests.scoring.sets import gz, random_answers, random_set, ranking_csv, report, score, values, zst

RUN = SubmissionFormat(kind="run")
CUT = SubmissionFormat(kind="run", depth=2)
GOOD_RUN = b"""q1 Q0 g1 1 0.9 mine
q1 Q0 g2 2 0.5 mine
q1 Q0 g3 3 0.1 mine
q2 Q0 g1 3 -2e0 mine
q2 Q0 g2 2 1 mine
q2 Q0 g3 1 +10.5 mine
r1 Q0 h1 0 .3 mine
r1 Q0 h2 0 .2 mine
r1 Q0 h3 0 .1 mine
"""
ACCEPTED = {
    "plain": GOOD_RUN,
    "tabs": GOOD_RUN.replace(b" ", b"\t"),
    "many blanks": GOOD_RUN.replace(b" ", b"  \t ").replace(b"\n", b" \n "),
    "carriage returns": GOOD_RUN.replace(b"\n", b"\r\n"),
    "blank lines": b"\n \n" + GOOD_RUN.replace(b"\n", b"\n\n"),
    "byte order mark": b"\xef\xbb\xbf" + GOOD_RUN,
    "lines in another order": b"\n".join(sorted(GOOD_RUN.split(b"\n"), key=lambda line: line[5:])),
    "any rank": GOOD_RUN.replace(b" 3 ", b" \xff "),
    "gz": gz(GOOD_RUN),
    "zst": zst(GOOD_RUN),
}


@pytest.mark.parametrize("content", ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_accepted_silently_and_scored_as_the_wide_file(content):
    found = report(ROWS, content, described=RUN)
    assert (found.problems, found.queries_found, found.rows_read, found.depth) == ((), 3, 9, "full rankings")
    assert values(score(ROWS, content, described=RUN)) == values(score(ROWS, GOOD))


WRONG = {
    "unknown query": (b"q2 Q0 g1", b"q9 Q0 g1", {"unknown_queries": [(4, "q9")], "short_rankings": [(5, "q2")]}),
    "unknown item": (b"q2 Q0 g1", b"q2 Q0 gx", {"unknown_gallery_ids": [(4, "gx")]}),
    "item of another track": (b"q2 Q0 g1", b"q2 Q0 h1", {"unknown_gallery_ids": [(4, "h1")]}),
    "item twice": (b"q2 Q0 g1", b"q2 Q0 g3", {"duplicate_gallery_ids": [(6, "g3")]}),
    "five columns": (b"q2 Q0 g1", b"q2 g1", {"bad_row": [(4, "q2 g1 3 -2e0 mine")], "short_rankings": [(5, "q2")]}),
    "seven columns": (
        b"q2 Q0 g1",
        b"q2 Q0 g1 x",
        {"bad_row": [(4, "q2 Q0 g1 x 3 -2e0 mine")], "short_rankings": [(5, "q2")]},
    ),
    "no number": (b" -2e0", b" high", {"bad_scores": [(4, "high")]}),
    "nan": (b" -2e0", b" nan", {"bad_scores": [(4, "nan")]}),
    "infinite": (b" -2e0", b" inf", {"bad_scores": [(4, "inf")]}),
    "beyond float64": (b" -2e0", b" 1e999", {"bad_scores": [(4, "1e999")]}),
    "underscore": (b" -2e0", b" 1_0", {"bad_scores": [(4, "1_0")]}),
    "hexadecimal": (b" -2e0", b" 0x1p3", {"bad_scores": [(4, "0x1p3")]}),
    "one line too many": (
        b"q2 Q0 g1 3 -2e0 mine",
        b"q2 Q0 g1 3 -2e0 mine\nq2 Q0 g1 3 -3 mine",
        {
            "duplicate_gallery_ids": [(5, "g1")],
            "wrong_depth": [(4, "q2")],
        },
    ),
    "one line missing": (b"q2 Q0 g1 3 -2e0 mine\n", b"", {"short_rankings": [(4, "q2")]}),
}


@pytest.mark.parametrize(("old", "new", "expected"), WRONG.values(), ids=WRONG)
def test_lines_that_are_wrong(old, new, expected):
    assert old in GOOD_RUN
    found = report(ROWS, GOOD_RUN.replace(old, new, 1), described=RUN)
    assert not found.ok
    assert {problem.code: [(item.line, item.id) for item in problem.items] for problem in found.problems} == expected
    assert all(problem.mend.endswith(".") for problem in found.problems)


def test_missing_queries_and_empty_files_are_refused():
    found = report(ROWS, b"".join(GOOD_RUN.splitlines(keepends=True)[:6]), described=RUN)
    assert [(item.line, item.id) for item in only(found).items] == [(None, "r1")]
    assert only(report(ROWS, b"", described=RUN)).code == "empty_file"
    assert codes(report(ROWS, b"\n", described=RUN)) == ["missing_queries"]


def test_short_runs_are_a_warning_where_there_is_a_depth():
    found = report(
        ROWS, GOOD_RUN.replace(b"q2 Q0 g1 3 -2e0 mine\n", b""), described=SubmissionFormat(kind="run", depth=3)
    )
    assert [(problem.code, problem.severity) for problem in found.problems] == [("short_rankings", "warning")]
    assert codes(report(ROWS, GOOD_RUN, described=CUT)) == ["wrong_depth"]


def test_equal_scores_go_to_the_earlier_gallery_position_with_a_warning():
    lines = [f"{query} Q0 {item} 1 0.5 t" for query in ("q1", "q2") for item in ("g3", "g1", "g2")]
    lines += ["r1 Q0 h3 1 0.0 t", "r1 Q0 h2 1 -0.0 t", "r1 Q0 h1 1 -1 t"]
    content = "\n".join(lines).encode()
    warning = only(report(ROWS, content, described=RUN))
    assert (warning.code, warning.severity, warning.count) == ("tied_scores", "warning", 8)
    assert (
        warning.title == "8 of 9 scores are tied with another of their query, in 3 queries; 2 queries have ties alone"
    )
    same = ranking_csv({"q1": ["g1", "g2", "g3"], "q2": ["g1", "g2", "g3"], "r1": ["h2", "h3", "h1"]})
    assert values(score(ROWS, content, described=RUN)) == values(score(ROWS, same))


def test_scores_that_differ_in_the_last_bit_are_no_ties():
    long = b"0.10000000000000000555111512312578270211815834045410156250"
    content = (
        GOOD_RUN.replace(b" 0.5 ", b" 0.30000000000000004 ")
        .replace(b" 0.1 ", b" 0.3 ")
        .replace(b" .2 ", b" %b " % long)
    )
    content = content.replace(b" .1 ", b" 0.09999999999999999 ")
    assert report(ROWS, content, described=RUN).problems == ()
    assert values(score(ROWS, content, described=RUN)) == values(score(ROWS, GOOD))


@pytest.mark.parametrize("block", [64, 1000, 100_000])
@pytest.mark.parametrize("depth", [None, 5])
def test_a_run_has_the_score_of_its_ranking(monkeypatch, block, depth):
    monkeypatch.setattr("scoring.formats.reading.BLOCK", block)
    rows, protocol = random_set(5), Protocol(depth=3 if depth else None)
    answers = random_answers(rows, 6, depth=depth)
    lines = [
        f"{query} Q0 {item} x {1 / (2 + rank)!r} t"
        for query, items in answers.items()
        for rank, item in enumerate(items)
    ]
    content = "\n".join(sorted(lines, key=lambda line: line[::-1])).encode()
    described, wide = SubmissionFormat(kind="run", depth=depth), SubmissionFormat(depth=depth)
    result = score(rows, content, described=described, protocol=protocol)
    assert result.scores == score(rows, ranking_csv(answers), described=wide, protocol=protocol).scores


def test_bounds():
    assert only(report(ROWS, GOOD_RUN, described=RUN, limits=Limits(max_run_rows=8))).code == "too_many_rows"
    long = report(ROWS, GOOD_RUN + b"x" * 3_000_000, described=RUN, limits=Limits(max_line_bytes=2_000_000))
    assert codes(long) == ["line_too_long"]
    assert Limits(max_rows=1, max_run_rows=9).max_run_rows == 9
    assert report(ROWS, GOOD_RUN, described=RUN, limits=Limits(max_rows=1)).ok
