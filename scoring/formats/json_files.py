"""Read rankings written as JSON, piece by piece: no more than one entry is ever held whole."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np

from scoring.formats import entries as codes
from scoring.formats.container import Received, RefusedError, Source, open_source, open_tracks, refuse_binary
from scoring.formats.context import Context
from scoring.formats.entries import Progress, read_entries
from scoring.formats.excerpts import excerpt
from scoring.formats.notes import N_NOTES
from scoring.formats.problems import merged, report
from scoring.formats.reading import Findings, Piece, Reading, Target
from scoring.formats.row_files import part_of, row_target
from scoring.formats.tokens import build_table
from scoring.formats.words import PADDING
from scoring.ranking import Job
from scoring.report import Report

_MARK: Final = b"\xef\xbb\xbf"
_NO_SPACE: Final = re.compile(rb"[^ \t\r\n]")
#: What stands before the entries and behind them.
_BEFORE: Final = (b"{", b'"reid_result"', b":", b"[")
_BEHIND: Final = (b"}",)
_LEAST_ENTRY_BYTES: Final = 16
_FAULTS: Final = {
    codes.NO_JSON: "this is no JSON",
    codes.NO_ENTRY: "an entry is no object",
    codes.UNKNOWN_KEY: "an entry has another key than query_id and ans_ids",
    codes.REPEATED_KEY: "an entry has a key twice",
    codes.MISSING_KEY: "an entry lacks query_id or ans_ids",
    codes.NESTED: "a list or an object stands where an id belongs",
    codes.NO_LIST: "ans_ids is no list",
}


def read_json(received: Received, context: Context, *, cut: int | None, job: Job, labels: Iterable[str]) -> Report:
    """Read a JSON ranking, or a zip of one for each track where positions name the queries.

    Raises
    ------
    RefusedError
        When reading cannot go on: the text is no JSON, or not of the declared shape.
    """
    manifest, described = context.manifest, context.submission_format
    target = row_target(context, cut=cut, job=job, labels=labels)
    if not described.is_per_track:
        findings = _JsonReading(open_source(received), target, context, 0).read()
        return report(findings, context, received)
    base, first, reports = int(described.index_base), 0, []
    numbers = [[str(base + query) for query in range(len(manifest.queries(track)))] for track in manifest.tracks]
    target = replace(target, tables=target.tables._replace(queries=build_table(numbers)))
    for which, (track, source) in enumerate(open_tracks(received, manifest.tracks)):
        shape = target.shape._replace(first_query=first)
        findings = _JsonReading(source, replace(target, shape=shape), context, which).read()
        part = replace(context, manifest=manifest.only(track))
        reports.append((track, report(part_of(findings, first, len(numbers[which])), part, received)))
        first += len(numbers[which])
    return merged(reports, received)


class _JsonReading(Reading):
    """Read one JSON text; see `read`."""

    def __init__(self, source: Source, target: Target, context: Context, which: int) -> None:
        super().__init__(source, target, context.limits)
        self._which = which
        self._piece = Piece.new(context.limits.max_problem_items)
        self._at = self._stop = 0
        self._is_ended = False
        self.findings.lines = 1

    def read(self) -> Findings:
        """Read the whole text.

        Raises
        ------
        RefusedError
            When reading cannot go on.
        """
        if not self._fill():
            raise RefusedError("empty_file")
        refuse_binary(bytes(self._piece.block.buffer[: min(self._stop, 4096)]))
        self._at = 3 if self._piece.block.buffer.startswith(_MARK) else 0
        self._step_over(_BEFORE)
        state = codes.FIRST
        while state != codes.ENDED:
            state = self._read_entries(state)
        self._step_over(_BEHIND)
        if self._after_space():
            self._refuse("something stands behind the end")
        return self.findings

    def _read_entries(self, state: int) -> int:
        """Read the entries that are there, and more of the file where one is not whole; return what may follow."""
        piece, target = self._piece, self._target
        self._make_room()
        view = np.frombuffer(piece.block.buffer, dtype=np.uint8)
        span = (self._at, self._stop, state)
        shape, tables, job = target.shape, target.tables, target.jobs[0]
        progress = Progress(*read_entries(view, span, self._which, shape, tables, piece.notes, job))
        del view
        for code in range(N_NOTES):
            self._collect(piece, code, self.findings.lines)
        self._collect_answers(piece, progress.logged, self.findings.lines)
        self._at = progress.position
        self.findings.lines += progress.line
        self.findings.rows += progress.rows
        if progress.fault != codes.NO_FAULT:
            self._refuse(_FAULTS[progress.fault])
        if self.findings.rows > self._limits.max_rows:
            raise RefusedError("too_many_rows", limit=self._limits.max_rows)
        if progress.state != codes.ENDED and not self._fill():
            self._refuse("it ends too early")
        return progress.state

    def _make_room(self) -> None:
        """Forget the notes, and make room for as many entries as there may be."""
        notes = self._piece.notes
        for part in (notes.stored, notes.counts, notes.lines):
            part[:] = 0
        notes.last[:] = -1
        room = (self._stop - self._at) // _LEAST_ENTRY_BYTES + 1
        if room > len(notes.rows):
            self._piece.notes = notes._replace(rows=np.zeros((room, 6), dtype=np.int64))

    def _fill(self) -> bool:
        """Read on behind what is not read yet, which moves to the front; return whether there was anything."""
        block = self._piece.block
        rest = bytes(block.buffer[self._at : self._stop])
        capacity = len(block.buffer) - PADDING
        if len(rest) == capacity:
            if capacity >= self._limits.max_line_bytes:
                raise RefusedError("line_too_long", limit=self._limits.max_line_bytes)
            block.buffer = bytearray(min(2 * capacity, self._limits.max_line_bytes) + PADDING)
        block.buffer[: len(rest)] = rest
        size = self._source.fill(memoryview(block.buffer)[len(rest) : len(block.buffer) - PADDING])
        self._at, self._stop = 0, len(rest) + size
        self.findings.bytes += size
        return size > 0

    def _after_space(self) -> bool:
        """Step over white space; return whether anything follows."""
        while True:
            buffer = self._piece.block.buffer
            found = _NO_SPACE.search(buffer, self._at, self._stop)
            end = found.start() if found else self._stop
            self.findings.lines += buffer.count(b"\n", self._at, end)
            self._at = end
            if found:
                return True
            if not self._fill():
                return False

    def _step_over(self, tokens: tuple[bytes, ...]) -> None:
        """Step over tokens with white space between them; refuse the text where others stand."""
        for token in tokens:
            there = self._after_space()
            while there and self._stop - self._at < len(token) and self._fill():
                pass
            if not there:
                self._refuse("it ends too early")
            if not self._piece.block.buffer.startswith(token, self._at, self._stop):
                self._refuse(f"{token.decode()} is missing")
            self._at += len(token)

    def _refuse(self, what: str) -> None:
        """Stop where the text is not as declared."""
        length = min(16, self._stop - self._at)
        part = excerpt(self._piece.block.buffer[: self._stop], self.findings.lines, self._at, length)
        raise RefusedError("bad_json", what=what, excerpt=part)
