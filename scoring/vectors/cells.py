"""Read the numbers of a CSV matrix: an id, then one number for each column, line by line."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.formats.decimals import LONG_NUMBER, NO_NUMBER, read_decimal
from scoring.formats.words import ByteArray
from scoring.vectors.native import inlined, kernel

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

_COMMA: Final = 0x2C
_LINE_END: Final = 0x0A
#: What may stand around a cell: spaces, quotes and carriage returns.
_AROUND: Final = (0x20, 0x22, 0x0D)


class Numbers(NamedTuple):
    """Hold what is read from one block.

    Attributes
    ----------
    rows : float64 array of shape (slots, gallery)
        Distances in the published order of the gallery, of lines with as many cells as there are columns.
    marks : int64 array of shape (lines, 7)
        Line within the block, start and end of the id, cells behind it, cells that are no numbers, start of the first of
        those, and its slot; -1 for lines with another number of cells, which cannot fill memory so.
    longs : int64 array of shape (cells, 4)
        Numbers of many digits, which are left to a slower reader: row, place, start, end.
    """

    rows: FloatArray
    marks: IntArray
    longs: IntArray


@inlined
def _trimmed(buffer: ByteArray, start: int, end: int) -> tuple[int, int]:
    while start < end and (buffer[start] == _AROUND[0] or buffer[start] == _AROUND[1] or buffer[start] == _AROUND[2]):
        start += 1
    while start < end and (
        buffer[end - 1] == _AROUND[0] or buffer[end - 1] == _AROUND[1] or buffer[end - 1] == _AROUND[2]
    ):
        end -= 1
    return start, end


@inlined
def _cell_end(buffer: ByteArray, position: int) -> int:
    while buffer[position] != _COMMA and buffer[position] != _LINE_END:
        position += 1
    return position


@kernel
def read_numbers(
    buffer: ByteArray, start: int, stop: int, places: npt.NDArray[np.int64], found: Numbers
) -> tuple[int, int, int]:
    """Read whole lines; return the number of lines, of rows with content, and of numbers that are left over.

    Parameters
    ----------
    places : int64 array of shape (columns,)
        Position in the gallery of each column; -1 for a column that is not read.
    """
    lines, count, left, slot, position = 0, 0, 0, 0, start
    while position < stop:
        end = _cell_end(buffer, position)
        first, last = _trimmed(buffer, position, end)
        if buffer[end] == _LINE_END and first == last:
            lines, position = lines + 1, end + 1
            continue
        mark = found.marks[count]
        mark[0], mark[1], mark[2], mark[3], mark[4] = lines, first, last, 0, 0
        row = found.rows[slot]
        while buffer[end] == _COMMA:
            begin, end = end + 1, _cell_end(buffer, end + 1)
            first, last = _trimmed(buffer, begin, end)
            place = places[mark[3]] if mark[3] < len(places) else -1
            kind, value = read_decimal(buffer, first, last)
            if kind == NO_NUMBER:
                if mark[4] == 0:
                    mark[5] = first
                mark[4] += 1
            elif place >= 0 and kind == LONG_NUMBER:
                found.longs[left, 0], found.longs[left, 1] = slot, place
                found.longs[left, 2], found.longs[left, 3] = first, last
                left += 1
            elif place >= 0:
                row[place] = value
            mark[3] += 1
        mark[6] = slot if mark[3] == len(places) else -1
        slot += mark[6] >= 0
        lines, count, position = lines + 1, count + 1, end + 1
    return lines, count, left
