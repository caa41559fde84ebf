"""Distances between features, and the one order that follows from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float32]
Distances = NDArray[np.float32]


def distances(queries: Features, gallery: Features, *, kind: str) -> Distances:
    """Return float32 (n_query, n_gallery), smaller is more alike.

    Parameters
    ----------
    queries, gallery : float32 arrays of shape (n, d)
    kind : "cosine" (1 - cosine of the angle) or "euclidean"
    """
    if kind == "cosine":
        return 1 - unit(queries) @ unit(gallery).T
    squared = (queries**2).sum(1)[:, None] + (gallery**2).sum(1)[None] - 2 * (queries @ gallery.T)
    found: Distances = np.sqrt(np.maximum(squared, 0))
    return found


def unit(features: Features) -> Features:
    """Return features of length 1; a vector of zeros stays one."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    scaled: Features = (features / np.maximum(length, 1e-12)).astype(np.float32)
    return scaled


def order(row: Distances) -> NDArray[np.int64]:
    """Return places of the gallery, nearest first; equal distances go to the earlier place."""
    places: NDArray[np.int64] = np.argsort(row, kind="stable")
    return places
