"""Read a matrix of distances block by block, check every number, and score each row without sorting it.

Rows are queries and columns gallery images, both in the order of the published list, or named in a CSV. Memory is a few
blocks of rows, whatever the file holds; blocks are worked on by several threads and collected in order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from scoring.formats.container import Received, RefusedError, open_tracks
from scoring.formats.context import Context
from scoring.formats.description import MEBIBYTE
from scoring.formats.team import Team
from scoring.ranking import Job
from scoring.report import Report
from scoring.vectors.buckets import Bench, count_wrong
from scoring.vectors.looks import Looks
from scoring.vectors.matrices import MatrixReading
from scoring.vectors.npy import MAGIC, check_header, read_header
from scoring.vectors.problems import Notes
from scoring.vectors.stream import Stream
from scoring.vectors.target import Target, Track, add_up_target, new_target, tracks_of

_BLOCK: Final = MEBIBYTE
#: Blocks per thread: one that is worked on and one that waits.
_BLOCKS_PER_THREAD: Final = 2
_DTYPES: Final = ("<f4", "<f8")


@dataclass
class Piece:
    """Hold one block of rows and what a thread counts in it; both are used again and again."""

    rows: npt.NDArray[Any]
    wrong: npt.NDArray[np.int32]
    negative: npt.NDArray[np.int32]
    first: int = 0
    count: int = 0


def read_distances(received: Received, context: Context, *, cut: int | None, job: Job, labels: Iterable[str]) -> Report:
    """Read a file of distances; see `scoring.submission.read_submission`.

    Raises
    ------
    RefusedError
        When reading cannot go on.
    """
    del labels
    notes = Notes(context)
    manifest = context.manifest
    target = new_target(context, job, cut=cut)
    sources = open_tracks(received, manifest.tracks)
    for track, (_, source) in zip(tracks_of(context), sources, strict=True):
        stream = Stream(source)
        if not stream.head:
            raise RefusedError("empty_file")
        if stream.head.startswith(MAGIC):
            read_matrix(stream, track, target, notes)
        else:
            MatrixReading(track, target, notes).read(stream)
    add_up_target(target, context)
    return notes.report(received)


def read_matrix(stream: Stream, track: Track, target: Target, notes: Notes) -> None:
    """Read the matrix of one track and score its rows.

    Raises
    ------
    RefusedError
        When the file is no such matrix.
    """
    header = read_header(stream, name="The file")
    check_header(header, _DTYPES, name="The matrix", dimensions=2)
    wanted = (len(track.queries), len(track.gallery))
    if header.shape != wanted:
        raise RefusedError("wrong_shape", name="The matrix", found=header.shape, wanted=wanted)
    reading = Reading(track, target, notes, np.dtype(header.dtype))
    with Team(reading.work, target.benches) as team:
        for first in range(0, len(track.queries), reading.step):
            piece = reading.free.pop() if reading.free else reading.take(team)
            piece.first, piece.count = first, min(reading.step, len(track.queries) - first)
            view = memoryview(piece.rows[: piece.count].reshape(-1).view(np.uint8).data)
            if stream.fill(view) < len(view):
                raise RefusedError("truncated_array", name="The matrix")
            team.hand_out(piece)
        while len(team):
            reading.take(team)
    if stream.fill(memoryview(bytearray(1))):
        raise RefusedError("wrong_array", name="The matrix", reason="the file goes on behind its last number")
    notes.bytes += stream.bytes
    reading.finish(header.dtype)


class Reading:
    """Read the rows of one track: `work` on a block in any thread, `take` the results in order.

    Attributes
    ----------
    step : int
        Rows in a block.
    free : list of Piece
        Blocks that nobody works on.
    """

    def __init__(self, track: Track, target: Target, notes: Notes, dtype: np.dtype[Any]) -> None:
        self._track = track
        self._target = target
        self._notes = notes
        self._looks = Looks(len(track.queries), len(track.gallery))
        self._is_finite = True
        row_bytes = len(track.gallery) * dtype.itemsize
        self.step = min(max(1, _BLOCK // row_bytes), len(track.queries))
        number = _BLOCKS_PER_THREAD * len(target.benches)
        self.free = [self._new_piece(dtype) for _ in range(number)]

    def _new_piece(self, dtype: np.dtype[Any]) -> Piece:
        rows = np.zeros((self.step, len(self._track.gallery)), dtype)
        return Piece(rows, np.zeros(self.step, np.int32), np.zeros(self.step, np.int32))

    def work(self, piece: Piece, bench: Bench) -> int:
        """Check and score the rows of a block; return their number."""
        rows = piece.rows[: piece.count]
        count_wrong(rows, piece.wrong, piece.negative)
        if bench.job.truth.enabled and not piece.wrong[: piece.count].any():
            self._target.score_rows(rows, self._track.first_query + piece.first, bench)
        return piece.count

    def take(self, team: Team[Piece, Bench, int]) -> Piece:
        """Take over what was found in the oldest block and return it, free again."""
        piece, count = team.take()
        wrong = piece.wrong[:count]
        for row in np.flatnonzero(wrong).tolist():
            self._is_finite = False
            self._notes.add("not_finite", self._track.queries[piece.first + row], count=int(wrong[row]))
        if self._is_finite:
            self._looks.add(piece.first, piece.rows[:count], piece.negative[:count])
        self._notes.rows += count
        self._notes.queries += count
        return piece

    def finish(self, dtype: str) -> None:
        """Warn about what the rows look like and say what was read."""
        queries, gallery = list(self._track.queries), list(self._track.gallery)
        if self._is_finite:
            self._looks.warn(self._notes, self._track.name, queries, gallery)
        kind = np.dtype(dtype).name
        self._notes.shapes.append(
            f"{len(queries):,} × {len(gallery):,} {kind} distances, rows and columns in published order"
        )
