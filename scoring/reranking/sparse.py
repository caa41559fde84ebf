"""Hold sparse matrices as compressed rows."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.reranking.native import kernel
from scoring.reranking.threads import over_chunks

_CHUNK_ROWS: Final = 256


class Rows(NamedTuple):
    """Hold the entries of a matrix row by row, columns ascending: what `scipy.sparse.csr_matrix` takes.

    Attributes
    ----------
    starts : int64 array of shape (rows + 1,)
        Where the entries of each row begin.
    columns : int32 array of shape (entries,)
    values : float64 array of shape (entries,)

    Examples
    --------
    ``scipy.sparse.csr_matrix((rows.values, rows.columns, rows.starts), shape=(n, n))``
    """

    starts: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int32]
    values: npt.NDArray[np.float64]


def stacked(parts: list[Rows]) -> Rows:
    """Return matrices one below the other."""
    counts = [np.diff(part.starts) for part in parts]
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate(counts))])
    return Rows(
        starts, np.concatenate([part.columns for part in parts]), np.concatenate([part.values for part in parts])
    )


@kernel
def transposed(rows: Rows, first: int, width: int) -> Rows:
    """Return the transpose, shape (width, rows - first), of the rows from `first` on, which are numbered from 0."""
    starts = np.zeros(width + 1, np.int64)
    begin = rows.starts[first]
    for at in range(begin, len(rows.columns)):
        starts[rows.columns[at] + 1] += 1
    starts = np.cumsum(starts)
    columns = np.empty(len(rows.columns) - begin, np.int32)
    values = np.empty(len(columns))
    filled = starts[:-1].copy()
    for row in range(first, len(rows.starts) - 1):
        for at in range(rows.starts[row], rows.starts[row + 1]):
            place = filled[rows.columns[at]]
            columns[place], values[place] = row - first, rows.values[at]
            filled[rows.columns[at]] = place + 1
    return Rows(starts, columns, values)


@kernel
def row_sums(rows: Rows) -> npt.NDArray[np.float64]:
    """Return the sum of each row, added in the order of its columns."""
    sums = np.zeros(len(rows.starts) - 1)
    for row in range(len(sums)):
        for at in range(rows.starts[row], rows.starts[row + 1]):
            sums[row] += rows.values[at]
    return sums


def combined(rows: Rows, group: npt.NDArray[np.int32], shares: npt.NDArray[np.float64], threads: int | None) -> Rows:
    """Return the matrix of which row i is the sum of shares[i, k] times row group[i, k], added in the order of k.

    Parameters
    ----------
    group, shares : arrays of shape (n, size)
        `shares` may have one row for all.
    """
    shares = np.ascontiguousarray(np.broadcast_to(shares, group.shape))
    count = len(rows.starts) - 1
    return stacked(
        over_chunks(lambda a, b: _combined(a, b, rows, group, shares), count, size=_CHUNK_ROWS, threads=threads)
    )


@kernel
def _combined(first: int, last: int, rows: Rows, group: npt.NDArray[np.int32], shares: npt.NDArray[np.float64]) -> Rows:
    """Combine rows for the rows from `first` to `last`."""
    starts = np.zeros(last - first + 1, np.int64)
    room = 0
    for row in range(first, last):
        for item in group[row]:
            room += rows.starts[item + 1] - rows.starts[item]
    columns, values = np.empty(room, np.int32), np.empty(room)
    sums, has = np.zeros(len(group)), np.zeros(len(group), np.bool_)
    filled = 0
    for row in range(first, last):
        begin = filled
        for which in range(group.shape[1]):
            item, share = group[row, which], shares[row, which]
            for at in range(rows.starts[item], rows.starts[item + 1]):
                column = rows.columns[at]
                if not has[column]:
                    has[column] = True
                    columns[filled] = column
                    filled += 1
                sums[column] += share * rows.values[at]
        columns[begin:filled].sort()
        for at in range(begin, filled):
            column = columns[at]
            values[at] = sums[column]
            sums[column], has[column] = 0.0, False
        starts[row - first + 1] = filled
    return Rows(starts, columns[:filled].copy(), values[:filled].copy())
