"""Compute the scores that a random order reaches, exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence


def chance_rank_1(relevant: Sequence[int], gallery: int) -> float:
    """Return the expected rank-1 of a random order, a fraction; `relevant` has each query's number of matches."""
    return math.fsum(count / gallery for count in relevant) / len(relevant)


def chance_map(relevant: Sequence[int], gallery: int) -> float:
    """Return the expected mean average precision of a random order of `gallery` images, a fraction.

    Notes
    -----
    For n matches among N the item at rank k is a match with probability n/N and has then on average (k-1)(n-1)/(N-1)
    matches before it; so E[AP] = (H + (n-1)/(N-1) (N-H)) / N with H the N-th harmonic number.

    Examples
    --------
    >>> chance_map([1], 2), chance_map([2], 2)
    (0.75, 1.0)
    """
    harmonic = math.fsum(1.0 / rank for rank in range(1, gallery + 1))
    rest = (gallery - harmonic) / max(1, gallery - 1)
    values = [(harmonic + (count - 1) * rest) / gallery for count in relevant]
    return math.fsum(values) / len(values)
