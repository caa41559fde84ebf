"""Read rows of CSV from bytes: fields, quotes, ids; note everything that is wrong and go on.

The last byte of what is read is a line end, so that no loop over a field needs to look for the end of the buffer.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from scoring.formats.fields import COMMA, NEWLINE, QUOTE, RETURN, SPACE, classify, field_end, is_stop, trimmed
from scoring.formats.labels import keep_labels, read_labels
from scoring.formats.notes import (
    BAD_ROW,
    CONTROL,
    DUPLICATE_GALLERY,
    EMPTY_VALUE,
    EXTRA_SPACES,
    LABELS,
    LINES,
    LONG,
    MULTIPLIER,
    NOT_UTF8,
    SHORT,
    UNKNOWN_GALLERY,
    UNKNOWN_QUERY,
    Notes,
    Shape,
    Tables,
    note,
)
from scoring.formats.tokens import Row, Set, borrowed_set, find_id, read_known_ids
from scoring.formats.words import ByteArray, token_end
from scoring.native import borrowing, borrowing_inlined
from scoring.ranking import Job, Workspace, score_ranking

#: Digits of a position, leading zeros among them.
MAX_DIGITS: Final = 16
ZERO: Final = 0x30
#: Ids of a ranking whose order tells whether two rankings are the same.
HASHED_IDS: Final = 64


@borrowing
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
    query = find_id(buffer, start, stop - start, borrowed_set(tables.queries, 0))
    if query < 0:
        note(notes, classify(buffer, start, stop, UNKNOWN_QUERY, CONTROL, NOT_UTF8), line, start, stop - start)
    return end, query, start, stop - start


@borrowing
def _odd_end(buffer: ByteArray, position: int, quoted: bool) -> int:
    """Return where a token with bytes that no id has ends."""
    while buffer[position] != SPACE and not is_stop(buffer[position], quoted):
        position += 1
    return position


@borrowing
def _last_space(buffer: ByteArray, position: int) -> int:
    """Step over all but the last of several spaces."""
    while buffer[position] == SPACE and buffer[position + 1] == SPACE:
        position += 1
    return position


@borrowing_inlined
def look_up(buffer: ByteArray, start: int, end: int, ids: Set, row: Row, kept: int, padded: int) -> int:
    """Put an id on the row's list; return -1, or the note that it deserves."""
    item = find_id(buffer, start, end - start, ids)
    if item < 0 and padded and end - start <= MAX_DIGITS:
        first = start
        while first < end - 1 and buffer[first] == ZERO:
            first += 1
        item = find_id(buffer, first, end - first, ids)
    if item < 0:
        return classify(buffer, start, end, UNKNOWN_GALLERY, CONTROL, NOT_UTF8)
    if row.seen[item] == row.stamp:
        return DUPLICATE_GALLERY
    row.seen[item] = row.stamp
    row.order[kept] = item
    return -1


@borrowing
def _read_ids(
    buffer: ByteArray, position: int, quoted: bool, track: int, tables: Tables, notes: Notes, line: int, work: Workspace
) -> tuple[int, int, int]:
    """Return where the field ends, the number of ids in it, and the number of distinct known ids."""
    ids, row = borrowed_set(tables.values, max(track, 0)), Row(work.seen, work.stamp[0], work.order)
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
            code = look_up(buffer, position, end, ids, row, kept, tables.padded) if track >= 0 else 0
            if code < 0:
                kept += 1
            elif track >= 0:
                note(notes, code, line, position, end - position)
        else:
            spaces = spaces or buffer[end] == SPACE or listed > 0
            end = _last_space(buffer, end)
        if buffer[end] != SPACE:
            break
        position = end + 1
    if spaces:
        note(notes, EXTRA_SPACES, line, position, 0)
    return end, listed, kept


@borrowing
def note_depth(listed: int, size: int, depth: int, notes: Notes, line: int, start: int, length: int) -> None:
    """Compare the number of ids of a row with what the format asks for; depth 0 asks for all."""
    wanted = min(depth, size) if depth > 0 else size
    if listed == 0:
        note(notes, EMPTY_VALUE, line, start, length)
    elif listed < wanted:
        note(notes, SHORT, line, start, length)
    elif listed > (depth if depth > 0 else size):
        note(notes, LONG, line, start, length)


@borrowing
def order_hash(order: npt.NDArray[np.int32], kept: int) -> int:
    """Return a hash of the first items of a ranking."""
    folded = kept
    for at in range(min(kept, HASHED_IDS)):
        folded = folded * MULTIPLIER + int(order[at]) + 1
    return folded


@borrowing
def skip_to_line_end(buffer: ByteArray, position: int) -> int:
    """Return where the line end is."""
    while buffer[position] != NEWLINE:
        position += 1
    return position


@borrowing
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


@borrowing
def next_stamp(work: Workspace) -> None:
    """Forget which items the previous row listed."""
    if work.stamp[0] == 255:
        work.seen[:] = 0
        work.stamp[0] = 0
    work.stamp[0] += 1


@borrowing
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
            position, value, folded = read_labels(buffer, position, quoted, tables, notes, line, shape, work)
        elif column == shape.value_column:
            next_stamp(work)
            track = tables.track_of_query[query] if query >= 0 else 0 if shape.tracks == 1 else -1
            position, listed, value = _read_ids(buffer, position, quoted, track, tables, notes, line, work)
            folded = order_hash(work.order, value)
            if track >= 0:
                note_depth(listed, tables.values.size[track], shape.depth, notes, line, place >> 8, place & 255)
        else:
            position = field_end(buffer, position, quoted)
        position = _after_field(buffer, position, quoted, column == shape.columns - 1)
        if position < 0:
            return -1, -1, 0, 0, 0, 0
    return position, query, listed, value, folded, place


@borrowing
def _read_line(
    buffer: ByteArray, start: int, shape: Shape, tables: Tables, notes: Notes, line: int, work: Workspace
) -> tuple[int, int, int, int, int, int]:
    """Read a line that is all ids and names no query; return what `_read_row` returns."""
    query = shape.first_query + line
    if query >= shape.end_query:
        note(notes, UNKNOWN_QUERY, line, start, token_end(buffer, start, len(buffer)) - start)
        return skip_to_line_end(buffer, start), -1, 0, 0, 0, 0
    next_stamp(work)
    track = tables.track_of_query[query]
    position, listed, kept = _read_ids(buffer, start, False, track, tables, notes, line, work)
    note_depth(listed, tables.values.size[track], shape.depth, notes, line, start, 0)
    position = _after_field(buffer, position, False, True)
    return position, query, listed, kept, order_hash(work.order, kept), start << 8


@borrowing
def _is_blank(buffer: ByteArray, position: int) -> bool:
    while buffer[position] == SPACE or buffer[position] == RETURN:
        position += 1
    return bool(buffer[position] == NEWLINE)


@borrowing
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
    while position < end:
        is_answer = shape.kind == LINES and shape.first_query + line < shape.end_query
        if not is_answer and _is_blank(buffer, position):
            position = skip_to_line_end(buffer, position) + 1
            line += 1
            continue
        if shape.kind == LINES:
            row = _read_line(buffer, position, shape, tables, notes, line, work)
        else:
            row = _read_row(buffer, position, shape, tables, notes, line, work)
        stop, query, listed, value, folded, place = row
        if stop < 0:
            stop = skip_to_line_end(buffer, position)
            note(notes, BAD_ROW, line, position, stop - position)
        elif query >= 0:
            log = notes.rows[logged]
            log[0], log[1], log[2], log[3], log[4], log[5] = query, line, listed, folded, place >> 8, place & 255
            logged += 1
            if truth.enabled and shape.kind == LABELS:
                keep_labels(outcome, query, value, work)
            elif truth.enabled:
                score_ranking(work, min(value, shape.cut) if shape.cut > 0 else value, query, truth, outcome)
        content += 1
        position, line = stop + 1, line + 1
    return line, content, logged
