"""Wrong files of distances and embeddings: for each problem that only they can have, a zip of a file for each track."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.scoring.sets import zipped

Lines = list[str]
Matrix = npt.NDArray[Any]
Arrays = dict[str, Matrix]
TRACKS = ("aerial_ground", "ground_aerial")


def _matrix(lines: Lines) -> Matrix:
    """Return distances of the size of one track; the lines are the rankings of both."""
    shape = len(lines) // len(TRACKS), len(lines[0].split(",")[1].split(" "))
    return np.random.default_rng(1).random(shape, dtype=np.float32)


def _npy(matrix: Matrix) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, matrix)
    return buffer.getvalue()


def _distances(change: Callable[[Matrix], Matrix], cut: int | None = None) -> Callable[[Lines], bytes]:
    """Return a zip whose files hold a changed matrix, without the last `cut` bytes."""
    return lambda lines: zipped(*((f"{track}.npy", _npy(change(_matrix(lines)))[:cut]) for track in TRACKS))


def _with(value: float, *places: slice | int) -> Callable[[Matrix], Matrix]:
    def change(matrix: Matrix) -> Matrix:
        matrix[tuple(places)] = value
        return matrix

    return change


def _csv(cell: str) -> Callable[[Lines], bytes]:
    """Return a zip of CSV matrices, one cell of which holds a text."""

    def make(lines: Lines) -> bytes:
        half, files = len(lines) // len(TRACKS), []
        for track, answers in zip(TRACKS, (lines[:half], lines[half:]), strict=True):
            gallery = answers[0].partition(",")[2].split(" ")
            numbers = [
                [f"0.{1000 + 37 * (row * len(gallery) + at) % 8999}" for at in range(len(gallery))]
                for row in range(half)
            ]
            numbers[2][3] = cell
            rows = [",".join([line.partition(",")[0], *row]) for line, row in zip(answers, numbers, strict=True)]
            files.append((f"{track}.csv", "\n".join([",".join(["", *gallery]), *rows]).encode()))
        return zipped(*files)

    return make


#: Code to file, for the competition `distances`.
DISTANCES: dict[str, Callable[[Lines], bytes]] = {
    "wrong_array": lambda _: zipped(*((f"{track}.npy", b"the distances follow by mail") for track in TRACKS)),
    "wrong_dtype": _distances(lambda matrix: matrix.astype(np.float16)),
    "wrong_shape": _distances(lambda matrix: np.ascontiguousarray(matrix.T)),
    "truncated_array": _distances(lambda matrix: matrix, -40),
    "bad_number": _csv("near"),
    "not_finite": _distances(_with(np.nan, 2, 3)),
    "constant_rows": _distances(_with(0.5, 3)),
    "constant_columns": _distances(_with(0.5, slice(None), 3)),
    "negative_distances": _distances(lambda matrix: matrix - np.float32(0.5)),
    "probably_similarities": _distances(lambda matrix: np.exp(-9 * matrix)),
    "many_ties": _distances(lambda matrix: np.round(matrix, 1)),
}


def _embeddings(change: Callable[[Arrays], object]) -> Callable[[Lines], bytes]:
    """Return a zip whose files hold changed arrays."""

    def make(lines: Lines) -> bytes:
        files = []
        half = len(lines) // len(TRACKS)
        for track, answers in zip(TRACKS, (lines[:half], lines[half:]), strict=True):
            names = [line.partition(",")[0] for line in answers], sorted(answers[0].partition(",")[2].split(" "))
            draw = np.random.default_rng(1)
            arrays: Arrays = {}
            for role, ids in zip(("query", "gallery"), names, strict=True):
                arrays |= {f"{role}_ids": np.array(ids), role: draw.random((len(ids), 4), dtype=np.float32)}
            change(arrays)
            buffer = io.BytesIO()
            np.savez(buffer, **arrays)
            files.append((f"{track}.npz", buffer.getvalue()))
        return zipped(*files)

    return make


#: Code to file, for the competition `embeddings`.
EMBEDDINGS: dict[str, Callable[[Lines], bytes]] = {
    "missing_arrays": _embeddings(lambda arrays: arrays.pop("query_ids")),
    "missing_gallery_ids": _embeddings(
        lambda arrays: arrays.update({name: arrays[name][1:] for name in ("gallery_ids", "gallery")})
    ),
    "zero_vectors": _embeddings(lambda arrays: arrays["query"][2].fill(0)),
    "identical_vectors": _embeddings(lambda arrays: arrays["gallery"].fill(0.5)),
}
WARNINGS = frozenset(
    {
        "constant_rows",
        "constant_columns",
        "negative_distances",
        "probably_similarities",
        "many_ties",
        "identical_vectors",
    }
)
