"""The expected score of a random order, in closed form.

A query with R matches among N gallery items that are not junk for it has, in a uniformly random order,
rank-k:  1 - C(N-R, k) / C(N, k)
AP:      (1/N) · Σ_{n ≤ K} p_n  with  p_n = (1 + (n-1)·(R-1)/(N-1)) / n, the expected precision at a match at rank n;
         for the trapezoid rule p_n becomes its mean with the expected precision before, (R-1)/(N-1), or 1 at n = 1.

K is the cut, N for full rankings. The denominator `min_relevant_k` scales by R / min(R, K); `found` is the expectation
over the number F of matches among the first K, hypergeometric, which is linear in F for F ≥ 1. Junk is taken as
dropped before the cut, so that for cut rankings with much junk the level is a little high.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from scoring.metrics import average_precision

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
_STEP: Final = average_precision.STEP


def chance_rank_k(relevant: IntArray, ranked: IntArray, k: int) -> float:
    """Return the expected CMC at k over queries with `relevant` matches among `ranked` items; 0 without queries."""
    if len(relevant) == 0:
        return 0.0
    return math.fsum(1.0 - _miss(relevant, ranked, k)) / len(relevant)


def chance_mean_average_precision(
    relevant: IntArray, ranked: IntArray, *, definition: int, denominator: int, depth: int
) -> float:
    """Return the expected mAP over queries; 0 without queries.

    Parameters
    ----------
    relevant, ranked : int64 arrays of shape (n_queries,)
        Number of matches, at least 1, and of gallery items that are not junk.
    definition, denominator, depth : int
        As in `scoring.ranking.Truth`; depth 0 for full rankings.
    """
    if len(relevant) == 0:
        return 0.0
    cut = np.minimum(ranked, depth) if depth else ranked
    if denominator == average_precision.FOUND:
        hit = 1.0 - _miss(relevant, ranked, depth)
        found = cut * relevant / ranked
        at_one, slope = _sums(cut, np.ones_like(relevant), cut, definition), _slope(cut, definition)
        values = (hit * at_one + slope * (found - hit)) / cut
    else:
        values = _sums(ranked, relevant, cut, definition) / ranked
        if denominator == average_precision.MIN_RELEVANT_K:
            values = values * relevant / np.minimum(relevant, depth)
    return math.fsum(values) / len(values)


def _sums(ranked: IntArray, relevant: IntArray, cut: IntArray, definition: int) -> FloatArray:
    """Sum the expected precision at a match over the ranks down to the cut."""
    harmonic = _harmonic(cut)
    density = (relevant - 1) / np.maximum(ranked - 1, 1)
    precision = harmonic + density * (cut - harmonic)
    if definition == _STEP:
        return precision
    before = 1.0 + (cut - 1) * density
    return 0.5 * (precision + before)


def _slope(cut: IntArray, definition: int) -> FloatArray:
    """Return what one more match among the first K adds to the sum."""
    two = _sums(cut, np.full_like(cut, 2), cut, definition)
    return two - _sums(cut, np.ones_like(cut), cut, definition)


def _harmonic(numbers: IntArray) -> FloatArray:
    """Return the harmonic numbers, added up in order."""
    table = np.zeros(int(numbers.max()) + 1)
    table[1:] = np.cumsum(1.0 / np.arange(1, len(table)))
    return table[numbers]


def _miss(relevant: IntArray, ranked: IntArray, k: int) -> FloatArray:
    """Return the probability that none of the first k items is a match."""
    miss = np.ones(len(relevant))
    for position in range(min(k, int(ranked.max()))):
        left = np.maximum(ranked - position, 1)
        miss *= np.maximum(ranked - relevant - position, 0) / left
    return miss
