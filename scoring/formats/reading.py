"""Read a submitted file block by block, several blocks at once, and collect everything that is wrong with it.

Memory is bounded by a few blocks and one line, whatever the file holds. Blocks are collected in the order of the file, so that
the number of threads changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from scoring.formats import notes as codes
from scoring.formats.container import RefusedError, Source, refuse_binary
from scoring.formats.description import Limits
from scoring.formats.excerpts import excerpt, shown
from scoring.formats.header import read_header
from scoring.formats.lines import BLOCK, Block, Lines
from scoring.formats.notes import Notes, Shape, Tables
from scoring.formats.rows import read_rows
from scoring.formats.team import Team
from scoring.formats.words import PADDING
from scoring.ranking import Job
from scoring.report import EXCERPTS, Excerpt, Item

#: Blocks per thread: one that is worked on and one that waits, so that no thread waits for the other.
BLOCKS_PER_THREAD: Final = 2
_LEAST_ROW_BYTES: Final = 4
LINE_TOO_LONG: Final = codes.N_NOTES
_MARK: Final = b"\xef\xbb\xbf"


@dataclass
class Group:
    """Collect the occurrences of one kind of problem."""

    count: int = 0
    lines: int = 0
    items: list[Item] = field(default_factory=list)
    excerpts: list[Excerpt] = field(default_factory=list)


@dataclass
class Findings:
    """Hold what was read from a file.

    Attributes
    ----------
    groups : list of Group
        One per note of `scoring.formats.notes`, and one for lines that are too long.
    query_line, query_listed, query_hash : int64 arrays of shape (n_queries,)
        Line of the first answer (0 for none), number of ids in it, and a hash of their order or of the label.
    query_tied : int64 array of shape (n_queries,) or None
        Where items have scores: how many have a score that another item of the query has as well.
    """

    groups: list[Group]
    query_line: npt.NDArray[np.int64]
    query_listed: npt.NDArray[np.int64]
    query_hash: npt.NDArray[np.int64]
    query_tied: npt.NDArray[np.int64] | None = None
    lines: int = 0
    rows: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class Target:
    """Hold what rows are read against and where each thread puts its results.

    Attributes
    ----------
    columns : tuple of str
        What the header names; nothing where there is no header.
    line_names : sequence of str
        The queries that lines answer, where lines do not name them.
    """

    shape: Shape
    tables: Tables
    jobs: Sequence[Job]
    columns: tuple[str, ...] = ()
    line_names: Sequence[str] = ()


@dataclass
class Piece:
    """Hold one block and what a thread notes about it; both are used again and again.

    Attributes
    ----------
    first_line : int
        Lines before the block, where they decide which queries its lines answer.
    """

    block: Block
    notes: Notes
    first_line: int = 0

    @classmethod
    def new(cls, cap: int) -> Piece:
        """Return an empty piece that can note `cap` items of each kind."""
        room = np.full(codes.N_NOTES, cap, dtype=np.int64)
        stored, counts, lines, last = (np.zeros(codes.N_NOTES, dtype=np.int64) for _ in range(4))
        items = np.zeros((codes.N_NOTES, cap, 3), dtype=np.int64)
        return cls(Block(bytearray(BLOCK + PADDING)), Notes(items, room, stored, counts, lines, last, _log(0)))

    def clear(self, shape: Shape) -> None:
        """Forget the notes, and make room for as many rows as the block can hold."""
        for part in (self.notes.stored, self.notes.counts, self.notes.lines):
            part[:] = 0
        self.notes.last[:] = -1
        size = self.block.stop - self.block.start
        rows = min(size, shape.end_query) if shape.kind == codes.LINES else size // _LEAST_ROW_BYTES + 1
        if rows > len(self.notes.rows):
            self.notes = self.notes._replace(rows=_log(rows))


def _log(rows: int) -> npt.NDArray[np.int64]:
    """Return a log of the rows of a block; pages that nothing is written to take no memory."""
    return np.zeros((rows, 6), dtype=np.int64)


def _count_lines(block: Block) -> int:
    """Return the number of lines of a block, so that the next one knows which queries it answers."""
    return 1 if block.is_long_line else block.buffer.count(b"\n", block.start, block.stop)


class Reading:
    """Read one file; see `read`."""

    def __init__(self, source: Source, target: Target, limits: Limits) -> None:
        queries = len(target.tables.track_of_query)
        lines, listed, hashes = (np.zeros(queries, dtype=np.int64) for _ in range(3))
        self.findings = Findings([Group() for _ in range(LINE_TOO_LONG + 1)], lines, listed, hashes)
        self._source = source
        self._target = target
        self._limits = limits

    def read(self) -> Findings:
        """Read the whole file.

        Raises
        ------
        RefusedError
            When reading cannot go on; what was found so far says nothing about the rest.
        """
        lines = Lines(self._source, self._limits.max_line_bytes)
        number = BLOCKS_PER_THREAD * len(self._target.jobs)
        free = [Piece.new(self._limits.max_problem_items) for _ in range(number)]
        has_begun, number_lines, passed = False, self._target.shape.kind == codes.LINES, 0
        with Team(self._read_block, self._target.jobs) as team:
            while lines.next_block((piece := free.pop() if free else self._take(team)).block):
                if not has_begun:
                    self._begin(piece.block)
                    has_begun = True
                if number_lines:
                    piece.first_line = passed
                    passed += _count_lines(piece.block)
                team.hand_out(piece)
            while len(team):
                self._take(team)
        self.findings.bytes = lines.bytes
        if not has_begun:
            raise RefusedError("empty_file")
        return self.findings

    def _begin(self, block: Block) -> None:
        """Look at the beginning of the file: refuse what is no text, step over a byte order mark, read the header."""
        refuse_binary(bytes(block.buffer[: min(block.stop, 4096)]))
        start = 3 if block.buffer.startswith(_MARK) else 0
        if not self._target.columns:
            block.start = start
            return
        if block.is_long_line:
            raise RefusedError("line_too_long", limit=self._limits.max_line_bytes)
        block.start = block.buffer.index(b"\n") + 1
        columns = self._target.columns
        places = read_header(bytes(block.buffer[start : min(block.start, start + 4096)]), columns)
        shape = self._target.shape._replace(columns=len(columns), query_column=places[-2], value_column=places[-1])
        self._target = replace(self._target, shape=shape)
        self.findings.lines = 1

    def _read_block(self, piece: Piece, job: Job) -> tuple[int, int, int]:
        """Run the kernel over a block; return the lines, the rows with content and those that are logged."""
        block, target = piece.block, self._target
        piece.clear(target.shape)
        if block.is_long_line:
            return 1, 1, 0
        view = np.frombuffer(block.buffer, dtype=np.uint8)
        shape = target.shape._replace(first_query=target.shape.first_query + piece.first_line)
        return read_rows(view, block.start, block.stop, shape, target.tables, piece.notes, job)

    def _take(self, team: Team[Piece, Job, tuple[int, int, int]]) -> Piece:
        """Take over what was found in the oldest block and return it, free again."""
        piece, (lines, rows, logged) = team.take()
        first = self.findings.lines + 1
        if piece.block.is_long_line:
            self._add(piece.block, LINE_TOO_LONG, (first, 0, 64), 1)
        for code in range(codes.N_NOTES):
            self._collect(piece, code, first)
        self._collect_answers(piece, logged, first)
        self.findings.lines += lines
        self.findings.rows += rows
        if self.findings.lines > self._limits.max_rows:
            raise RefusedError("too_many_rows", limit=self._limits.max_rows)
        return piece

    def _collect(self, piece: Piece, code: int, first: int) -> None:
        """Take over what the kernel noted."""
        group, notes = self.findings.groups[code], piece.notes
        room = self._limits.max_problem_items - len(group.items)
        for line, start, length in notes.items[code, : min(room, int(notes.stored[code]))].tolist():
            self._add(piece.block, code, (first + line, start, length), 0)
        group.count += int(notes.counts[code])
        group.lines += int(notes.lines[code])

    def _collect_answers(self, piece: Piece, logged: int, first: int) -> None:
        """Note which queries the rows answer, and those that were answered before."""
        rows, findings = piece.notes.rows[:logged], self.findings
        queries, lines = rows[:, 0], rows[:, 1] + first
        _, firsts = np.unique(queries, return_index=True)
        new = np.zeros(logged, dtype=np.bool_)
        new[firsts] = True
        new &= findings.query_line[queries] == 0
        findings.query_line[queries[new]] = lines[new]
        findings.query_listed[queries[new]] = rows[new, 2]
        findings.query_hash[queries[new]] = rows[new, 3]
        again = np.flatnonzero(~new)
        group = findings.groups[codes.DUPLICATE_QUERY]
        group.count += len(again)
        group.lines += len(again)
        named = again[: max(EXCERPTS, self._limits.max_problem_items - len(group.items))]
        for row, line in zip(rows[named].tolist(), lines[named].tolist(), strict=True):
            self._add(piece.block, codes.DUPLICATE_QUERY, (line, row[4], row[5]), 0)

    def _add(self, block: Block, code: int, place: tuple[int, int, int], count: int) -> None:
        """Add one occurrence (line, start, length) with its id, and an excerpt of its line for the first two lines."""
        group = self.findings.groups[code]
        line, start, length = place
        group.count += count
        group.lines += count
        if len(group.items) < self._limits.max_problem_items:
            name = shown(bytes(block.buffer[start : start + min(length, 64)]))
            if length == 0 and line <= len(self._target.line_names):
                name = self._target.line_names[line - 1]
            group.items.append(Item(line=line, id=name))
        known = {part.line for part in group.excerpts}
        if len(known) < EXCERPTS and line not in known:
            group.excerpts.append(excerpt(block.buffer, line, start, length))
