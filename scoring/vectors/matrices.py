"""Read a CSV matrix of distances: gallery ids on the first line, then a query id and its distances on each.

Ids say what a row and a column are, so that both may stand in any order (the shape of DeepSportradar's files).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.formats.container import RefusedError, Source, refuse_binary
from scoring.formats.excerpts import excerpt, shown
from scoring.formats.lines import BLOCK, Block, Lines
from scoring.formats.team import Team
from scoring.formats.words import PADDING
from scoring.report import EXCERPTS
from scoring.vectors.buckets import Bench, count_wrong, score_distances
from scoring.vectors.cells import Numbers, read_numbers
from scoring.vectors.ids import places_of
from scoring.vectors.impostors import keep_impostors
from scoring.vectors.looks import Looks
from scoring.vectors.problems import Notes
from scoring.vectors.target import Target, Track

_BLOCKS_PER_THREAD = 2
_SHOWN_BYTES = 64


@dataclass
class Piece:
    """Hold one block, and what a thread reads of it."""

    block: Block
    numbers: Numbers
    wrong: npt.NDArray[np.int32]
    negative: npt.NDArray[np.int32]


class MatrixReading:
    """Read the CSV of one track; see `read`."""

    def __init__(self, track: Track, target: Target, notes: Notes) -> None:
        self._track = track
        self._target = target
        self._notes = notes
        self._looks = Looks(len(track.queries), len(track.gallery))
        self._query_of = {name.encode(): number for number, name in enumerate(track.queries)}
        self._line_of: dict[int, int] = {}
        self._places = np.zeros(0, np.int64)
        self._width = len(track.gallery)
        self._lines = 0

    def read(self, source: Source) -> None:
        """Read the whole file, score its rows, and note what is wrong.

        Raises
        ------
        RefusedError
            When the file is no text.
        """
        lines = Lines(source, self._notes.context.limits.max_line_bytes)
        free = [self._new_piece() for _ in range(_BLOCKS_PER_THREAD * len(self._target.benches))]
        with Team(self._work, self._target.benches) as team:
            while lines.next_block((piece := free.pop() if free else self._take(team)).block):
                if self._lines == 0:
                    self._read_header(piece.block)
                team.hand_out(piece)
            while len(team):
                self._take(team)
        self._notes.bytes += lines.bytes
        for query, name in enumerate(self._track.queries):
            if query not in self._line_of:
                self._notes.add("missing_queries", name)
        self._notes.queries += len(self._line_of)
        self._finish()

    def _finish(self) -> None:
        queries, gallery = list(self._track.queries), list(self._track.gallery)
        if not self._notes.errors:
            self._looks.warn(self._notes, self._track.name, queries, gallery)
        self._notes.shapes.append(f"{len(self._line_of):,} × {len(gallery):,} distances, rows and columns by their ids")

    def _new_piece(self) -> Piece:
        return Piece(
            Block(bytearray(BLOCK + PADDING)), _numbers(1, 0, 0, 0), np.zeros(0, np.int32), np.zeros(0, np.int32)
        )

    def _read_header(self, block: Block) -> None:
        """Take the ids of the columns from the first line."""
        refuse_binary(bytes(block.buffer[: min(block.stop, 4096)]))
        if block.is_long_line:
            raise RefusedError("line_too_long", limit=self._notes.context.limits.max_line_bytes)
        start = 3 if block.buffer.startswith(b"\xef\xbb\xbf") else 0
        block.start = block.buffer.index(b"\n") + 1
        cells = bytes(block.buffer[start : block.start]).decode("utf-8", "replace").rstrip("\r\n").split(",")
        if len(cells) < 2:
            raise RefusedError("wrong_array", name="The file", reason="it is no .npy file and no CSV matrix")
        names = [cell.strip().strip('"') for cell in cells[1:]]
        places = places_of(names, self._track.gallery, "gallery", self._notes)
        if len(places) != len(self._track.gallery) or (places < 0).any():
            # Rows are checked all the same, but their numbers have no places.
            places[:], self._width = -1, 1
        self._places, self._lines = places, 1

    def _work(self, piece: Piece, bench: Bench) -> tuple[int, int]:
        """Read the numbers of a block and score its rows; return how many lines and rows it has."""
        block = piece.block
        if block.is_long_line:
            return 1, 0
        self._make_room(piece)
        view = np.frombuffer(block.buffer, np.uint8)
        lines, count, left = read_numbers(view, block.start, block.stop, self._places, piece.numbers)
        for slot, place, start, end in piece.numbers.longs[:left].tolist():
            piece.numbers.rows[slot, place] = float(block.buffer[start:end])
        slots = int(np.count_nonzero(piece.numbers.marks[:count, 6] >= 0))
        count_wrong(piece.numbers.rows[:slots], piece.wrong, piece.negative)
        if bench.job.truth.enabled and self._width == len(self._track.gallery):
            for row in np.flatnonzero(piece.numbers.marks[:count, 6] >= 0).tolist():
                self._score(piece, row, bench)
        return lines, count

    def _score(self, piece: Piece, row: int, bench: Bench) -> None:
        """Score one row, if it is that of a query and holds numbers alone."""
        query, slot = self._query_of.get(_id(piece, row), -1), int(piece.numbers.marks[row, 6])
        if query >= 0 and piece.wrong[slot] == 0 and piece.numbers.marks[row, 4] == 0:
            first, rows = self._track.first_query + query, piece.numbers.rows[slot : slot + 1]
            score_distances(rows, first, self._target.matches, bench.desk, self._target.cut, bench.job)
            keep_impostors(rows, first, self._target.matches, bench.job.truth, bench.near, bench.desk.items)

    def _make_room(self, piece: Piece) -> None:
        """Make room for what a block can hold: a row has a comma for each column; numbers left over have 4 characters or more."""
        block = piece.block
        size, lines = block.stop - block.start, block.buffer.count(b"\n", block.start, block.stop)
        slots, longs = size // (len(self._places) + 1) + 2, size // 4 + 1
        room = piece.numbers
        if slots > len(room.rows) or lines > len(room.marks) or longs > len(room.longs):
            piece.numbers = _numbers(self._width, slots, lines, longs)
            piece.wrong, piece.negative = np.zeros(slots, np.int32), np.zeros(slots, np.int32)

    def _take(self, team: Team[Piece, Bench, tuple[int, int]]) -> Piece:
        """Take over what was found in the oldest block and return it, free again."""
        piece, (lines, count) = team.take()
        if piece.block.is_long_line:
            self._notes.add("line_too_long", "", line=self._lines + 1)
        for row in range(count):
            self._collect(piece, row)
        self._lines += lines
        if self._lines > self._notes.context.limits.max_rows:
            raise RefusedError("too_many_rows", limit=self._notes.context.limits.max_rows)
        self._notes.rows += count
        return piece

    def _collect(self, piece: Piece, row: int) -> None:
        """Note what is wrong with one row."""
        line, start, end, cells, bad, first_bad, slot = piece.numbers.marks[row].tolist()
        line += self._lines + 1
        name, notes = shown(_id(piece, row)[:_SHOWN_BYTES]), self._notes
        query = self._query_of.get(_id(piece, row), -1)
        if query < 0:
            self._add("unknown_queries", name, piece, (line, start, end - start))
        elif query in self._line_of:
            self._add("duplicate_queries", name, piece, (line, start, end - start))
        else:
            self._line_of[query] = line
        if cells != len(self._places):
            self._add("bad_row", name, piece, (line, start, end - start))
        if bad:
            self._add("bad_number", name, piece, (line, first_bad, 1), count=bad)
        if slot >= 0 and piece.wrong[slot]:
            notes.add("not_finite", name, count=int(piece.wrong[slot]), line=line)
        if not notes.errors:
            self._looks.add(query, piece.numbers.rows[slot : slot + 1], piece.negative[slot : slot + 1])

    def _add(self, code: str, name: str, piece: Piece, place: tuple[int, int, int], *, count: int = 1) -> None:
        """Note an occurrence with a piece of its line."""
        line, start, length = place
        self._notes.add(code, name, count=count, line=line)
        excerpts = self._notes.errors[code].excerpts
        if len(excerpts) < EXCERPTS:
            excerpts.append(excerpt(piece.block.buffer, line, start, length))


def _numbers(width: int, slots: int, lines: int, longs: int) -> Numbers:
    # The rows of lines with too many or too few cells are written over by the next; so there is always one.
    return Numbers(np.zeros((slots, width)), np.zeros((lines, 7), np.int64), np.zeros((longs, 4), np.int64))


def _id(piece: Piece, row: int) -> bytes:
    return bytes(piece.block.buffer[piece.numbers.marks[row, 1] : piece.numbers.marks[row, 2]])
