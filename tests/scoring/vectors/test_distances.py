"""A matrix of distances has the score of the rankings that sorting it gives, and its check finds what is wrong with it."""

import gzip
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import InvalidSubmissionError, Limits, Protocol
from scoring.formats.received import Received
from scoring.vectors import distances as reading
from tests.scoring.formats.test_problems import codes, only
from tests.scoring.sets import gz, random_set, ranking_csv, report, score, zipped
from tests.scoring.vectors.arrays import DISTANCES, distance_file, npy, random_distances, sizes, sorted_answers

ONE = random_set(7, identities=40, tracks=("ag",))
N_QUERIES, N_GALLERY = sizes(ONE)["ag"]
GOOD = random_distances(ONE, 7)["ag"]
PROTOCOLS = (
    Protocol(),
    Protocol(junk=(("camid",),), ap="trapezoid"),
    Protocol(junk=(), junk_pids=("P001",), distractor_pids=("P002", "P003"), no_match="zero"),
    Protocol(depth=7, denominator="min_relevant_k"),
)


def same_scores(rows, distances, protocol):
    """Compare all scores, intervals and values of queries with those of the sorted rankings."""
    found = score(rows, distance_file(distances), described=DISTANCES, protocol=protocol)
    wanted = score(rows, ranking_csv(sorted_answers(rows, distances)), protocol=protocol)
    assert found.scores == wanted.scores
    assert found.counts == wanted.counts
    for name, values in wanted.per_query.items():
        np.testing.assert_array_equal(found.per_query[name], values)


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=["usual", "open junk", "distractors", "cut"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("levels", [None, 5])
def test_scores_are_those_of_sorted_rankings(protocol, dtype, levels):
    rows = random_set(3, identities=40, clusters=9)
    same_scores(rows, random_distances(rows, 3, dtype=dtype, levels=levels), protocol)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 20), st.integers(0, 2**32 - 1), st.sampled_from(["<f4", "<f8"]), st.booleans())
def test_scores_are_those_of_sorted_rankings_whatever_the_numbers(rows_seed, seed, dtype, has_few_values):
    rows = random_set(rows_seed, identities=8, tracks=("ag",))
    if not {"query", "gallery"} <= {row["role"] for row in rows}:
        return
    draw, shape = np.random.default_rng(seed), sizes(rows)["ag"]
    values = np.frombuffer(draw.bytes(shape[0] * shape[1] * int(dtype[2])), dtype).copy()
    values[~np.isfinite(values)] = -0.0
    if has_few_values:
        values = draw.choice(np.append(values[:3], [0.0, -0.0, 1.0]).astype(dtype), len(values))
    same_scores(rows, {"ag": values.reshape(shape)}, Protocol())


def test_blocks_and_threads_change_nothing(monkeypatch):
    whole = score(ONE, npy(GOOD), described=DISTANCES)
    for block, threads in ((1, "1"), (3000, "2"), (1, "2")):
        monkeypatch.setattr(reading, "_BLOCK", block)
        monkeypatch.setenv("NUMBA_NUM_THREADS", threads)
        assert score(ONE, npy(GOOD), described=DISTANCES).scores == whole.scores


ACCEPTED = {
    "plain": npy(GOOD),
    "float64": npy(GOOD.astype(np.float64)),
    "gz": gz(npy(GOOD)),
    "zip": zipped(("any.npy", npy(GOOD))),
    "version 2": npy(GOOD)[:6] + b"\x02\x00\x76\x00\x00\x00" + npy(GOOD)[10:],
}


@pytest.mark.parametrize("content", ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_accepted_silently(content):
    found = report(ONE, content, described=DISTANCES)
    assert found.problems == ()
    assert (found.queries_found, found.rows_read) == (N_QUERIES, N_QUERIES)
    assert found.depth.endswith("distances, rows and columns in published order")


def header(text, data=b""):
    """Return a file with a header of its own."""
    content = text.encode("latin-1")
    return b"\x93NUMPY\x01\x00" + len(content).to_bytes(2, "little") + content + data


USUAL = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({N_QUERIES}, {N_GALLERY}), }}\n"
# Name: (content, code, part of the title, part of the mend).
ERRORS = {
    "empty": (b"", "empty_file", "The file is empty", ".npy"),
    "text": (b"a line of prose\n", "wrong_array", "it is no .npy file", "numpy.save"),
    "PNG": (b"\x89PNG\r\n\x1a\n" + bytes(99), "binary_file", "a PNG image", ".npy"),
    "pickle": (npy(np.array([[{}]], object)), "wrong_dtype", "Python objects", "float32 or float64"),
    "float16": (npy(GOOD.astype(np.float16)), "wrong_dtype", "float of 16 bits", "float32 or float64"),
    "whole numbers": (npy(np.zeros(GOOD.shape, np.int64)), "wrong_dtype", "integer of 64 bits", "float32"),
    "big-endian": (npy(GOOD.astype(">f4")), "wrong_dtype", "big-endian", "little-endian"),
    "records": (npy(np.zeros(3, [("a", "<f4")])), "wrong_dtype", "structured", "float32"),
    "complex": (npy(GOOD.astype(complex)), "wrong_dtype", "complex of 128 bits", "float32"),
    "text elements": (npy(np.array([["0.1"]])), "wrong_dtype", "text", "float32"),
    "columns first": (npy(np.asfortranarray(GOOD)), "wrong_dtype", "columns one behind another", "ascontiguousarray"),
    "transposed": (npy(np.ascontiguousarray(GOOD.T)), "wrong_shape", "swapped", "transposed"),
    "too few rows": (npy(GOOD[:-1]), "wrong_shape", "has the shape", f"{N_QUERIES:,} rows"),
    "one dimension": (npy(GOOD.ravel()), "wrong_shape", "has the shape", "2 dimensions"),
    "one number": (npy(np.float32(3)), "wrong_shape", "one number", "2 dimensions"),
    "short": (npy(GOOD)[:-1], "truncated_array", "ends too early", "whole"),
    "header alone": (npy(GOOD)[:128], "truncated_array", "ends too early", "whole"),
    "half a header": (npy(GOOD)[:50], "truncated_array", "ends too early", "whole"),
    "too long": (npy(GOOD) + b"\0", "wrong_array", "behind its last number", "numpy.save"),
    "version 9": (npy(GOOD)[:6] + b"\x09" + npy(GOOD)[7:], "wrong_array", "version 9.0", "numpy.save"),
    "huge header": (header(" " * 5000), "wrong_array", "too long", "numpy.save"),
    "no header": (header("x" * 100), "wrong_array", "header is damaged", "numpy.save"),
    "extra key": (header(USUAL.replace("}", "'a': 1}")), "wrong_array", "header is damaged", "numpy.save"),
    "expression": (header(USUAL.replace("False", "not True")), "wrong_array", "header is damaged", "numpy.save"),
    "negative": (header(USUAL.replace(f"({N_QUERIES}", "(-1")), "wrong_array", "header is damaged", "numpy.save"),
    "huge": (header(USUAL.replace(f"({N_QUERIES}", "(9" * 1 + "9" * 30)), "wrong_shape", "999", "rows"),
    "gz in gz": (gz(gz(npy(GOOD))), "nested_archive", "another archive", "once"),
}


@pytest.mark.parametrize(("content", "code", "title", "mend"), ERRORS.values(), ids=ERRORS)
def test_files_that_cannot_be_read(content, code, title, mend):
    found = report(ONE, content, described=DISTANCES)
    problem = only(found)
    assert not found.ok
    assert problem.code == code
    assert title in problem.title
    assert mend in problem.mend


def test_numbers_that_are_not_finite_are_named_and_counted():
    wrong = GOOD.copy()
    wrong[2, [0, 5]], wrong[4, 1], wrong[4, 2] = np.nan, np.inf, -np.inf
    problem = only(report(ONE, npy(wrong), described=DISTANCES, limits=Limits(max_problem_items=1)))
    assert (problem.code, problem.severity, problem.count, len(problem.items)) == ("not_finite", "error", 4, 1)
    assert problem.title == "4 numbers are NaN or infinite"
    with pytest.raises(InvalidSubmissionError):
        score(ONE, npy(wrong), described=DISTANCES)


def changed(change):
    matrix = GOOD.copy()
    change(matrix)
    return matrix


def same_rows(matrix):
    matrix[3:] = matrix[0]


WARNINGS = {
    "a row": ("constant_rows", changed(lambda matrix: matrix[3].fill(0.5))),
    "a column": ("constant_columns", changed(lambda matrix: matrix[:, 3].fill(0.5))),
    "negative": ("negative_distances", GOOD - np.float32(0.5)),
    "similarities": ("probably_similarities", np.exp(-8 * GOOD)),
    "rounded": ("many_ties", np.round(GOOD, 1)),
    "one row for all": ("same_ranking", changed(same_rows)),
}


@pytest.mark.parametrize(("code", "matrix"), WARNINGS.values(), ids=WARNINGS)
def test_what_no_distances_look_like_is_a_warning(code, matrix):
    found = report(ONE, npy(matrix), described=DISTANCES)
    assert found.ok
    assert code in codes(found)
    assert set(codes(found)) <= {code, "constant_columns"}


def test_a_little_below_zero_is_rounding():
    assert report(ONE, npy(GOOD - GOOD.min() - np.float32(1e-6)), described=DISTANCES).problems == ()


def test_several_tracks_are_a_zip_of_a_file_for_each():
    rows = random_set(5, identities=40)
    distances = random_distances(rows, 5)
    assert only(report(rows, npy(distances["ag"]), described=DISTANCES)).code == "wrong_tracks"
    distances["ga"][1, 1] = np.nan
    problem = only(report(rows, distance_file(distances), described=DISTANCES))
    assert (problem.code, problem.count) == ("not_finite", 1)


class Slow(io.BytesIO):
    """Give a few bytes at a time, as a connection does."""

    def readinto(self, view):
        return super().readinto(memoryview(view)[:1000])


def test_a_file_that_comes_in_small_pieces_is_read_alike():
    stream = reading.Stream(Received(Slow(npy(GOOD)), Limits()))
    assert stream.exactly(len(npy(GOOD)), name="all") == npy(GOOD)
    assert gzip.decompress(gz(npy(GOOD))) == npy(GOOD)
