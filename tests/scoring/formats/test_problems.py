"""Bad input: every kind has one clear problem with its code, place and mend."""

import hashlib
import io
import random
import struct

import pytest

from scoring import Limits, Report, SubmissionFormat
from scoring.formats.container import Received, open_source
from tests.scoring.sets import gz, report, zipped

ROWS = [
    {"track": track, "role": role, "image_id": image, "pid": image[1:], "camid": "1"}
    for track, role, images in (
        ("ag", "query", ["q1", "q2"]),
        ("ag", "gallery", ["g1", "g2", "g3"]),
        ("ga", "query", ["r1"]),
        ("ga", "gallery", ["h1", "h2", "h3"]),
    )
    for image in images
]
GOOD = b"query_id,gallery_ids\nq1,g1 g2 g3\nq2,g3 g2 g1\nr1,h1 h2 h3\n"
LABELS = SubmissionFormat(kind="labels")
GOOD_LABELS = b"image_id,person_id\nq1,1\nq2,x\nr1,3\n"


def codes(found):
    return [problem.code for problem in found.problems]


def only(found):
    assert len(found.problems) == 1, codes(found)
    return found.problems[0]


def changed(old, new, content=GOOD):
    assert old in content
    return content.replace(old, new)


ACCEPTED = {
    "plain": GOOD,
    "no last line end": GOOD[:-1],
    "carriage returns": GOOD.replace(b"\n", b"\r\n"),
    "byte order mark": b"\xef\xbb\xbf" + GOOD,
    "quoted fields": b'"query_id","gallery_ids"\n"q1","g1 g2 g3"\n"q2","g3 g2 g1"\n"r1","h1 h2 h3"\n',
    "quoted with carriage returns": b'"query_id","gallery_ids"\r\n"q1","g1 g2 g3"\r\n"q2",g3 g2 g1\r\nr1,"h1 h2 h3"\r\n',
    "blank lines": GOOD.replace(b"\n", b"\n\n") + b"\r\n  \n",
    "gz": gz(GOOD),
    "gz of two members": gz(GOOD[:30]) + gz(GOOD[30:]),
    "gz padded with nothing": gz(GOOD) + b"",
    "zip": zipped(("a.csv", GOOD)),
    "stored zip": zipped(("a.csv", GOOD), method=0),
    "zip with a folder": zipped(("results/a.csv", GOOD)),
    "zip from macOS": zipped(("a.csv", GOOD), ("__MACOSX/._a.csv", b"x")),
    "other order of rows": b"query_id,gallery_ids\nr1,h1 h2 h3\nq2,g3 g2 g1\nq1,g1 g2 g3\n",
}


@pytest.mark.parametrize("content", ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_accepted_silently(content):
    found = report(ROWS, content)
    assert (found.ok, found.problems) == (True, ())
    assert (found.queries_found, found.queries_expected, found.rows_read) == (3, 3, 3)
    assert found.depth == "full rankings"


# Name: (content, code, part of the title, part of the mend).
ERRORS = {
    "empty": (b"", "empty_file", "The file is empty", 'line "query_id,gallery_ids"'),
    "empty gz": (gz(b""), "empty_file", "The file is empty", "Begin the file"),
    "only line ends": (b"\n\n\n", "wrong_header", "The first line is empty", "Begin the file"),
    "only spaces": (b"   ", "wrong_header", "The first line is empty", "Begin the file"),
    "no header": (GOOD[21:], "wrong_header", "The first line is not the header", "Begin the file"),
    "other header": (b"image_id,person_id\nq1,1\n", "wrong_header", "The first line is not", "query_id,gallery_ids"),
    "columns swapped": (
        b"gallery_ids,query_id\ng1,q1\n",
        "wrong_header",
        "gallery_ids stands before query_id",
        "Write the query first",
    ),
    "semicolons": (GOOD.replace(b",", b";"), "wrong_separator", "separated by semicolons", "commas"),
    "tabs": (GOOD.replace(b",", b"\t"), "wrong_separator", "separated by tabs", "commas"),
    "UTF-16": (GOOD.decode().encode("utf-16"), "not_utf8", "UTF-16", "UTF-8"),
    "UTF-16 without mark": (GOOD.decode().encode("utf-16-le"), "not_utf8", "UTF-16", "UTF-8"),
    "Latin-1 header": (b"qu\xe9ry,gallery_ids\nq1,g1\n", "not_utf8", "text in another encoding", "UTF-8"),
    "PNG": (
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        "binary_file",
        "This is a PNG image",
        "Expected CSV text, plain, .gz, .zst or a zip of one file.",
    ),
    "JPEG": (b"\xff\xd8\xff\xe0" + bytes(100), "binary_file", "This is a JPEG image", "Expected CSV text"),
    "PDF": (b"%PDF-1.7\n" + bytes(100), "binary_file", "a PDF document", "Expected"),
    "NumPy": (b"\x93NUMPY\x01\x00", "binary_file", "a NumPy array", "Expected"),
    "Parquet": (b"PAR1" + bytes(50), "binary_file", "a Parquet file", "Expected"),
    "pickle": (b"\x80\x04\x95" + bytes(50), "binary_file", "a Python pickle", "Expected"),
    "tar": (b"a.csv".ljust(257, b"\0") + b"ustar\x0000", "binary_file", "a tar archive", "Expected"),
    "PNG in gz": (gz(b"\x89PNG\r\n\x1a\n" + bytes(100)), "binary_file", "a PNG image", "Expected"),
    "NUL bytes": (b"query_id,\0gallery", "binary_file", "a binary file", "Expected"),
    "zip of two": (zipped(("a.csv", GOOD), ("b.csv", GOOD)), "zip_many_files", "holds 2 files", "exactly one"),
    "zip of none": (zipped(), "zip_many_files", "holds 0 files", "exactly one"),
    "zip path": (zipped(("../a.csv", GOOD)), "zip_path", "leads outside", "plain name"),
    "zip absolute path": (zipped(("/etc/a.csv", GOOD)), "zip_path", "leads outside", "plain name"),
    "zip Windows path": (zipped(("..\\a.csv", GOOD)), "zip_path", "leads outside", "plain name"),
    "zip in zip": (zipped(("a.zip", zipped(("a.csv", GOOD)))), "nested_archive", "another archive", "once"),
    "gz in gz": (gz(gz(GOOD)), "nested_archive", "another archive", "once"),
    "zip of bzip2": (zipped(("a.csv", GOOD), method=12), "zip_method", "not read here", "ordinary zip"),
    "truncated gz": (gz(GOOD)[:-9], "truncated_archive", ".gz file ends too early", "again"),
    "truncated gz header": (gz(GOOD)[:5], "truncated_archive", ".gz file ends too early", "again"),
    "truncated zip": (zipped(("a.csv", GOOD))[:-30], "truncated_archive", "zip file ends too early", "again"),
    "damaged gz": (gz(GOOD)[:-8] + bytes(8), "corrupt_archive", ".gz file is damaged", "again"),
    "gz with junk behind": (gz(GOOD) + b"junk", "trailing_data", "goes on behind its end", "again"),
}


@pytest.mark.parametrize(("content", "code", "title", "mend"), ERRORS.values(), ids=ERRORS)
def test_files_that_cannot_be_read(content, code, title, mend):
    found = report(ROWS, content)
    problem = only(found)
    assert not found.ok
    assert (problem.code, problem.severity) == (code, "error")
    assert title in problem.title
    assert mend in problem.mend
    assert found.sha256 == hashlib.sha256(content).hexdigest()  # also of an archive that was read out of order


def test_an_encrypted_zip_is_refused():
    content = bytearray(zipped(("a.csv", GOOD)))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    assert only(report(ROWS, bytes(content))).code == "zip_encrypted"


def test_a_zip_that_lists_thousands_of_files_is_not_even_listed():
    many = zipped(*((f"{'x' * 200}{number}", b"") for number in range(5000)))
    assert only(report(ROWS, many)).title == "The zip holds thousands of files"


def test_a_list_of_contents_hidden_behind_a_long_comment_is_not_read(monkeypatch):
    archive = zipped(("a.csv", GOOD))
    end = archive.index(b"PK\x05\x06")
    count, size, start = struct.unpack("<HLL", archive[end + 10 : end + 20])
    wide = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    comment = bytes(0xFFFF)
    content = archive[:end] + wide + locator + archive[end : end + 20] + struct.pack("<H", len(comment)) + comment
    # zipfile would believe the 64-bit record, whatever the short one says.
    monkeypatch.setattr("zipfile.ZipFile", pytest.fail)
    assert only(report(ROWS, content)).code == "zip_method"


ROW_ERRORS = {
    "unknown query": (
        changed(b"q2", b"q9"),
        {"unknown_queries": [(3, "q9")], "missing_queries": [(None, "q2")]},
        "such as q1",
    ),
    "missing query": (changed(b"q2,g3 g2 g1\n", b""), {"missing_queries": [(None, "q2")]}, "all 3 queries"),
    "query twice": (GOOD + b"q1,g1 g2 g3\n", {"duplicate_queries": [(5, "q1")]}, "one line only"),
    "unknown gallery id": (
        changed(b"g3 g2 g1", b"g3 g2 g7"),
        {"unknown_gallery_ids": [(3, "g7")]},
        "such as g1",
    ),
    "ending": (
        changed(b"g3 g2 g1", b"g3.jpg g2.jpg g1.JPG"),
        {"unknown_gallery_ids": [(3, "g3.jpg"), (3, "g2.jpg"), (3, "g1.JPG")]},
        "These end in .jpg: write the name without its ending.",
    ),
    "other track": (
        changed(b"g3 g2 g1", b"h1 h2 h3"),
        {"unknown_gallery_ids": [(3, "h1"), (3, "h2"), (3, "h3")]},
        "another track",
    ),
    "capital letters": (
        changed(b"g3 g2 g1", b"G3 g2 g1"),
        {"unknown_gallery_ids": [(3, "G3")]},
        "Capital and small letters differ",
    ),
    "positions": (
        changed(b"g3 g2 g1", b"0 1 2"),
        {"unknown_gallery_ids": [(3, "0"), (3, "1"), (3, "2")]},
        "These are numbers",
    ),
    "folders": (changed(b"g3 g2 g1", b"x/g3 g2 g1"), {"unknown_gallery_ids": [(3, "x/g3")]}, "without folder"),
    "queries as gallery": (changed(b"g3 g2 g1", b"q1 g2 g1"), {"unknown_gallery_ids": [(3, "q1")]}, "query ids"),
    "semicolons inside": (
        changed(b"g3 g2 g1", b"g3;g2;g1"),
        {"unknown_gallery_ids": [(3, "g3;g2;g1")], "short_rankings": [(3, "q2")]},
        "These hold semicolons",
    ),
    "commas inside": (
        changed(b"g3 g2 g1", b"g3,g2,g1"),
        {"bad_row": [(3, "q2,g3,g2,g1")], "missing_queries": [(None, "q2")], "short_rankings": [(3, "q2")]},
        "separate gallery ids by single spaces",
    ),
    "tabs inside": (
        changed(b"g3 g2 g1", b"g3\tg2\tg1"),
        {"control_characters": [(3, "g3\u2409g2\u2409g1")], "short_rankings": [(3, "q2")]},
        "remove tabs",
    ),
    "gallery id twice": (
        changed(b"g3 g2 g1", b"g3 g2 g3"),
        {"duplicate_gallery_ids": [(3, "g3")]},
        "once per ranking",
    ),
    "too few": (changed(b"g3 g2 g1", b"g3 g2"), {"short_rankings": [(3, "q2")]}, "List every gallery id"),
    "too many": (
        changed(b"g3 g2 g1", b"g3 g2 g1 g1"),
        {"wrong_depth": [(3, "q2")], "duplicate_gallery_ids": [(3, "g1")]},
        "List at most 3",
    ),
    "no answer": (changed(b"g3 g2 g1", b""), {"empty_value": [(3, "q2")]}, "Fill the column gallery_ids"),
    "no comma": (
        changed(b"q2,g3 g2 g1", b"q2"),
        {"bad_row": [(3, "q2")], "missing_queries": [(None, "q2")]},
        "query_id, gallery_ids",
    ),
    "no query": (
        changed(b"q2,g3", b",g3"),
        {"bad_row": [(3, ",g3 g2 g1")], "missing_queries": [(None, "q2")]},
        "a query id cannot be empty",
    ),
    "Latin-1 id": (changed(b"g3 g2 g1", b"g\xe9 g2 g1"), {"not_utf8": [(3, "g\ufffd")]}, "Save the file as UTF-8"),
    "UTF-8 id": (
        changed(b"g3 g2 g1", "gé g2 g1".encode()),
        {"unknown_gallery_ids": [(3, "gé")]},
        "such as g1",
    ),
    "NUL in a late row": (
        b"\n".join([GOOD[:20], b" " * 5000, changed(b"q2,g3", b"q2,g\0")[21:]]),
        {"control_characters": [(4, "g\u2400")]},
        "invisible",
    ),
    "an id beyond the largest": (
        changed(b"g3 g2 g1", b"g" * 70 + b" g2 g1"),
        {"unknown_gallery_ids": [(3, "g" * 64)]},
        "such as g1",
    ),
    "open quote": (
        changed(b"q2,g3 g2 g1", b'q2,"g3 g2 g1'),
        {"bad_row": [(3, 'q2,"g3 g2 g1')], "missing_queries": [(None, "q2")]},
        "separated by commas",
    ),
}


@pytest.mark.parametrize(("content", "expected", "mend"), ROW_ERRORS.values(), ids=ROW_ERRORS)
def test_rows_that_are_wrong(content, expected, mend):
    found = report(ROWS, content)
    assert not found.ok
    assert {problem.code: [(item.line, item.id) for item in problem.items] for problem in found.problems} == expected
    assert mend in " ".join(problem.mend for problem in found.problems)
    for problem in found.problems:
        assert problem.count == problem.items_total == len(problem.items)


def test_spaces_are_ignored_with_a_warning():
    found = report(ROWS, changed(b"g3 g2 g1", b" g3  g2 g1 "))
    assert found.ok
    assert (only(found).code, only(found).severity) == ("extra_spaces", "warning")
    assert only(found).line_count == 1


def test_short_rankings_are_a_warning_where_the_depth_is_a_limit():
    found = report(ROWS, changed(b"g3 g2 g1", b"g3"), described=SubmissionFormat(depth=2))
    assert [(p.code, p.severity) for p in found.problems] == [("wrong_depth", "error"), ("short_rankings", "warning")]
    assert found.depth == "1 to 3 gallery ids per query"


def test_all_problems_come_in_one_report_errors_first_and_most_lines_first():
    content = b"query_id,gallery_ids\nq9,g1 g2 g3\nq1,g1 g1 gx\nr1,h1 h2 h3 \nr1,h2 h1 hx\n"
    found = report(ROWS, content)
    assert codes(found) == [
        "unknown_gallery_ids",
        "duplicate_gallery_ids",
        "duplicate_queries",
        "unknown_queries",
        "missing_queries",
        "extra_spaces",
    ]
    assert found.problems[0].title == "2 gallery ids are unknown, on 2 lines"
    assert [(part.line, part.text, part.marks) for part in found.problems[0].excerpts] == [
        (3, "q1,g1 g1 gx", ((9, 11),)),
        (5, "r1,h2 h1 hx", ((9, 11),)),
    ]


def test_excerpts_are_short_and_show_the_place():
    names = [f"g{number}" for number in range(200)]
    rows = [*ROWS[:1], *({**ROWS[2], "image_id": name} for name in names)]
    content = ("query_id,gallery_ids\nq1," + " ".join([*names[:-1], "\x1b[31mred"]) + "\n").encode()

    excerpt = report(rows, content).problems[0].excerpts[0]

    assert len(excerpt.text) <= 80
    start, end = excerpt.marks[0]
    assert excerpt.text.startswith("…")
    assert excerpt.text[start:end] == "\u241b[31mred"


def test_a_report_survives_json():
    found = report(ROWS, b"query_id,gallery_ids\nq9,g1\nq1,g1 g1 gx\n")
    assert Report.from_json(found.to_json()) == found


def test_labels_hidden_and_released():
    assert report(ROWS, GOOD_LABELS, described=LABELS).ok
    found = report(ROWS, GOOD_LABELS, described=LABELS, gallery_identities=frozenset({"1", "2", "3"}))
    assert [(item.line, item.id) for item in only(found).items] == [(3, "x")]
    assert only(found).code == "unknown_labels"
    assert found.depth == "one identity per query"


@pytest.mark.parametrize(
    ("answer", "code"), [(b"", "empty_value"), (b"1 2", "many_labels"), (b"1,2", "bad_row"), (b"\xe9", "not_utf8")]
)
def test_labels_that_are_wrong(answer, code):
    found = report(ROWS, changed(b"q2,x", b"q2," + answer, GOOD_LABELS), described=LABELS)
    assert found.problems[0].code in (code, "missing_queries")
    assert code in codes(found)


def test_one_ranking_for_most_queries_is_a_warning():
    rows = [{**ROWS[0], "image_id": f"q{number}"} for number in range(12)] + ROWS[2:5]
    content = b"query_id,gallery_ids\n" + b"".join(b"q%d,g1 g2 g3\n" % number for number in range(12))
    found = report(rows, content)
    assert found.ok
    assert only(found).title == "12 queries of 12 in ag have one and the same ranking"


def test_ignored_columns_may_hold_anything():
    described = SubmissionFormat(query_column="query", value_column="items", ignored_columns=("row_id", "note"))
    content = b'note,query,row_id,items\n"a, b",q1,1,g1 g2 g3\n,q2,2,g3 g2 g1\nx,r1,,h1 h2 h3\n'
    assert report(ROWS, content, described=described).ok


def test_bounds_on_bytes_lines_and_expansion():
    limits = Limits(max_bytes=50)
    assert only(report(ROWS, GOOD, limits=limits)).title == "The file is larger than 50 bytes"
    limits = Limits(max_expanded_bytes=50)
    assert "when expanded" in only(report(ROWS, gz(GOOD), limits=limits)).title
    assert only(report(ROWS, GOOD, limits=Limits(max_rows=2))).code == "too_many_rows"


def test_a_bomb_is_stopped_by_its_ratio():
    content = gz(GOOD + b"\n" * 1_500_000)
    found = report(ROWS, content, limits=Limits(ratio_free_bytes=1_000_000))
    assert only(found).code == "zip_bomb"
    assert report(ROWS, content).ok


def test_a_line_that_never_ends_is_one_problem_among_others():
    limits = Limits(max_line_bytes=5_000_000)
    content = changed(b"q2,g3 g2 g1", b"q2," + b"g3 " * 4_000_000)
    found = report(ROWS, content, limits=limits)
    assert codes(found) == ["line_too_long", "missing_queries"]
    assert [item.line for item in found.problems[0].items] == [3]
    assert found.queries_found == 2
    assert only(report(ROWS, b"q" * 12_000_000, limits=limits)).code == "line_too_long"


@pytest.mark.parametrize("length", range(101, 301, 7))
def test_a_line_behind_one_that_is_too_long_is_read(monkeypatch, length):
    monkeypatch.setattr("scoring.formats.reading.BLOCK", 64)
    content = changed(b"q1,g1 g2 g3\n", b"x" * length + b"\nq1,g1 g2 g3\n")
    problem = only(report(ROWS, content, limits=Limits(max_line_bytes=100)))
    assert (problem.code, problem.count) == ("line_too_long", 1)


def test_small_members_are_handed_on_together():
    content = b"".join(gz(GOOD[at : at + 1]) for at in range(len(GOOD)))
    source = open_source(Received(io.BytesIO(content), Limits()))
    view = memoryview(bytearray(2 * len(GOOD)))
    assert bytes(view[: source.fill(view)]) == GOOD


def test_items_are_capped_and_all_are_counted():
    limits = Limits(max_problem_items=5)
    content = b"query_id,gallery_ids\n" + b"".join(b"x%d,g1\n" % number for number in range(100))
    found = report(ROWS, content, limits=limits)
    problem = next(problem for problem in found.problems if problem.code == "unknown_queries")
    assert (problem.count, problem.line_count, problem.items_total, len(problem.items)) == (100, 100, 100, 5)


def test_blocks_do_not_change_what_is_found(monkeypatch):
    names = [f"g{number}" for number in range(40)]
    rows = [{**ROWS[0], "image_id": f"q{number}"} for number in range(60)]
    rows += [{**ROWS[2], "image_id": name} for name in names]
    draw = random.Random(1)
    lines = [f"q{number}," + " ".join(draw.sample([*names, "bad", "g1"], 40)) for number in range(60)]
    content = ("query_id,gallery_ids\n" + "\n".join(lines)).encode()
    whole = report(rows, content)
    for block in (64, 100, 1000):
        monkeypatch.setattr("scoring.formats.reading.BLOCK", block)
        assert report(rows, content) == whole
