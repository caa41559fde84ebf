"""A CSV matrix with ids has the score of the same .npy, in any order of its rows and columns."""

import random

import numpy as np
import pytest

from scoring import Limits
from scoring.formats import lines as blocks
from tests.scoring.formats.test_problems import codes, only
from tests.scoring.sets import gz, random_set, read_manifest, report, score, zipped
from tests.scoring.vectors.arrays import DISTANCES, npy, random_distances, sizes

ONE = random_set(7, identities=40, tracks=("ag",))
N_QUERIES, N_GALLERY = sizes(ONE)["ag"]
GOOD = random_distances(ONE, 7)["ag"]
QUERIES, GALLERY = (list(names("ag")) for names in (read_manifest(ONE).queries, read_manifest(ONE).gallery))


def matrix_csv(matrix=GOOD, *, queries=QUERIES, gallery=GALLERY, write=repr, corner="query_id"):
    """Return the lines of a file."""
    rows = [
        ",".join([name, *(write(float(value)) for value in row)]) for name, row in zip(queries, matrix, strict=True)
    ]
    return [",".join([corner, *gallery]), *rows]


def content(lines, end="\n"):
    return (end.join(lines) + end).encode()


def shuffled():
    draw = random.Random(1)
    rows, columns = draw.sample(range(N_QUERIES), N_QUERIES), draw.sample(range(N_GALLERY), N_GALLERY)
    queries, gallery = [QUERIES[row] for row in rows], [GALLERY[column] for column in columns]
    return matrix_csv(GOOD[rows][:, columns], queries=queries, gallery=gallery)


def quoted(lines):
    return [",".join(f'"{cell}"' for cell in line.split(",")) for line in lines]


ACCEPTED = {
    "plain": content(matrix_csv()),
    "other order": content(shuffled()),
    "quoted": content(quoted(matrix_csv())),
    "carriage returns": content(matrix_csv(), "\r\n"),
    "byte order mark": b"\xef\xbb\xbf" + content(matrix_csv(corner="")),
    "blank lines": content(matrix_csv()).replace(b"\n", b"\n\n"),
    "no last line end": content(matrix_csv())[:-1],
    "spaces": content([line.replace(",", ", ") for line in matrix_csv()]),
    "exponents": content(matrix_csv(write=lambda value: f"{value:.18e}")),
    "many digits": content(matrix_csv(write=lambda value: f"{value:.40f}")),
    "gz": gz(content(matrix_csv())),
    "zip": zipped(("any.csv", content(matrix_csv()))),
}


@pytest.mark.parametrize("file", ACCEPTED.values(), ids=ACCEPTED)
@pytest.mark.parametrize("block", [1000, 1 << 20])
def test_what_is_accepted_silently_and_scored_as_the_array(monkeypatch, file, block):
    monkeypatch.setattr(blocks, "BLOCK", block)
    found = report(ONE, file, described=DISTANCES)
    assert (found.problems, found.queries_found, found.rows_read) == ((), N_QUERIES, N_QUERIES)
    wanted = score(ONE, npy(GOOD.astype(np.float64)), described=DISTANCES)
    assert score(ONE, file, described=DISTANCES).scores == wanted.scores


def on_line(number, change):
    lines = matrix_csv()
    lines[number - 1] = change(lines[number - 1])
    return content(lines)


def cell(line, place, text):
    cells = line.split(",")
    cells[place] = text
    return ",".join(cells)


# Name: (file, {code: [(line, id)]}).
ERRORS = {
    "no number": (on_line(4, lambda line: cell(line, 3, "near")), {"bad_number": [(4, QUERIES[2])]}),
    "empty cell": (on_line(4, lambda line: cell(line, 3, "")), {"bad_number": [(4, QUERIES[2])]}),
    "hexadecimal": (on_line(4, lambda line: cell(line, 3, "0x1p3")), {"bad_number": [(4, QUERIES[2])]}),
    "nan": (on_line(4, lambda line: cell(line, 3, "nan")), {"bad_number": [(4, QUERIES[2])]}),
    "endless": (on_line(4, lambda line: cell(line, 3, "1e999")), {"not_finite": [(4, QUERIES[2])]}),
    "short line": (on_line(4, lambda line: line.rpartition(",")[0]), {"bad_row": [(4, QUERIES[2])]}),
    "long line": (on_line(4, lambda line: line + ",0.5"), {"bad_row": [(4, QUERIES[2])]}),
    "unknown query": (
        on_line(4, lambda line: cell(line, 0, "nobody")),
        {"unknown_queries": [(4, "nobody")], "missing_queries": [(None, QUERIES[2])]},
    ),
    "query twice": (content([*matrix_csv(), matrix_csv()[1]]), {"duplicate_queries": [(N_QUERIES + 2, QUERIES[0])]}),
    "missing query": (content(matrix_csv()[:-1]), {"missing_queries": [(None, QUERIES[-1])]}),
    "unknown column": (
        on_line(1, lambda line: cell(line, 2, "g.jpg")),
        {"unknown_gallery_ids": [(None, "g.jpg")], "missing_gallery_ids": [(None, GALLERY[1])]},
    ),
    "column twice": (
        on_line(1, lambda line: cell(line, 2, GALLERY[0])),
        {"duplicate_gallery_ids": [(None, GALLERY[0])], "missing_gallery_ids": [(None, GALLERY[1])]},
    ),
}


@pytest.mark.parametrize(("file", "wanted"), ERRORS.values(), ids=ERRORS)
def test_wrong_cells_and_ids_are_listed(file, wanted):
    found = report(ONE, file, described=DISTANCES)
    assert {problem.code: [(item.line, item.id) for item in problem.items] for problem in found.errors} == wanted
    assert all(problem.mend.endswith(".") for problem in found.problems)


def test_a_wrong_cell_is_marked_in_its_line():
    problem = only(report(ONE, on_line(4, lambda line: cell(line, 3, "near")), described=DISTANCES))
    assert "near" in problem.excerpts[0].text


def test_many_short_lines_are_bounded():
    file = content([matrix_csv()[0], *["x"] * 5000])
    limits = Limits(max_rows=3000)
    assert only(report(ONE, file, described=DISTANCES, limits=limits)).code == "too_many_rows"
    assert codes(report(ONE, file, described=DISTANCES)) == ["bad_row", "unknown_queries", "missing_queries"]
    commas = content([matrix_csv()[0], *["," * N_GALLERY] * 50])
    assert "bad_number" in codes(report(ONE, commas, described=DISTANCES))


def test_a_line_that_never_ends_is_a_problem():
    file = content([*matrix_csv(), "q" * 1_300_000])
    found = report(ONE, file, described=DISTANCES, limits=Limits(max_line_bytes=100_000))
    assert codes(found) == ["line_too_long"]
