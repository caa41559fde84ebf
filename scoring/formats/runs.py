"""Read the lines of TREC runs from bytes, and rank the items of each query by their scores."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.formats.decimals import LONG_NUMBER, NO_NUMBER, read_decimal
from scoring.formats.fields import NEWLINE, RETURN, SPACE, classify
from scoring.formats.notes import (
    BAD_ROW,
    BAD_SCORE,
    CONTROL,
    NOT_UTF8,
    UNKNOWN_GALLERY,
    UNKNOWN_QUERY,
    Notes,
    Tables,
    note,
)
from scoring.formats.rows import next_stamp, order_hash, skip_to_line_end
from scoring.formats.tokens import IntArray, borrowed_set, find_id
from scoring.formats.words import ByteArray
from scoring.native import borrowing, kernel
from scoring.ranking import Job, Workspace, score_ranking

COLUMNS: Final = 6
TAB: Final = 9
_QUERY: Final = 0
_ITEM: Final = 2
_SCORE: Final = 4


class Entries(NamedTuple):
    """Hold the lines of a run that name a known query and a known item, in the order of the file.

    Attributes
    ----------
    query, item, line : int32 arrays of shape (n,)
        Query, gallery position in its track, line.
    score : float64 array of shape (n,)
        Higher is better.
    """

    query: npt.NDArray[np.int32]
    item: npt.NDArray[np.int32]
    line: npt.NDArray[np.int32]
    score: npt.NDArray[np.float64]


class Seen(NamedTuple):
    """Count the lines of each query, and remember its first one.

    Attributes
    ----------
    listed, first_line : int64 arrays of shape (n_queries,)
        Lines that name the query; the first of them, 0 for none.
    room : int64 array of shape (n_queries,)
        Lines that may still be kept, at first one more than the gallery has items: a query with as many lists one again.
    """

    listed: IntArray
    first_line: IntArray
    room: IntArray


class Ranked(NamedTuple):
    """Say what ranking the queries found.

    Attributes
    ----------
    hashes, tied : int64 arrays of shape (n_queries,)
        A hash of the order, and the number of items whose score another item of the query has as well.
    repeated : int64 array of shape (room, 3)
        Line, query and item of what a query lists again.
    """

    hashes: IntArray
    tied: IntArray
    repeated: IntArray


@borrowing
def _split(buffer: ByteArray, position: int, places: IntArray) -> int:
    """Find the columns of a line, which blanks separate; return their number, at most one more than there should be."""
    columns = 0
    while buffer[position] != NEWLINE:
        byte = buffer[position]
        if byte in (SPACE, TAB) or (byte == RETURN and buffer[position + 1] == NEWLINE):
            position += 1
            continue
        start = position
        while buffer[position] not in (SPACE, TAB, NEWLINE):
            if buffer[position] == RETURN and buffer[position + 1] == NEWLINE:
                break
            position += 1
        if columns == COLUMNS:
            return columns + 1
        places[columns, 0], places[columns, 1] = start, position
        columns += 1
    return columns


@borrowing
def _read_line(
    buffer: ByteArray, places: IntArray, tables: Tables, notes: Notes, line: int, seen: Seen, first: int
) -> tuple[int, int, int, float]:
    """Return query, item (-1 where the line is wrong), and how the score was read with its value."""
    start, stop = places[_QUERY]
    query = find_id(buffer, start, stop - start, borrowed_set(tables.queries, 0))
    if query < 0:
        note(notes, classify(buffer, start, stop, UNKNOWN_QUERY, CONTROL, NOT_UTF8), line, start, stop - start)
        return -1, -1, NO_NUMBER, 0.0
    seen.listed[query] += 1
    if seen.first_line[query] == 0:
        seen.first_line[query] = first + line
    start, stop = places[_ITEM]
    item = find_id(buffer, start, stop - start, borrowed_set(tables.values, tables.track_of_query[query]))
    if item < 0:
        note(notes, classify(buffer, start, stop, UNKNOWN_GALLERY, CONTROL, NOT_UTF8), line, start, stop - start)
    start, stop = places[_SCORE]
    kind, value = read_decimal(buffer, start, stop)
    if kind == NO_NUMBER:
        note(notes, BAD_SCORE, line, start, stop - start)
    return query, item, kind, value


@kernel
def read_run(
    buffer: ByteArray,
    span: tuple[int, int],
    first: int,
    tables: Tables,
    notes: Notes,
    seen: Seen,
    entries: Entries,
    slow: IntArray,
) -> tuple[int, int, int, int]:
    """Read whole lines.

    Parameters
    ----------
    buffer : uint8 array
        Bytes; readable beyond the span, whose last byte is a line end.
    span : tuple of int
        Where what is read begins and ends.
    first : int
        Number of the first line.
    entries : Entries
        Has room for every line.
    slow : int64 array of shape (n, 3)
        Takes entries whose scores have too many digits, with the place of the score.

    Returns
    -------
    tuple of int
        The lines, those with content, the entries, and the slow ones.
    """
    position, line, content, kept, slows = span[0], 0, 0, 0, 0
    places = np.zeros((COLUMNS, 2), dtype=np.int64)
    while position < span[1]:
        stop = skip_to_line_end(buffer, position)
        columns = _split(buffer, position, places)
        if columns == COLUMNS:
            query, item, kind, value = _read_line(buffer, places, tables, notes, line, seen, first)
            if item >= 0 and kind != NO_NUMBER and seen.room[query] > 0:
                seen.room[query] -= 1
                entries.query[kept], entries.item[kept], entries.line[kept] = query, item, first + line
                entries.score[kept] = value
                if kind == LONG_NUMBER:
                    slow[slows, 0] = kept
                    slow[slows, 1], slow[slows, 2] = places[_SCORE, 0], places[_SCORE, 1]
                    slows += 1
                kept += 1
        elif columns > 0:
            note(notes, BAD_ROW, line, position, stop - position)
        content += columns > 0
        position, line = stop + 1, line + 1
    return line, content, kept, slows


@borrowing
def group_entries(part: Entries, ends: IntArray, grouped: Entries) -> None:
    """Put entries behind those of the same query that are there already; `ends` says where, and moves on."""
    for which in range(len(part.query)):
        query = part.query[which]
        at = ends[query]
        grouped.query[at], grouped.item[at] = query, part.item[which]
        grouped.line[at], grouped.score[at] = part.line[which], part.score[which]
        ends[query] = at + 1


@borrowing
def _distinct(
    grouped: Entries, start: int, stop: int, work: Workspace, ranked: Ranked, repeats: int
) -> tuple[int, int]:
    """Note what a query lists again; return the number of its distinct items, which move to the front, and all repeats."""
    next_stamp(work)
    kept = start
    for at in range(start, stop):
        item = grouped.item[at]
        if work.seen[item] == work.stamp[0]:
            if repeats < len(ranked.repeated):
                ranked.repeated[repeats, 0] = grouped.line[at]
                ranked.repeated[repeats, 1], ranked.repeated[repeats, 2] = grouped.query[at], item
            repeats += 1
        else:
            work.seen[item] = work.stamp[0]
            grouped.item[kept], grouped.score[kept] = item, grouped.score[at]
            kept += 1
    return kept, repeats


@kernel
def _put_in_order(items: npt.NDArray[np.int32], scores: npt.NDArray[np.float64], order: npt.NDArray[np.int32]) -> int:
    """Order items by score, the highest first, and by position where scores are equal; return how many are tied."""
    number, is_ordered = len(items), True
    for at in range(1, number):
        is_ordered = is_ordered and scores[at] < scores[at - 1]
    if is_ordered:
        order[:number] = items
        return 0
    by_position = np.argsort(items)
    by_score = np.argsort(-scores[by_position], kind="mergesort")
    tied, previous = 0, False
    for at in range(number):
        order[at] = items[by_position[by_score[at]]]
        same = at + 1 < number and scores[by_position[by_score[at]]] == scores[by_position[by_score[at + 1]]]
        tied += same or previous
        previous = same
    return tied


@kernel
def rank_run(grouped: Entries, starts: IntArray, cut: int, job: Job, ranked: Ranked) -> int:
    """Rank the items of each query, and score them where there are answers; return how often an item is listed again."""
    truth, outcome, work = job.truth, job.outcome, job.work
    repeats = 0
    for query in range(len(starts) - 1):
        start, stop = starts[query], starts[query + 1]
        if start == stop:
            continue
        stop, repeats = _distinct(grouped, start, stop, work, ranked, repeats)
        ranked.tied[query] = _put_in_order(grouped.item[start:stop], grouped.score[start:stop], work.order)
        kept = stop - start
        ranked.hashes[query] = order_hash(work.order, kept)
        if truth.enabled:
            score_ranking(work, min(kept, cut) if cut > 0 else kept, query, truth, outcome)
    return repeats
