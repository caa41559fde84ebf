"""Read the entries of a JSON ranking from bytes and score them on the way."""

from __future__ import annotations

from typing import Final, NamedTuple

from scoring.formats.fields import classify
from scoring.formats.json_text import (
    CLOSE_LIST,
    CLOSE_OBJECT,
    COLON,
    COMMA,
    OPEN_LIST,
    OPEN_OBJECT,
    QUOTE,
    after_space,
    count_lines,
    object_end,
    scalar_end,
)
from scoring.formats.notes import CONTROL, NOT_UTF8, UNKNOWN_GALLERY, UNKNOWN_QUERY, Notes, Shape, Tables, note
from scoring.formats.rows import look_up, next_stamp, note_depth, order_hash
from scoring.formats.tokens import Row, borrowed_set, find_id
from scoring.formats.words import ByteArray
from scoring.native import borrowing
from scoring.ranking import Job, Workspace, score_ranking

#: What may follow in the list: an entry or the end, an entry, or a comma or the end.
FIRST: Final = 0
NEXT: Final = 1
BEHIND: Final = 2
ENDED: Final = 3
# What can be wrong with JSON that is not as declared.
NO_FAULT: Final = 0
NO_JSON: Final = 1
NO_ENTRY: Final = 2
UNKNOWN_KEY: Final = 3
REPEATED_KEY: Final = 4
MISSING_KEY: Final = 5
NESTED: Final = 6
NO_LIST: Final = 7

_KEYS: Final = (b'"query_id"', b'"ans_ids"')


class Entry(NamedTuple):
    """Say where the parts of an entry lie: the query id, what follows the bracket of the list, the end; or what is wrong."""

    fault: int
    place: int
    query: int
    query_end: int
    items: int
    end: int


class Progress(NamedTuple):
    """Say how far a list was read.

    Attributes
    ----------
    position, line : int
        What is not read yet, and the lines before it.
    state, fault : int
        What may follow; what is wrong there.
    rows, logged : int
        Entries, and those that are logged.
    """

    position: int
    line: int
    state: int
    fault: int
    rows: int
    logged: int


@borrowing
def _key(buffer: ByteArray, at: int) -> int:
    """Return which key begins at `at`, or -1."""
    for which in range(len(_KEYS)):
        key, same = _KEYS[which], True
        for offset in range(len(key)):
            same = same and buffer[at + offset] == key[offset]
        if same:
            return which
    return -1


@borrowing
def _list_end(buffer: ByteArray, at: int, stop: int) -> tuple[int, int]:
    """Return what is wrong with a list of scalars that begins behind its bracket at `at`, and what follows it or is wrong."""
    at = after_space(buffer, at, stop)
    if buffer[at] == CLOSE_LIST:
        return NO_FAULT, at + 1
    while True:
        if buffer[at] in (OPEN_LIST, OPEN_OBJECT):
            return NESTED, at
        end = scalar_end(buffer, at, stop)
        if end < 0:
            return NO_JSON, at
        at = after_space(buffer, end, stop)
        if buffer[at] == CLOSE_LIST:
            return NO_FAULT, at + 1
        if buffer[at] != COMMA:
            return NO_JSON, at
        at = after_space(buffer, at + 1, stop)


@borrowing
def _value_end(buffer: ByteArray, key: int, at: int, stop: int) -> tuple[int, int]:
    """Return what is wrong with the value of a key, and what follows it or is wrong."""
    if key == 1:
        return _list_end(buffer, at + 1, stop) if buffer[at] == OPEN_LIST else (NO_LIST, at)
    if buffer[at] in (OPEN_LIST, OPEN_OBJECT):
        return NESTED, at
    end = scalar_end(buffer, at, stop)
    return (NO_FAULT, end) if end >= 0 else (NO_JSON, at)


@borrowing
def _member(buffer: ByteArray, at: int, stop: int) -> tuple[int, int, int, int]:
    """Return what is wrong with a key and its value, which key it is, where the value begins, and what follows it or is wrong."""
    end = scalar_end(buffer, at, stop) if buffer[at] == QUOTE else -1
    if end < 0:
        return NO_JSON, -1, at, at
    colon = after_space(buffer, end, stop)
    if buffer[colon] != COLON:
        return NO_JSON, -1, at, colon
    key, start = _key(buffer, at), after_space(buffer, colon + 1, stop)
    if key < 0:
        return UNKNOWN_KEY, key, start, at
    fault, after = _value_end(buffer, key, start, stop)
    return fault, key, start, after


@borrowing
def _find(buffer: ByteArray, at: int, stop: int) -> Entry:
    """Check an object from its brace at `at` to what follows it at `stop`, and find its parts."""
    query, query_end, items = -1, -1, -1
    at = after_space(buffer, at + 1, stop)
    while buffer[at] != CLOSE_OBJECT or query >= 0 or items >= 0:
        fault, key, start, at = _member(buffer, at, stop)
        if fault == NO_FAULT and ((key == 0 and query >= 0) or (key == 1 and items >= 0)):
            fault = REPEATED_KEY
        if fault == NO_FAULT:
            query, query_end = (start, at) if key == 0 else (query, query_end)
            items = start + 1 if key == 1 else items
            at = after_space(buffer, at, stop)
            if buffer[at] == CLOSE_OBJECT:
                break
            fault = NO_FAULT if buffer[at] == COMMA else NO_JSON
        if fault != NO_FAULT:
            return Entry(fault, at, 0, 0, 0, 0)
        at = after_space(buffer, at + 1, stop)
    fault = MISSING_KEY if query < 0 or items < 0 else NO_FAULT
    return Entry(fault, at, query, query_end, items, stop)


@borrowing
def _content(buffer: ByteArray, start: int, stop: int, by_name: int) -> tuple[int, int]:
    """Return where the id in a scalar lies; one that is not of the declared type is shown as it is, and is no id."""
    if by_name and buffer[start] == QUOTE:
        return start + 1, stop - 1
    return start, stop


@borrowing
def _is_id(buffer: ByteArray, start: int, by_name: int) -> bool:
    """Tell whether a scalar is of the declared type: a string for names, a number for positions."""
    return bool((buffer[start] == QUOTE) == (by_name == 1))


@borrowing
def _query(buffer: ByteArray, entry: Entry, which: int, shape: Shape, tables: Tables, notes: Notes, line: int) -> int:
    """Return the query of an entry, or -1."""
    by_name = 1 - tables.padded
    start, stop = _content(buffer, entry.query, entry.query_end, by_name)
    query = -1
    if _is_id(buffer, entry.query, by_name):
        query = find_id(buffer, start, stop - start, borrowed_set(tables.queries, which))
    if query < 0:
        note(notes, classify(buffer, start, stop, UNKNOWN_QUERY, CONTROL, NOT_UTF8), line, start, stop - start)
        return -1
    return shape.first_query + query


@borrowing
def _items(
    buffer: ByteArray, entry: Entry, track: int, tables: Tables, notes: Notes, line: int, work: Workspace
) -> tuple[int, int]:
    """Read the items of an entry that is known to be right; return their number, and that of the distinct known ones."""
    at, stop = entry.items, entry.end
    ids, row = borrowed_set(tables.values, track), Row(work.seen, work.stamp[0], work.order)
    by_name, listed, kept = 1 - tables.padded, 0, 0
    while True:
        after = after_space(buffer, at, stop)
        line += count_lines(buffer, at, after)
        if buffer[after] == CLOSE_LIST:
            return listed, kept
        if buffer[after] == COMMA:
            at = after + 1
            continue
        at = scalar_end(buffer, after, stop)
        first, last = _content(buffer, after, at, by_name)
        if _is_id(buffer, after, by_name):
            code = look_up(buffer, first, last, ids, row, kept, 0)
        else:
            code = classify(buffer, first, last, UNKNOWN_GALLERY, CONTROL, NOT_UTF8)
        listed += 1
        if code < 0:
            kept += 1
        else:
            note(notes, code, line, first, last - first)


@borrowing
def _read(
    buffer: ByteArray, entry: Entry, query: int, shape: Shape, tables: Tables, notes: Notes, line: int, job: Job
) -> tuple[int, int]:
    """Read the items of an entry, the list of which begins on `line`, and score them; return their number and a hash."""
    work, track = job.work, tables.track_of_query[query]
    next_stamp(work)
    listed, kept = _items(buffer, entry, track, tables, notes, line, work)
    start, end = _content(buffer, entry.query, entry.query_end, 1 - tables.padded)
    note_depth(listed, tables.values.size[track], shape.depth, notes, line, start, end - start)
    if job.truth.enabled:
        used = min(kept, shape.cut) if shape.cut > 0 else kept
        score_ranking(work, used, query, job.truth, job.outcome)
    return listed, order_hash(work.order, kept)


@borrowing
def _log(notes: Notes, logged: int, line: int, entry: Entry, query: int, listed: int, folded: int) -> None:
    """Note which query an entry answers."""
    log = notes.rows[logged]
    log[0], log[1], log[2], log[3], log[4] = query, line, listed, folded, entry.query
    log[5] = entry.query_end - entry.query


@borrowing
def read_entries(
    buffer: ByteArray, span: tuple[int, int, int], which: int, shape: Shape, tables: Tables, notes: Notes, job: Job
) -> Progress:
    """Read the entries of a list as far as they are whole.

    The span is where unread bytes begin and end, and what may follow. `which` is the set of query ids.
    """
    at, stop, state = span
    line, rows, logged = 0, 0, 0
    while True:
        after = after_space(buffer, at, stop)
        line += count_lines(buffer, at, after)
        at = after
        if at == stop:
            return Progress(at, line, state, NO_FAULT, rows, logged)
        if buffer[at] == CLOSE_LIST and state != NEXT:
            return Progress(at + 1, line, ENDED, NO_FAULT, rows, logged)
        if state == BEHIND:
            if buffer[at] != COMMA:
                return Progress(at, line, state, NO_JSON, rows, logged)
            at, state = at + 1, NEXT
            continue
        if buffer[at] != OPEN_OBJECT:
            return Progress(at, line, state, NO_ENTRY, rows, logged)
        end = object_end(buffer, at, stop)
        if end < 0:
            return Progress(at, line, state, NO_FAULT, rows, logged)
        entry = _find(buffer, at, end)
        if entry.fault != NO_FAULT:
            return Progress(entry.place, line + count_lines(buffer, at, entry.place), state, entry.fault, rows, logged)
        lines = (line + count_lines(buffer, at, entry.query), line + count_lines(buffer, at, entry.items))
        query = _query(buffer, entry, which, shape, tables, notes, lines[0])
        if query >= 0:
            listed, folded = _read(buffer, entry, query, shape, tables, notes, lines[1], job)
            _log(notes, logged, lines[0], entry, query, listed, folded)
            logged += 1
        line += count_lines(buffer, at, end)
        rows += 1
        at, state = end, BEHIND
