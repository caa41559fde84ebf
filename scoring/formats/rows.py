"""Read rows of CSV from bytes: fields, quotes, ids; note everything that is wrong and go on.

The last byte of what is read is a line end, so that no loop over a field needs to look for the end of the buffer.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.formats.fields import COMMA, NEWLINE, QUOTE, RETURN, SPACE, classify, field_end, is_stop, trimmed
from scoring.formats.tokens import IdTable, IntArray, Row, Set, find_id, one_set, read_known_ids
from scoring.formats.words import ByteArray, token_end
from scoring.native import inlined, kernel
from scoring.ranking import Job, Workspace, score_ranking

LABELS: Final = 0
RANKING: Final = 1

# What a kernel notes; `scoring.formats.problems` turns each into a problem of the report.
UNKNOWN_QUERY: Final = 0
DUPLICATE_QUERY: Final = 1
UNKNOWN_GALLERY: Final = 2
DUPLICATE_GALLERY: Final = 3
BAD_ROW: Final = 4
NOT_UTF8: Final = 5
CONTROL: Final = 6
SHORT: Final = 7
LONG: Final = 8
EMPTY_VALUE: Final = 9
EXTRA_SPACES: Final = 10
UNKNOWN_LABEL: Final = 11
MANY_LABELS: Final = 12
N_NOTES: Final = 13

#: Ids of a ranking whose order tells whether two rankings are the same.
HASHED_IDS: Final = 64
_MULTIPLIER: Final = -7046029254386353131


class Shape(NamedTuple):
    """Hold what is declared about a file."""

    kind: int
    columns: int
    query_column: int
    value_column: int
    depth: int
    cut: int
    tracks: int
    check_labels: int


class Notes(NamedTuple):
    """Collect what one call of the kernel finds.

    Attributes
    ----------
    items : int64 array of shape (N_NOTES, room, 3)
        Line counted from the first line of the call, start and length in the buffer.
    room, stored, counts, lines : int64 arrays of shape (N_NOTES,)
        How many items may be stored, are stored, occurred, and on how many lines.
    rows : int64 array of shape (n, 6)
        Per row that answers a query: query, line, number of ids, hash of its order, start and length of the query id.
    """

    items: npt.NDArray[np.int64]
    room: IntArray
    stored: IntArray
    counts: IntArray
    lines: IntArray
    rows: npt.NDArray[np.int64]


class Tables(NamedTuple):
    """Hold the ids that rows are read against: queries of all tracks, then gallery ids per track or labels."""

    queries: IdTable
    values: IdTable
    track_of_query: IntArray


@inlined
def note(notes: Notes, code: int, line: int, start: int, length: int) -> None:
    """Count an occurrence and store it while there is room."""
    notes.counts[code] += 1
    stored = notes.stored[code]
    if stored < notes.room[code]:
        notes.items[code, stored, 0] = line
        notes.items[code, stored, 1] = start
        notes.items[code, stored, 2] = length
        notes.stored[code] = stored + 1


@kernel
def _read_query(
    buffer: ByteArray, position: int, quoted: bool, tables: Tables, notes: Notes, line: int
) -> tuple[int, int, int, int]:
    """Return where the field ends, the query (-1 unknown, -2 empty), and where its id lies."""
    end = field_end(buffer, position, quoted)
    start, stop = trimmed(buffer, position, end)
    if stop - start < end - position:
        note(notes, EXTRA_SPACES, line, start, stop - start)
    if stop == start:
        return end, -2, start, 0
    query = find_id(buffer, start, stop - start, one_set(tables.queries, 0))
    if query < 0:
        note(notes, classify(buffer, start, stop, UNKNOWN_QUERY, CONTROL, NOT_UTF8), line, start, stop - start)
    return end, query, start, stop - start


@kernel
def _read_label(
    buffer: ByteArray, position: int, quoted: bool, tables: Tables, notes: Notes, line: int, check: int
) -> tuple[int, int, int]:
    """Return where the field ends, the code of the label (-1 unknown), and a hash of its bytes."""
    end = field_end(buffer, position, quoted)
    start, stop = trimmed(buffer, position, end)
    if stop - start < end - position and stop > start:
        note(notes, EXTRA_SPACES, line, start, stop - start)
    if stop == start:
        note(notes, EMPTY_VALUE, line, position, 0)
        return end, -1, 0
    label = find_id(buffer, start, stop - start, one_set(tables.values, 0))
    folded = stop - start
    for at in range(start, stop):
        folded = folded * _MULTIPLIER + int(buffer[at])
    if label < 0:
        code = classify(buffer, start, stop, UNKNOWN_LABEL, CONTROL, NOT_UTF8)
        for at in range(start, stop):
            if code == UNKNOWN_LABEL and buffer[at] == SPACE:
                code = MANY_LABELS
        if code != UNKNOWN_LABEL or check:
            note(notes, code, line, start, stop - start)
    return end, label, folded


@kernel
def _odd_end(buffer: ByteArray, position: int, quoted: bool) -> int:
    """Return where a token with bytes that no id has ends."""
    while buffer[position] != SPACE and not is_stop(buffer[position], quoted):
        position += 1
    return position


@inlined
def _look_up(buffer: ByteArray, start: int, end: int, ids: Set, row: Row, kept: int) -> int:
    """Put an id on the row's list; return -1, or the note that it deserves."""
    item = find_id(buffer, start, end - start, ids)
    if item < 0:
        return classify(buffer, start, end, UNKNOWN_GALLERY, CONTROL, NOT_UTF8)
    if row.seen[item] == row.stamp:
        return DUPLICATE_GALLERY
    row.seen[item] = row.stamp
    row.order[kept] = item
    return -1


@kernel
def _read_ids(
    buffer: ByteArray, position: int, quoted: bool, track: int, tables: Tables, notes: Notes, line: int, work: Workspace
) -> tuple[int, int, int]:
    """Return where the field ends, the number of ids in it, and the number of distinct known ids."""
    ids, row = one_set(tables.values, max(track, 0)), Row(work.seen, work.stamp[0], work.order)
    listed, kept, spaces = 0, 0, False
    while True:
        if track >= 0:
            before = kept
            position, kept, at_end = read_known_ids(buffer, position, ids, row, kept)
            listed += kept - before
            if at_end:
                end = position
                break
        end = token_end(buffer, position, len(buffer))
        if buffer[end] not in (SPACE, NEWLINE, RETURN) and not is_stop(buffer[end], quoted):
            # The id goes on with bytes that no id has: the whole of it is unknown.
            end = max(_odd_end(buffer, end, quoted), position + 1)
        if end > position:
            listed += 1
            code = _look_up(buffer, position, end, ids, row, kept) if track >= 0 else 0
            if code < 0:
                kept += 1
            elif track >= 0:
                note(notes, code, line, position, end - position)
        else:
            spaces = spaces or buffer[end] == SPACE or listed > 0
        if buffer[end] != SPACE:
            break
        position = end + 1
    if spaces:
        note(notes, EXTRA_SPACES, line, position, 0)
    return end, listed, kept


@kernel
def _note_depth(listed: int, size: int, depth: int, notes: Notes, line: int, start: int, length: int) -> None:
    """Compare the number of ids of a row with what the format asks for; depth 0 asks for all."""
    wanted = min(depth, size) if depth > 0 else size
    if listed == 0:
        note(notes, EMPTY_VALUE, line, start, length)
    elif listed < wanted:
        note(notes, SHORT, line, start, length)
    elif listed > (depth if depth > 0 else size):
        note(notes, LONG, line, start, length)


@kernel
def _order_hash(order: npt.NDArray[np.int32], kept: int) -> int:
    folded = kept
    for at in range(min(kept, HASHED_IDS)):
        folded = folded * _MULTIPLIER + int(order[at]) + 1
    return folded


@kernel
def _skip_to_line_end(buffer: ByteArray, position: int) -> int:
    while buffer[position] != NEWLINE:
        position += 1
    return position


@kernel
def _after_field(buffer: ByteArray, position: int, quoted: bool, last: bool) -> int:
    """Step over what follows a field: quote, comma or line end; -1 when something else stands there."""
    if quoted:
        if buffer[position] != QUOTE:
            return -1
        position += 1
    if not last:
        return position + 1 if buffer[position] == COMMA else -1
    if buffer[position] == RETURN:
        position += 1
    return position if buffer[position] == NEWLINE else -1


@kernel
def _next_stamp(work: Workspace) -> None:
    """Forget which items the previous row listed."""
    if work.stamp[0] == 255:
        work.seen[:] = 0
        work.stamp[0] = 0
    work.stamp[0] += 1


@kernel
def _read_row(
    buffer: ByteArray, start: int, shape: Shape, tables: Tables, notes: Notes, line: int, work: Workspace
) -> tuple[int, int, int, int, int, int]:
    """Return where the row ends (negative for a bad row), query, ids, known ids or label, hash, and its id's place."""
    position = start
    query, listed, value, folded, place = -2, 0, -1, 0, 0
    for column in range(shape.columns):
        quoted = buffer[position] == QUOTE
        position += 1 if quoted else 0
        if column == shape.query_column:
            position, query, at, length = _read_query(buffer, position, quoted, tables, notes, line)
            place = (at << 8) | min(length, 255)
            if query == -2:
                return -1, -1, 0, 0, 0, 0
        elif column == shape.value_column and shape.kind == LABELS:
            position, value, folded = _read_label(buffer, position, quoted, tables, notes, line, shape.check_labels)
        elif column == shape.value_column:
            _next_stamp(work)
            track = tables.track_of_query[query] if query >= 0 else 0 if shape.tracks == 1 else -1
            position, listed, value = _read_ids(buffer, position, quoted, track, tables, notes, line, work)
            folded = _order_hash(work.order, value)
            if track >= 0:
                _note_depth(listed, tables.values.size[track], shape.depth, notes, line, place >> 8, place & 255)
        else:
            position = field_end(buffer, position, quoted)
        position = _after_field(buffer, position, quoted, column == shape.columns - 1)
        if position < 0:
            return -1, -1, 0, 0, 0, 0
    return position, query, listed, value, folded, place


@kernel
def _is_blank(buffer: ByteArray, position: int) -> bool:
    while buffer[position] == SPACE or buffer[position] == RETURN:
        position += 1
    return bool(buffer[position] == NEWLINE)


@kernel
def read_rows(
    buffer: ByteArray,
    start: int,
    end: int,
    shape: Shape,
    tables: Tables,
    notes: Notes,
    job: Job,
) -> tuple[int, int, int]:
    """Read whole lines and score them on the way.

    Parameters
    ----------
    buffer : uint8 array
        Bytes; readable beyond `end`, and ``buffer[end - 1]`` is a line end.
    start, end : int
        What to read.
    job : Job
        Its answers are empty when a file is only checked.

    Returns
    -------
    tuple of int
        The lines, the rows with content, and the rows that are logged; the log has room for all.
    """
    truth, outcome, work = job.truth, job.outcome, job.work
    position, line, content, logged = start, 0, 0, 0
    before = np.zeros(N_NOTES, dtype=np.int64)
    while position < end:
        if _is_blank(buffer, position):
            position = _skip_to_line_end(buffer, position) + 1
            line += 1
            continue
        before[:] = notes.counts
        stop, query, listed, value, folded, place = _read_row(buffer, position, shape, tables, notes, line, work)
        if stop < 0:
            stop = _skip_to_line_end(buffer, position)
            note(notes, BAD_ROW, line, position, stop - position)
        elif query >= 0:
            row = notes.rows[logged]
            row[0], row[1], row[2], row[3], row[4], row[5] = query, line, listed, folded, place >> 8, place & 255
            logged += 1
            if truth.enabled and shape.kind == LABELS:
                outcome.label[query] = value
            elif truth.enabled:
                score_ranking(work, min(value, shape.cut) if shape.cut > 0 else value, query, truth, outcome)
        for code in range(N_NOTES):
            notes.lines[code] += notes.counts[code] > before[code]
        content += 1
        position, line = stop + 1, line + 1
    return line, content, logged
