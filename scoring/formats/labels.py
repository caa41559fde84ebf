"""Read the labels of a row: one identity, or the first few, best first."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

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
from scoring.formats.words import ByteArray, masked_word, signed
from scoring.native import borrowing, borrowing_inlined
from scoring.ranking import Outcome, Workspace

LabelTable = npt.NDArray[np.int64]

_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_HALF: Final = np.uint64(32)
_U1: Final = np.uint64(1)


@borrowing
def _label(buffer: ByteArray, start: int, stop: int, tables: Tables, notes: Notes, line: int, check: int) -> int:
    """Return the code of one label, -1 for an unknown one; note what is wrong with it."""
    label = find_id(buffer, start, stop - start, borrowed_set(tables.values, 0))
    if label < 0:
        code = classify(buffer, start, stop, UNKNOWN_LABEL, CONTROL, NOT_UTF8)
        if code != UNKNOWN_LABEL or check:
            note(notes, code, line, start, stop - start)
    return label


@borrowing_inlined
def _mixed(value: np.uint64) -> np.uint64:
    """Let every bit reach the upper half, by way of the lower one: products carry upwards only."""
    return (value ^ (value >> _HALF)) * _ODD


@borrowing
def _hash(buffer: ByteArray, start: int, length: int, seed: np.uint64) -> np.uint64:
    """Hash a label, eight bytes at a time."""
    value = seed ^ np.uint64(length)
    for offset in range(0, length, 8):
        value = _mixed(value ^ masked_word(buffer, start + offset, length - offset))
    value = _mixed(value)
    return value ^ (value >> _HALF)


@borrowing
def _are_equal(buffer: ByteArray, first: int, second: int, length: int) -> bool:
    for offset in range(0, length, 8):
        if masked_word(buffer, first + offset, length - offset) != masked_word(
            buffer, second + offset, length - offset
        ):
            return False
    return True


@borrowing
def is_repeated(buffer: ByteArray, start: int, stop: int, seed: np.uint64, labels: LabelTable) -> bool:
    """Tell whether a label stands in its row already, and remember it.

    Parameters
    ----------
    seed : uint64
        Of the row; made of its bytes, so that no file can choose labels that meet in one slot.
    labels : int64 array of shape (slots, 4)
        Row, hash, start and length of what each slot holds; with more than twice as many slots as a row has labels. The first
        slot is kept for the number of the row.
    """
    length, row, last = stop - start, labels[0, 0], np.uint64(len(labels) - 2)
    hashed = _hash(buffer, start, length, seed)
    slot, key = hashed & last, signed(hashed)
    while labels[slot + _U1, 0] == row:
        held = labels[slot + _U1]
        if held[1] == key and held[3] == length and _are_equal(buffer, held[2], start, length):
            return True
        slot = (slot + _U1) & last
    held = labels[slot + _U1]
    held[0], held[1], held[2], held[3] = row, key, start, length
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
    # The row's number tells what its slots hold from what earlier rows left there.
    work.labels[0, 0] += 1
    seed = np.uint64(folded)
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
            if shape.top > 1 and is_repeated(buffer, first, last, seed, work.labels):
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
