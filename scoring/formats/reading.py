"""Read a submitted file block by block and collect everything that is wrong with it.

Memory is bounded by one block and one line, whatever the file holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from scoring.formats import rows as kernels
from scoring.formats.container import Received, RefusedError, open_source, refuse_binary
from scoring.formats.description import MEBIBYTE, Limits
from scoring.formats.excerpts import excerpt, shown
from scoring.formats.header import read_header
from scoring.formats.rows import Notes, Shape, Tables
from scoring.formats.tokens import PADDING
from scoring.ranking import Job
from scoring.report import EXCERPTS, Excerpt, Item

BLOCK: Final = 4 * MEBIBYTE
ROWS_PER_CALL: Final = 16 * 1024
LINE_TOO_LONG: Final = kernels.N_NOTES


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
        One per note of `scoring.formats.rows`, and one for lines that are too long.
    query_line, query_listed, query_hash : int64 arrays of shape (n_queries,)
        Line of the first answer (0 for none), number of ids in it, and a hash of their order or of the label.
    """

    groups: list[Group]
    query_line: npt.NDArray[np.int64]
    query_listed: npt.NDArray[np.int64]
    query_hash: npt.NDArray[np.int64]
    lines: int = 0
    rows: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class Target:
    """Hold what rows are read against and where their results go."""

    shape: Shape
    tables: Tables
    job: Job


class Reading:
    """Read one file; see `read`."""

    def __init__(self, received: Received, target: Target, columns: tuple[str, ...], limits: Limits) -> None:
        queries = len(target.tables.track_of_query)
        lines, listed, hashes = (np.zeros(queries, dtype=np.int64) for _ in range(3))
        self.findings = Findings([Group() for _ in range(LINE_TOO_LONG + 1)], lines, listed, hashes)
        self._received = received
        self._target = target
        self._columns = columns
        self._limits = limits
        self._buffer = bytearray(BLOCK + PADDING)
        self._notes = _new_notes(limits.max_problem_items)

    def read(self) -> Findings:
        """Read the whole file.

        Raises
        ------
        RefusedError
            When reading cannot go on; what was found so far says nothing about the rest.
        """
        source = open_source(self._received)
        filled, ended, header, skipping = 0, False, False, False
        while not ended:
            size = source.fill(memoryview(self._buffer)[filled : len(self._buffer) - PADDING])
            self.findings.bytes += size
            ended = size == 0
            if ended and filled:
                self._buffer[filled] = 0x0A
            filled += size + (1 if ended and filled else 0)
            start, skipping = self._after_long_line(filled) if skipping else (0, False)
            if skipping:
                filled = 0
                continue
            stop = self._buffer.rfind(b"\n", start, filled) + 1
            if stop > 0:
                if not header:
                    start, header = self._read_header(filled), True
                self._read_lines(start, stop)
            elif start == 0 and self._is_full(filled):
                skipping = self._begin_long_line(header, filled)
                filled = 0
            filled = self._keep(stop or start, filled)
        if not header:
            raise RefusedError("empty_file")
        return self.findings

    def _read_header(self, filled: int) -> int:
        """Check the first line and take the order of the columns from it; return where the rows begin."""
        refuse_binary(bytes(self._buffer[: min(filled, 4096)]))
        start = 3 if self._buffer.startswith(b"\xef\xbb\xbf") else 0
        stop = self._buffer.index(b"\n") + 1
        places = read_header(bytes(self._buffer[start : min(stop, start + 4096)]), self._columns)
        shape = self._target.shape._replace(
            columns=len(self._columns), query_column=places[-2], value_column=places[-1]
        )
        self._target = Target(shape, self._target.tables, self._target.job)
        self.findings.lines = 1
        return stop

    def _is_full(self, filled: int) -> bool:
        """Tell whether a line fills the buffer; make the buffer larger as long as the line may go on."""
        capacity = len(self._buffer) - PADDING
        if filled < capacity:
            return False
        if capacity >= self._limits.max_line_bytes:
            return True
        larger = bytearray(min(2 * capacity, max(self._limits.max_line_bytes, capacity + 1)) + PADDING)
        larger[:filled] = self._buffer[:filled]
        self._buffer = larger
        return False

    def _begin_long_line(self, header: bool, filled: int) -> bool:
        """Note a line that is longer than any line may be; its rest is skipped."""
        refuse_binary(bytes(self._buffer[: min(filled, 4096)]))
        if not header:
            raise RefusedError("line_too_long", limit=self._limits.max_line_bytes)
        self.findings.lines += 1
        self.findings.rows += 1
        self._add(LINE_TOO_LONG, self.findings.lines, 0, 64, 1)
        return True

    def _after_long_line(self, filled: int) -> tuple[int, bool]:
        """Return where the next line begins and whether the long line still goes on."""
        stop = self._buffer.find(b"\n", 0, filled)
        return (stop + 1, False) if stop >= 0 else (0, True)

    def _keep(self, start: int, filled: int) -> int:
        """Move the unfinished line to the front of the buffer."""
        rest = filled - start
        if start and rest:
            self._buffer[:rest] = self._buffer[start:filled]
        return rest

    def _read_lines(self, start: int, stop: int) -> None:
        """Run the kernel over whole lines."""
        view = np.frombuffer(self._buffer, dtype=np.uint8)
        target, notes = self._target, self._notes
        while start < stop:
            self._reset_notes()
            start, lines, rows, logged = kernels.read_rows(
                view, start, stop, target.shape, target.tables, notes, target.job
            )
            first = self.findings.lines + 1
            for code in range(kernels.N_NOTES):
                self._collect(code, first)
            self._collect_answers(first, logged)
            self.findings.lines += lines
            self.findings.rows += rows
            if self.findings.lines > self._limits.max_rows:
                raise RefusedError("too_many_rows", limit=self._limits.max_rows)
        del view

    def _reset_notes(self) -> None:
        notes, cap = self._notes, self._limits.max_problem_items
        notes.room[:] = [cap - len(group.items) for group in self.findings.groups[: kernels.N_NOTES]]
        notes.stored[:] = 0
        notes.counts[:] = 0
        notes.lines[:] = 0

    def _collect(self, code: int, first: int) -> None:
        """Take over what the kernel noted."""
        notes, group = self._notes, self.findings.groups[code]
        for line, start, length in notes.items[code, : notes.stored[code]].tolist():
            self._add(code, first + line, start, length, 0)
        group.count += int(notes.counts[code])
        group.lines += int(notes.lines[code])

    def _collect_answers(self, first: int, logged: int) -> None:
        """Note which queries the rows answer, and those that were answered before."""
        rows, findings = self._notes.rows[:logged], self.findings
        queries, lines = rows[:, 0], rows[:, 1] + first
        _, firsts = np.unique(queries, return_index=True)
        new = np.zeros(logged, dtype=np.bool_)
        new[firsts] = True
        new &= findings.query_line[queries] == 0
        findings.query_line[queries[new]] = lines[new]
        findings.query_listed[queries[new]] = rows[new, 2]
        findings.query_hash[queries[new]] = rows[new, 3]
        for row, line in zip(rows[~new].tolist(), lines[~new].tolist(), strict=True):
            self._add(kernels.DUPLICATE_QUERY, line, row[4], row[5], 1)

    def _add(self, code: int, line: int, start: int, length: int, count: int) -> None:
        """Add one occurrence with its id, and an excerpt of its line for the first two lines."""
        group = self.findings.groups[code]
        group.count += count
        group.lines += count
        if len(group.items) < self._limits.max_problem_items:
            group.items.append(Item(line=line, id=shown(bytes(self._buffer[start : start + min(length, 64)]))))
        known = {part.line for part in group.excerpts}
        if len(known) < EXCERPTS and line not in known:
            group.excerpts.append(excerpt(self._buffer, line, start, length))


def _new_notes(cap: int) -> Notes:
    room, stored, counts, lines = (np.zeros(kernels.N_NOTES, dtype=np.int64) for _ in range(4))
    items = np.zeros((kernels.N_NOTES, cap, 3), dtype=np.int64)
    return Notes(items, room, stored, counts, lines, np.zeros((ROWS_PER_CALL, 6), dtype=np.int64))
