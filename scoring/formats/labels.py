"""Read the labels of a row: one identity, or the first few, best first."""

from __future__ import annotations

from scoring.formats.fields import SPACE, classify, field_end, trimmed
from scoring.formats.notes import (
    CONTROL,
    DUPLICATE_LABELS,
    EMPTY_VALUE,
    EXTRA_SPACES,
    MANY_LABELS,
    MULTIPLIER,
    NOT_UTF8,
    UNKNOWN_LABEL,
    Notes,
    Shape,
    Tables,
    note,
)
from scoring.formats.tokens import borrowed_set, find_id
from scoring.formats.words import ByteArray
from scoring.native import borrowing
from scoring.ranking import Outcome, Workspace


@borrowing
def _label(buffer: ByteArray, start: int, stop: int, tables: Tables, notes: Notes, line: int, check: int) -> int:
    """Return the code of one label, -1 for an unknown one; note what is wrong with it."""
    label = find_id(buffer, start, stop - start, borrowed_set(tables.values, 0))
    if label < 0:
        code = classify(buffer, start, stop, UNKNOWN_LABEL, CONTROL, NOT_UTF8)
        if code != UNKNOWN_LABEL or check:
            note(notes, code, line, start, stop - start)
    return label


@borrowing
def _is_repeated(buffer: ByteArray, first: int, start: int, stop: int) -> bool:
    """Tell whether the label at `start` stands before it already, in a field that begins at `first`."""
    at = first
    while at < start:
        same, length = True, 0
        while buffer[at + length] != SPACE:
            same = same and length < stop - start and buffer[at + length] == buffer[start + length]
            length += 1
        if same and length == stop - start:
            return True
        at += length + 1
    return False


@borrowing
def read_labels(
    buffer: ByteArray,
    position: int,
    quoted: bool,
    tables: Tables,
    notes: Notes,
    line: int,
    shape: Shape,
    work: Workspace,
) -> tuple[int, int, int]:
    """Return where the field ends, the number of labels in it, and a hash of its bytes; their codes are the row's order."""
    end = field_end(buffer, position, quoted)
    start, stop = trimmed(buffer, position, end)
    if stop - start < end - position and stop > start:
        note(notes, EXTRA_SPACES, line, start, stop - start)
    if stop == start:
        note(notes, EMPTY_VALUE, line, position, 0)
    folded, first, read, listed = stop - start, start, 0, 0
    for at in range(start, stop):
        folded = folded * MULTIPLIER + int(buffer[at])
    while first < stop:
        last = first
        while last < stop and buffer[last] != SPACE:
            last += 1
        if last == first:
            note(notes, EXTRA_SPACES, line, first, 0)
        elif read == shape.top:
            note(notes, MANY_LABELS, line, start, stop - start)
            break
        else:
            read += 1
            if _is_repeated(buffer, start, first, last):
                note(notes, DUPLICATE_LABELS, line, first, last - first)
            else:
                work.order[listed] = _label(buffer, first, last, tables, notes, line, shape.check_labels)
                listed += 1
        first = last + 1
    return end, listed, folded


@borrowing
def keep_labels(outcome: Outcome, query: int, listed: int, work: Workspace) -> None:
    """Take the labels of a row over as the answer of a query."""
    for rank in range(listed):
        outcome.label[query, rank] = work.order[rank]
