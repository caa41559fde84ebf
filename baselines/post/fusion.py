"""Combine what several separately trained models say. Facet: `ensemble`.

References
----------
Nguyen et al.: AG-ReID 2023, appendix A.3 (mean of re-ranked distances) and A.4 (sum of cosine similarities).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from baselines.post.reranking import Distances


def mean_of_distances(several: Sequence[Distances]) -> Distances:
    """Return the mean of distance matrices (n_query, n_gallery), each of one model; their ranges should be alike.

    Of cosine distances it orders galleries as the sum of the models' cosines does.

    Raises
    ------
    ValueError
        For no matrix, or matrices of different shapes.
    """
    shapes = sorted({one.shape for one in several})
    if len(shapes) != 1:
        raise ValueError(f"models to fuse must describe the same queries and gallery, not {shapes}")
    mean: Distances = np.stack(several).mean(axis=0, dtype=np.float64).astype(np.float32)
    return mean
