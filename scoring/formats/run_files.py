"""Read TREC runs: lines in any order, ranked by their scores once all are read."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from scoring.formats import notes as codes
from scoring.formats.container import Received, RefusedError, open_source
from scoring.formats.context import Context
from scoring.formats.lines import Lines
from scoring.formats.problems import report
from scoring.formats.reading import LINE_TOO_LONG, Findings, Piece, Reading, Target
from scoring.formats.row_files import row_target
from scoring.formats.runs import COLUMNS, Entries, Ranked, Seen, group_entries, rank_run, read_run
from scoring.ranking import Job
from scoring.report import Item, Report

_LEAST_LINE_BYTES = 2 * COLUMNS


def read_runs(received: Received, context: Context, *, cut: int | None, job: Job, labels: Iterable[str]) -> Report:
    """Read a run of one or several tracks; see `scoring.submission.read_submission`.

    Raises
    ------
    RefusedError
        When reading cannot go on.
    """
    reading = _RunReading(received, context, row_target(context, cut=cut, job=job, labels=labels))
    return report(reading.read(), context, received)


def _room_for(number: int) -> Entries:
    query, item, line = (np.zeros(number, dtype=np.int32) for _ in range(3))
    return Entries(query, item, line, np.zeros(number))


class _RunReading(Reading):
    """Read one run; see `read`."""

    def __init__(self, received: Received, context: Context, target: Target) -> None:
        super().__init__(open_source(received), target, context.limits)
        number = len(target.tables.track_of_query)
        self._sizes = target.tables.values.size[target.tables.track_of_query]
        self._seen = Seen(self.findings.query_listed, self.findings.query_line, self._sizes + 1)
        self._parts: list[Entries] = []
        self._counts = np.zeros(number, dtype=np.int64)
        self._context = context

    def read(self) -> Findings:
        """Read the whole file, rank it and score it where there are answers.

        Raises
        ------
        RefusedError
            When reading cannot go on.
        """
        lines = Lines(self._source, self._limits.max_line_bytes)
        piece, has_begun = Piece.new(self._limits.max_problem_items), False
        while lines.next_block(piece.block):
            if not has_begun:
                self._begin(piece.block)
                has_begun = True
            self._read_piece(piece)
            if self.findings.lines > self._limits.max_run_rows:
                raise RefusedError("too_many_rows", limit=self._limits.max_run_rows)
        self.findings.bytes = lines.bytes
        if not has_begun:
            raise RefusedError("empty_file")
        self._rank()
        self._note_depth()
        return self.findings

    def _read_piece(self, piece: Piece) -> None:
        """Keep the entries of a block, and what was noted about it."""
        block, first = piece.block, self.findings.lines + 1
        piece.clear(self._target.shape)
        if block.is_long_line:
            self._add(block, LINE_TOO_LONG, (first, 0, 64), 1)
            self.findings.lines, self.findings.rows = first, self.findings.rows + 1
            return
        room = (block.stop - block.start) // _LEAST_LINE_BYTES + 1
        slow = np.zeros((room, 3), dtype=np.int64)
        entries = _room_for(room)
        view, span = np.frombuffer(block.buffer, dtype=np.uint8), (block.start, block.stop)
        tables = self._target.tables
        lines, rows, kept, slows = read_run(view, span, first, tables, piece.notes, self._seen, entries, slow)
        self._read_slowly(piece, entries, slow[:slows].tolist())
        for code in range(codes.N_NOTES):
            self._collect(piece, code, first)
        self.findings.lines += lines
        self.findings.rows += rows
        query, item, line, scores = entries
        self._parts.append(Entries(query[:kept].copy(), item[:kept].copy(), line[:kept].copy(), scores[:kept].copy()))
        self._counts += np.bincount(entries.query[:kept], minlength=len(self._counts))

    def _read_slowly(self, piece: Piece, entries: Entries, slow: list[list[int]]) -> None:
        """Read the scores with very many digits; one that float64 cannot hold is wrong."""
        for which, start, stop in slow:
            score = float(bytes(piece.block.buffer[start:stop]))
            entries.score[which] = score
            if np.isinf(score):
                self._add(piece.block, codes.BAD_SCORE, (int(entries.line[which]), start, stop - start), 1)

    def _rank(self) -> None:
        """Rank the items of every query."""
        starts = np.concatenate(([0], np.cumsum(self._counts)))
        number, findings, target = int(starts[-1]), self.findings, self._target
        grouped = _room_for(number)
        ends = starts[:-1].copy()
        while self._parts:
            group_entries(self._parts.pop(0), ends, grouped)
        repeated = np.zeros((self._limits.max_problem_items, 3), dtype=np.int64)
        ranked = Ranked(findings.query_hash, np.zeros(len(self._counts), dtype=np.int64), repeated)
        repeats = rank_run(grouped, starts, target.shape.cut, target.jobs[0], ranked)
        findings.query_tied = ranked.tied
        group = findings.groups[codes.DUPLICATE_GALLERY]
        group.count = group.lines = repeats
        track_of, tracks = target.tables.track_of_query, self._context.manifest.tracks
        for line, query, item in repeated[:repeats].tolist():
            name = self._context.manifest.gallery(tracks[track_of[query]])[item]
            group.items.append(Item(line=line, id=name))

    def _note_depth(self) -> None:
        """Compare the number of lines of each query with what the format asks for."""
        depth, listed, manifest = self._target.shape.depth, self.findings.query_listed, self._context.manifest
        wanted = np.minimum(depth, self._sizes) if depth else self._sizes
        most = np.full(len(listed), depth) if depth else self._sizes
        names = [query for track in manifest.tracks for query in manifest.queries(track)]
        for code, is_wrong in ((codes.SHORT, (listed > 0) & (listed < wanted)), (codes.LONG, listed > most)):
            group, chosen = self.findings.groups[code], np.flatnonzero(is_wrong)
            group.count = group.lines = len(chosen)
            lines = self.findings.query_line[chosen]
            for query, line in zip(chosen[: self._limits.max_problem_items].tolist(), lines.tolist(), strict=False):
                group.items.append(Item(line=line, id=names[query]))
