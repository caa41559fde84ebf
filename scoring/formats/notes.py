"""Hold what rows are read against and what is noted about them."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.formats.tokens import IdTable, IntArray
from scoring.native import borrowing_inlined

LABELS: Final = 0
RANKING: Final = 1
LINES: Final = 2
RUN: Final = 3
JSON: Final = 4

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
DUPLICATE_LABELS: Final = 13
BAD_SCORE: Final = 14
N_NOTES: Final = 15

#: What hashes of answers multiply with.
MULTIPLIER: Final = -7046029254386353131


class Shape(NamedTuple):
    """Hold what is declared about a file.

    Attributes
    ----------
    top : int
        The largest number of labels per query.
    first_query, end_query : int
        Where lines name no query: the one that the first line of the call answers, and the one behind the last.
    """

    kind: int
    columns: int
    query_column: int
    value_column: int
    depth: int
    cut: int
    tracks: int
    check_labels: int
    top: int
    first_query: int
    end_query: int


class Notes(NamedTuple):
    """Collect what one call of the kernel finds.

    Attributes
    ----------
    items : int64 array of shape (N_NOTES, room, 3)
        Line counted from the first line of the call, start and length in the buffer.
    room, stored, counts, lines, last : int64 arrays of shape (N_NOTES,)
        How many items may be stored, are stored, occurred, and on how many lines; the last of those lines, -1 for none.
    rows : int64 array of shape (n, 6)
        Per row that answers a query: query, line, number of ids, hash of its order, start and length of the query id.
    """

    items: npt.NDArray[np.int64]
    room: IntArray
    stored: IntArray
    counts: IntArray
    lines: IntArray
    last: IntArray
    rows: npt.NDArray[np.int64]


class Tables(NamedTuple):
    """Hold the ids that rows are read against: queries of all tracks, then gallery ids per track or labels.

    Attributes
    ----------
    padded : int
        1 where items are called by their positions: leading zeros are then read.
    """

    queries: IdTable
    values: IdTable
    track_of_query: IntArray
    padded: int


@borrowing_inlined
def note(notes: Notes, code: int, line: int, start: int, length: int) -> None:
    """Count an occurrence and store it while there is room."""
    notes.counts[code] += 1
    if notes.last[code] != line:
        notes.last[code] = line
        notes.lines[code] += 1
    stored = notes.stored[code]
    if stored < notes.room[code]:
        notes.items[code, stored, 0] = line
        notes.items[code, stored, 1] = start
        notes.items[code, stored, 2] = length
        notes.stored[code] = stored + 1
