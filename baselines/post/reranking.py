"""Re-rank by k-reciprocal neighbours, and expand queries: the scorer's own implementations under the recipes' words.

Facet: `rerank`, for both read a neighbourhood of query and gallery.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scoring.reranking import VARIANTS, expand_jointly
from scoring.reranking import rerank as _rerank

Features = NDArray[np.float32]
Distances = NDArray[np.float32]


def rerank(
    queries: Features,
    gallery: Features,
    *,
    k1: int = 20,
    k2: int = 6,
    weight: float = 0.3,
    code: str = "strong_baseline",
) -> Distances:
    """Return the distances of k-reciprocal re-ranking, (n_query, n_gallery), smaller is more alike.

    Parameters
    ----------
    queries, gallery : float32 arrays of shape (n, d)
        All queries of a track together: each takes part in the neighbourhoods of the others.
    k1, k2 : int
        Neighbours in an encoding, and encodings in an average.
    weight : float from 0 to 1
        Share of the original distance.
    code : str
        Whose choices are followed where published codes differ: a name of `scoring.reranking.VARIANTS`.

    Raises
    ------
    ValueError
        For an unknown code, a value out of range, or a feature without a direction.

    References
    ----------
    Zhong, Zheng, Cao, Li: Re-ranking Person Re-identification with k-reciprocal Encoding, CVPR 2017, section 3.
    """
    if code not in VARIANTS:
        raise ValueError(f'unknown code of re-ranking "{code}" (there are {", ".join(VARIANTS)})')
    settings = replace(VARIANTS[code], k1=k1, k2=k2, lambda_value=weight)
    return _rerank(queries, gallery, settings=settings).matrix()


def expand(
    queries: Features, gallery: Features, *, k: int = 5, alpha: int = 3, passes: int = 1
) -> tuple[Features, Features]:
    """Return queries and gallery, each image replaced by the weighted mean of its k nearest of both, itself counted.

    Parameters
    ----------
    alpha : int
        Power of the cosine as weight; 0 is the plain average.
    passes : int
        How often, with neighbours found anew.

    References
    ----------
    Chum et al.: Total Recall, ICCV 2007, section 4. JDAI-CV/fast-reid, fastreid/evaluation/query_expansion.py (5, 3, 1).
    """
    return expand_jointly(queries, gallery, neighbours=k, alpha=alpha, passes=passes)
