"""Distances between features, and the one order that follows from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float32]
Distances = NDArray[np.float32]


_ROWS = 512
"""Queries at a time: a block is in double precision."""


def distances(queries: Features, gallery: Features, *, kind: str) -> Distances:
    """Return float32 (n_query, n_gallery), smaller is more alike.

    Products are summed in double precision and rounded once, for a matrix library sums equal columns in unequal orders, and
    equal images must lie at equal distances.

    Parameters
    ----------
    queries, gallery : float32 arrays of shape (n, d)
    kind : "cosine" (1 - cosine of the angle) or "euclidean"
    """
    first, second = (_lengthened(one, kind) for one in (queries, gallery))
    found = np.empty((len(queries), len(gallery)), np.float32)
    for start in range(0, len(queries), _ROWS):
        some = first[start : start + _ROWS]
        products = some @ second.T
        if kind == "cosine":
            found[start : start + _ROWS] = 1 - products
        else:
            squared = (some**2).sum(1)[:, None] + (second**2).sum(1)[None] - 2 * products
            found[start : start + _ROWS] = np.sqrt(np.maximum(squared, 0))
    return found


def _lengthened(features: Features, kind: str) -> NDArray[np.float64]:
    """Return features in double precision, of length 1 where angles are compared; a vector of zeros stays one."""
    values = features.astype(np.float64)
    if kind == "cosine":
        values /= np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
    return values


def order(row: Distances) -> NDArray[np.int64]:
    """Return places of the gallery, nearest first; equal distances go to the earlier place."""
    places: NDArray[np.int64] = np.argsort(row, kind="stable")
    return places
