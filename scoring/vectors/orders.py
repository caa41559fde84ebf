"""Rank the whole gallery exactly, for files that list it: every order is that of the exact distances.

Scoring needs no such order; this is for converting embeddings and distances into ranking files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from scoring.vectors.native import kernel
from scoring.vectors.prepared import FloatArray, Prepared, exact_distance, prepare

OrderArray = npt.NDArray[np.int64]

_ROWS: Final = 32
_DOUBLE_ROUNDING: Final = 2.0**-53


def distance_orders(distances: npt.NDArray[Any]) -> Iterator[OrderArray]:
    """Yield the gallery positions of each query, nearest first; ties go to the earlier position.

    Parameters
    ----------
    distances : float array of shape (n_queries, n_gallery)
        Finite; lower is nearer.

    Yields
    ------
    int64 array of shape (n_gallery,)
    """
    for row in distances:
        yield np.argsort(row, kind="stable")


def embedding_orders(queries: npt.NDArray[Any], gallery: npt.NDArray[Any], *, metric: str) -> Iterator[OrderArray]:
    """Yield the gallery positions of each query by exact distance, nearest first; ties go to the earlier position.

    Parameters
    ----------
    queries, gallery : float16 or float32 arrays of shape (n, d)
        Finite; no row of length 0 for ``cosine``.
    metric : str
        ``cosine`` or ``euclidean``.

    Yields
    ------
    int64 array of shape (n_gallery,)

    Notes
    -----
    A float64 product sorts; neighbours closer than its error bound are ordered by exact distances.
    """
    pair = prepare(np.array(queries, np.float32), np.array(gallery, np.float32), metric=metric)
    items = pair[1].values * pair[1].factors[:, None]
    terms = 4.0 * (items.shape[1] + 16) * _DOUBLE_ROUNDING
    for first in range(0, len(queries), _ROWS):
        rows = pair[0].values[first : first + _ROWS] * pair[0].factors[first : first + _ROWS, None]
        bases = pair[1].offsets.astype(np.float64) if metric == "cosine" else pair[1].bases
        keys = bases - rows @ items.T
        longest = max(pair[0].longest, pair[1].longest)
        for at in range(len(rows)):
            order = np.argsort(keys[at], kind="stable")
            _settle(first + at, keys[at], order, pair[0], pair[1], 2.0 * terms * longest * longest)
            yield order


@kernel
def _settle(
    query: int, keys: FloatArray, order: OrderArray, queries: Prepared, gallery: Prepared, window: float
) -> None:
    """Order each run of items whose neighbours are closer than the window by exact distances."""
    start = 0
    while start < len(order):
        stop = start + 1
        while stop < len(order) and keys[order[stop]] - keys[order[stop - 1]] <= window:
            stop += 1
        if stop > start + 1:
            run = np.sort(order[start:stop])
            exact = np.empty(len(run))
            for at in range(len(run)):
                exact[at] = exact_distance(queries, gallery, query, run[at])
            order[start:stop] = run[np.argsort(exact, kind="mergesort")]
        start = stop
