"""Rankings whose lines name no query, positions instead of ids, and labels with several places."""

import pytest

from scoring import Protocol, SubmissionFormat
from tests.scoring.formats.test_problems import GOOD, ROWS, codes, only
from tests.scoring.sets import gz, random_answers, random_set, report, score, values, zipped

ONE = ROWS[:5]
LINES = {base: SubmissionFormat(kind="ranking_lines", index_base=base) for base in ("names", "0", "1")}
CUT = SubmissionFormat(kind="ranking_lines", index_base="0", depth=2)
ACCEPTED = {
    "ids": ("names", b"g1 g2 g3\ng3 g2 g1\n"),
    "from 0": ("0", b"0 1 2\n2 1 0\n"),
    "from 1": ("1", b"1 2 3\n3 2 1\n"),
    "leading zeros": ("1", b"0001 002 0003\n03 02 01\n"),
    "no last line end": ("0", b"0 1 2\n2 1 0"),
    "carriage returns": ("0", b"0 1 2\r\n2 1 0\r\n"),
    "byte order mark": ("0", b"\xef\xbb\xbf0 1 2\n2 1 0\n"),
    "blank lines at the end": ("0", b"0 1 2\n2 1 0\n\n  \n"),
    "gz": ("0", gz(b"0 1 2\n2 1 0\n")),
    "zip": ("0", zipped(("result.txt", b"0 1 2\n2 1 0\n"))),
}


@pytest.mark.parametrize(("base", "content"), ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_accepted_silently_and_scored_as_the_wide_file(base, content):
    found = report(ONE, content, described=LINES[base])
    assert (found.problems, found.queries_found, found.rows_read) == ((), 2, 2)
    wide = score(ONE, b"query_id,gallery_ids\nq1,g1 g2 g3\nq2,g3 g2 g1\n", protocol=Protocol(junk=()))
    assert values(score(ONE, content, described=LINES[base], protocol=Protocol(junk=()))) == values(wide)


# Name: (base, content, {code: [(line, id)]}, part of a mend).
WRONG = {
    "0 counted from 1": ("1", b"0 1 2\n2 1 3\n", {"unknown_gallery_ids": [(1, "0")]}, "These look 0-based"),
    "the last counted from 0": ("0", b"1 2 3\n0 1 2\n", {"unknown_gallery_ids": [(1, "3")]}, "These look 1-based"),
    "sign": ("0", b"+0 1 2\n2 1 0\n", {"unknown_gallery_ids": [(1, "+0")]}, "in digits alone"),
    "minus": ("0", b"-0 1 2\n2 1 0\n", {"unknown_gallery_ids": [(1, "-0")]}, "from 0 to 2"),
    "decimal": ("0", b"0.0 1 2\n2 1 0\n", {"unknown_gallery_ids": [(1, "0.0")]}, "in digits alone"),
    "ending": (
        "0",
        b"000.jpg 1.jpg 2.jpg\n2 1 0\n",
        {"unknown_gallery_ids": [(1, "000.jpg"), (1, "1.jpg"), (1, "2.jpg")]},
        "without its ending",
    ),
    "Arabic digits": ("0", "٠ 1 2\n2 1 0\n".encode(), {"unknown_gallery_ids": [(1, "٠")]}, "in digits alone"),
    "NUL behind": (
        "0",
        b"0 1 2\n" + b" " * 5000 + b"2 1 0\0\n",
        {"control_characters": [(2, "0\u2400")], "extra_spaces": [(2, "q2")]},
        "invisible",
    ),
    "too many zeros": ("0", b"00000000000000000 1 2\n2 1 0\n", {"unknown_gallery_ids": [(1, "0" * 17)]}, "from 0"),
    "ids": (
        "0",
        b"g1 g2 g3\n2 1 0\n",
        {"unknown_gallery_ids": [(1, "g1"), (1, "g2"), (1, "g3")]},
        "These are gallery ids",
    ),
    "twice": ("0", b"0 1 00\n2 1 0\n", {"duplicate_gallery_ids": [(1, "00")]}, "once per ranking"),
    "header": ("names", b"gallery_ids\ng1 g2 g3\n", {}, "gallery"),
    "blank line": ("0", b"\n2 1 0\n", {"empty_value": [(1, "q1")]}, "Fill every line"),
    "too few lines": ("0", b"0 1 2\n", {"missing_queries": [(None, "q2")]}, "all 2 queries"),
    "too many lines": ("0", b"0 1 2\n2 1 0\n1 0 2\n", {"unknown_queries": [(3, "1")]}, "exactly 2 lines"),
    "commas": (
        "0",
        b"0,1,2\n2 1 0\n",
        {"bad_row": [(1, "0,1,2")], "missing_queries": [(None, "q1")], "short_rankings": [(1, "q1")]},
        "no header",
    ),
    "quotes": ("0", b'"0 1 2"\n2 1 0\n', {}, "no header"),
    "tabs": (
        "0",
        b"0\t1\t2\n2 1 0\n",
        {"control_characters": [(1, "0\u24091\u24092")], "short_rankings": [(1, "q1")]},
        "tabs",
    ),
}


@pytest.mark.parametrize(("base", "content", "expected", "mend"), WRONG.values(), ids=WRONG)
def test_lines_that_are_wrong(base, content, expected, mend):
    found = report(ONE, content, described=LINES[base])
    assert not found.ok
    named = {problem.code: [(item.line, item.id) for item in problem.items] for problem in found.problems}
    assert not expected or named == expected
    assert mend in " ".join(problem.mend for problem in found.problems)


def test_a_wide_file_with_positions_and_names_of_its_own():
    described = SubmissionFormat(
        query_column="imageName", value_column="Corresponding Indexes", index_base="1", depth=2
    )
    content = b"imageName,Corresponding Indexes\nq1,1 2\nq2,03 1\nr1,2 3\n"
    assert report(ROWS, content, described=described).ok
    named = SubmissionFormat(depth=2)
    same = b"query_id,gallery_ids\nq1,g1 g2\nq2,g3 g1\nr1,h2 h3\n"
    assert values(score(ROWS, content, described=described)) == values(score(ROWS, same, described=named))


def test_an_id_with_nothing_but_nul_behind_it_is_another_id():
    """Where the beginning of the file does not show that it is no text."""
    content = GOOD.replace(b"g3 g2 g1", b"g3 g2 g1\0").replace(b"q1,", b"\n" * 5000 + b"q1,")
    problem = only(report(ROWS, content))
    assert (problem.code, [item.id for item in problem.items]) == ("control_characters", ["g1\u2400"])


def test_several_tracks_are_a_zip_with_a_file_for_each():
    files = (("x/ga.txt", b"0 1 2\n"), ("ag.txt", b"0 1 2\n2 1 0\n"))
    content = zipped(*files)
    assert report(ROWS, content, described=LINES["0"]).problems == ()
    assert values(score(ROWS, content, described=LINES["0"])) == values(score(ROWS, GOOD))
    wrong = report(ROWS, zipped(("ga.txt", b"0 1 9\n"), files[1]), described=LINES["0"])
    assert only(wrong).title == "ga: 1 gallery position is unknown, on 1 line"
    assert (wrong.queries_found, wrong.queries_expected, wrong.depth) == (3, 3, "full rankings")


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (b"0 1 2\n2 1 0\n0 1 2\n", "The file is no zip"),
        (zipped(("ag.txt", b"0 1 2\n2 1 0\n")), "The zip holds 1 other file"),
        (zipped(("ag.txt", b"0 1 2\n2 1 0\n"), ("ag.csv", b"0 1 2\n")), "The zip holds 2 other files"),
        (zipped(("ag.txt", b""), ("ga.txt", b""), ("readme", b"")), "The zip holds 3 other files"),
    ],
)
def test_files_that_do_not_fit_the_tracks(content, title):
    problem = only(report(ROWS, content, described=LINES["0"]))
    assert (problem.code, problem.severity) == ("wrong_tracks", "error")
    assert problem.title.startswith(title)
    assert "ag.txt, ga.txt" in problem.mend


def test_blocks_and_threads_do_not_move_lines(monkeypatch):
    monkeypatch.setenv("NUMBA_NUM_THREADS", "2")
    rows = random_set(3, tracks=("ag",))
    gallery = [row["image_id"] for row in rows if row["role"] == "gallery"]
    place = {name: str(number) for number, name in enumerate(gallery)}
    answers = random_answers(rows, 4)
    content = "\n".join(" ".join(place[name] for name in items) for items in answers.values()).encode()
    wide = "query_id,gallery_ids\n" + "\n".join(f"{query},{' '.join(items)}" for query, items in answers.items())
    for block in (64, 1000, 100_000):
        monkeypatch.setattr("scoring.formats.reading.BLOCK", block)
        assert values(score(rows, content, described=LINES["0"])) == values(score(rows, wide.encode()))


TOP = SubmissionFormat(kind="labels", top=2)


def test_labels_with_several_places():
    rows = [{**row, "pid": pid} for row, pid in zip(ROWS[:5], "ABABC", strict=True)]
    protocol = Protocol(junk=(), gallery_labels="released")
    result = score(rows, b"image_id,person_id\nq1,B A\nq2,B\n", described=TOP, protocol=protocol)
    found = values(result)
    assert (found["all", "ag", "rank-1"], found["all", "ag", "rank-2"]) == (0.5, 1.0)
    assert {metric for _, _, metric in found} == {"rank-1", "rank-2"}
    assert result.per_query["right"].tolist() == [False, True]
    assert result.per_query["right_rank"].tolist() == [2, 1]


@pytest.mark.parametrize(
    ("answer", "code"),
    [(b"1 2 3", "many_labels"), (b"1 1", "duplicate_labels"), (b"1  2", "extra_spaces"), (b"1 \xe9", "not_utf8")],
)
def test_several_labels_that_are_wrong(answer, code):
    found = report(ROWS, b"image_id,person_id\nq1,1\nq2,%b\nr1,3\n" % answer, described=TOP)
    assert codes(found) == [code]
    assert found.depth == "up to 2 identities per query"
