"""Combine what several separately trained models say. Facet: `ensemble`.

References
----------
Nguyen et al.: AG-ReID 2023, appendix A.3 (mean of re-ranked distances) and A.4 (sum of cosine similarities).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from baselines.post.reranking import Distances, Features


def mean_of_distances(several: Sequence[Distances]) -> Distances:
    """Return the mean of distance matrices (n_query, n_gallery), each of one model; their ranges should be alike.

    Raises
    ------
    ValueError
        For no matrix, or matrices of different shapes.
    """
    _check([one.shape for one in several])
    mean: Distances = np.stack(several).mean(axis=0, dtype=np.float64).astype(np.float32)
    return mean


def sum_of_cosines(several: Sequence[tuple[Features, Features]]) -> Distances:
    """Return the number of models less the sum of their cosine similarities: (n_query, n_gallery), smaller is more alike.

    Parameters
    ----------
    several : pairs of float32 arrays of shape (n_query, d) and (n_gallery, d)
        Features of queries and gallery, of one model each; d may differ between models.

    Raises
    ------
    ValueError
        For no model, or models of different numbers of images.
    """
    _check([(len(queries), len(gallery)) for queries, gallery in several])
    cosines = np.stack([_unit(queries) @ _unit(gallery).T for queries, gallery in several])
    fused: Distances = (len(several) - cosines.sum(axis=0)).astype(np.float32)
    return fused


def _unit(features: Features) -> NDArray[np.float64]:
    values = features.astype(np.float64)
    values /= np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
    return values


def _check(shapes: Sequence[tuple[int, ...]]) -> None:
    if len(set(shapes)) != 1:
        raise ValueError(f"models to fuse must describe the same queries and gallery, not {sorted(set(shapes))}")
