"""JSON rankings: streamed, strict, and scored as the wide file."""

import json

import pytest

from scoring import Limits, SubmissionFormat
from tests.scoring.formats.test_problems import GOOD, ROWS, codes, only
from tests.scoring.sets import gz, random_answers, random_set, ranking_csv, report, score, values, zipped, zst

NAMES = SubmissionFormat(kind="ranking_json")
FROM = {base: SubmissionFormat(kind="ranking_json", index_base=base) for base in "01"}
ANSWERS = {"q1": ["g1", "g2", "g3"], "q2": ["g3", "g2", "g1"], "r1": ["h1", "h2", "h3"]}
ONE = ROWS[:5]


def written(answers, **style):
    return json.dumps(
        {"reid_result": [{"query_id": q, "ans_ids": ids} for q, ids in answers.items()]}, **style
    ).encode()


GOOD_JSON = written(ANSWERS)
ACCEPTED = {
    "spaces after separators": GOOD_JSON,
    "no spaces": written(ANSWERS, separators=(",", ":")),
    "indented": written(ANSWERS, indent=4),
    "tabs and carriage returns": written(ANSWERS, indent="\t").replace(b"\n", b"\r\n"),
    "keys in the other order": written(ANSWERS, sort_keys=True),
    "byte order mark and spaces outside": b"\xef\xbb\xbf \n" + GOOD_JSON + b"\n \n",
    "other order of entries": written(dict(reversed(ANSWERS.items()))),
    "gz": gz(GOOD_JSON),
    "zst": zst(GOOD_JSON),
    "zip": zipped(("a.json", GOOD_JSON)),
}


@pytest.mark.parametrize("content", ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_accepted_silently(content):
    found = report(ROWS, content, described=NAMES)
    assert (found.problems, found.queries_found, found.rows_read, found.depth) == ((), 3, 3, "full rankings")
    assert values(score(ROWS, content, described=NAMES)) == values(score(ROWS, GOOD))


@pytest.mark.parametrize("base", [0, 1])
def test_positions_name_queries_and_items_of_one_track(base):
    up, down = [base, base + 1, base + 2], [base + 2, base + 1, base]
    files = [("ag.json", written({base: up, base + 1: down})), ("ga.json", written({base: up}))]
    content = zipped(*files)
    assert report(ROWS, content, described=FROM[str(base)]).problems == ()
    assert values(score(ROWS, content, described=FROM[str(base)])) == values(score(ROWS, GOOD))
    assert only(report(ROWS, files[0][1], described=FROM[str(base)])).code == "wrong_tracks"


def entries(*parts):
    return b'{"reid_result":[%b]}' % b",".join(parts)


FIRST = b'{"query_id":0,"ans_ids":[0,1,2]}'
SECOND = b'{"query_id":1,"ans_ids":[2,1,0]}'
WRONG = {
    "float": (b"2,1,0.0", {"unknown_gallery_ids": [(1, "0.0")]}, "in digits alone"),
    "exponent": (b"2,1,0e0", {"unknown_gallery_ids": [(1, "0e0")]}, "in digits alone"),
    "minus zero": (b"2,1,-0", {"unknown_gallery_ids": [(1, "-0")]}, "in digits alone"),
    "huge": (b"2,1," + b"9" * 5000, {"unknown_gallery_ids": [(1, "9" * 64)]}, "in digits alone"),
    "text": (b'2,1,"0"', {"unknown_gallery_ids": [(1, '"0"')]}, "as numbers"),
    "null": (b"2,1,null", {"unknown_gallery_ids": [(1, "null")]}, "in digits alone"),
    "1-based": (b"3,2,1", {"unknown_gallery_ids": [(1, "3")]}, "look 1-based"),
    "twice": (b"2,1,2", {"duplicate_gallery_ids": [(1, "2")]}, "once"),
    "short": (b"2,1", {"short_rankings": [(1, "1")]}, "List every"),
    "long": (b"2,1,0,0", {"wrong_depth": [(1, "1")], "duplicate_gallery_ids": [(1, "0")]}, "at most 3"),
    "empty": (b"", {"empty_value": [(1, "1")]}, "Fill"),
    "bad UTF-8": (b'2,1,"\xff"', {"not_utf8": [(1, '"\ufffd"')]}, "UTF-8"),
}


@pytest.mark.parametrize(("items", "expected", "mend"), WRONG.values(), ids=WRONG)
def test_ids_that_are_wrong(items, expected, mend):
    found = report(ONE, entries(FIRST, SECOND.replace(b"2,1,0", items)), described=FROM["0"])
    assert not found.ok
    assert {problem.code: [(item.line, item.id) for item in problem.items] for problem in found.problems} == expected
    assert mend in " ".join(problem.mend for problem in found.problems)


def test_queries_that_are_wrong():
    content = entries(FIRST, SECOND, FIRST, SECOND.replace(b"1,", b"7,", 1), SECOND.replace(b"1,", b'"1",', 1))
    found = report(ONE, content, described=FROM["0"])
    assert {problem.code: [item.id for item in problem.items] for problem in found.problems} == {
        "duplicate_queries": ["0"],
        "unknown_queries": ["7", '"1"'],
    }
    assert only(report(ONE, entries(FIRST), described=FROM["0"])).code == "missing_queries"


def test_lines_of_indented_text_are_named():
    content = written({**ANSWERS, "q2": ["g3", "gx", "g1"], "zz": []}, indent=1)
    found = report(ROWS, content, described=NAMES)
    lines = content.decode().split("\n")
    named = {problem.code: [(item.line, item.id) for item in problem.items] for problem in found.problems}
    assert named == {
        "unknown_gallery_ids": [(1 + next(at for at, line in enumerate(lines) if '"gx"' in line), "gx")],
        "unknown_queries": [(1 + next(at for at, line in enumerate(lines) if '"zz"' in line), "zz")],
    }
    assert found.problems[0].excerpts[0].text.strip() == '"gx",'


BROKEN = {
    "list at the top": (b"[]", "{ is missing"),
    "other key at the top": (b'{"result":[]}', '"reid_result" is missing'),
    "no list": (b'{"reid_result":{}}', "[ is missing"),
    "another key behind": (entries(FIRST, SECOND)[:-1] + b',"x":1}', "} is missing"),
    "cut": (entries(FIRST, SECOND)[:-1], "it ends too early"),
    "cut in an entry": (entries(FIRST, SECOND)[:-9], "it ends too early"),
    "cut in the key": (b'{"reid_re', '"reid_result" is missing'),
    "two values": (entries(FIRST, SECOND) * 2, "something stands behind the end"),
    "trailing comma": (entries(FIRST, SECOND, b""), "an entry is no object"),
    "trailing comma in a list": (entries(FIRST, SECOND.replace(b"0]", b"0,]")), "this is no JSON"),
    "trailing comma in an entry": (entries(FIRST, SECOND.replace(b"]", b"],")), "this is no JSON"),
    "no comma": (entries(FIRST + SECOND), "this is no JSON"),
    "no comma in a list": (entries(FIRST, SECOND.replace(b"2,1", b"2 1")), "this is no JSON"),
    "number as entry": (entries(FIRST, b"1"), "an entry is no object"),
    "list as entry": (entries(FIRST, b"[]"), "an entry is no object"),
    "empty entry": (entries(FIRST, b"{}"), "lacks query_id or ans_ids"),
    "no items": (entries(FIRST, b'{"query_id":1}'), "lacks query_id or ans_ids"),
    "key twice": (entries(FIRST, b'{"query_id":1,"query_id":1,"ans_ids":[2,1,0]}'), "a key twice"),
    "other key": (entries(FIRST, b'{"query_id":1,"ans_ids":[2,1,0],"x":1}'), "another key than"),
    "escaped key": (entries(FIRST, b'{"query\\u005fid":1,"ans_ids":[2,1,0]}'), "another key than"),
    "nested list": (entries(FIRST, SECOND.replace(b"2,1,0", b"[2,1,0]")), "a list or an object stands"),
    "deeply nested": (entries(FIRST, SECOND.replace(b"2,1,0", b"[" * 100_000)), "a list or an object stands"),
    "object as query": (entries(FIRST, SECOND.replace(b"1", b"{}", 1)), "a list or an object stands"),
    "number as items": (entries(FIRST, b'{"query_id":1,"ans_ids":2}'), "ans_ids is no list"),
    "NaN": (entries(FIRST, SECOND.replace(b"2,1,0", b"NaN,1,0")), "this is no JSON"),
    "Infinity": (entries(FIRST, SECOND.replace(b"2,1,0", b"-Infinity,1,0")), "this is no JSON"),
    "leading zero": (entries(FIRST, SECOND.replace(b"2,1,0", b"02,1,0")), "this is no JSON"),
    "plus": (entries(FIRST, SECOND.replace(b"2,1,0", b"+2,1,0")), "this is no JSON"),
    "hexadecimal": (entries(FIRST, SECOND.replace(b"2,1,0", b"0x2,1,0")), "this is no JSON"),
    "single quotes": (entries(FIRST, SECOND.replace(b'"', b"'")), "this is no JSON"),
    "comment": (entries(FIRST, b"/* */" + SECOND), "an entry is no object"),
    "line end in text": (entries(FIRST, SECOND.replace(b"2,1,0", b'"2\n",1,0')), "this is no JSON"),
}


@pytest.mark.parametrize(("content", "title"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("block", [48, 1_000_000])
def test_what_is_no_json_of_the_declared_shape(monkeypatch, content, title, block):
    monkeypatch.setattr("scoring.formats.reading.BLOCK", block)
    problem = only(report(ONE, content, described=FROM["0"]))
    assert (problem.code, problem.severity) == ("bad_json", "error")
    assert title in problem.title
    assert problem.mend.startswith('Write {"reid_result":[')
    assert problem.excerpts[0].line == 1


def test_no_file_costs_more_than_one_entry():
    limits = Limits(max_line_bytes=4096)
    huge = entries(FIRST, SECOND.replace(b"2,1,0", b"2," * 10_000_000 + b"1"))
    problem = only(report(ONE, huge, described=FROM["0"], limits=limits))
    assert (problem.code, problem.title) == ("line_too_long", "An entry is longer than 4,096 bytes")
    assert report(ONE, b" " * 5_000_000 + entries(FIRST, SECOND), described=FROM["0"], limits=limits).ok
    many = entries(*[FIRST] * 500)
    assert only(report(ONE, many, described=FROM["0"], limits=Limits(max_rows=100))).code == "too_many_rows"
    assert only(report(ONE, b"", described=FROM["0"])).code == "empty_file"
    assert only(report(ONE, b"\x89PNG\r\n\x1a\n", described=FROM["0"])).code == "binary_file"


@pytest.mark.parametrize("block", [64, 1000, 100_000])
def test_blocks_do_not_change_what_is_found(monkeypatch, block):
    monkeypatch.setattr("scoring.formats.reading.BLOCK", block)
    rows = random_set(7)
    answers = random_answers(rows, 8)
    content = written(answers)
    assert score(rows, content, described=NAMES).scores == score(rows, ranking_csv(answers)).scores
    query = next(iter(answers))
    answers[query] = [*answers[query][:-1], "zz"]
    assert codes(report(rows, written(answers), described=NAMES)) == ["unknown_gallery_ids"]
