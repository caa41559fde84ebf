"""Cumulative matching characteristic: the share of queries with a match among the first k items.

CMC@k = (1/Q) · Σ_q [r_q ≤ k], with r_q the rank of the first match of query q after junk is dropped. Where galleries are
drawn for each query, the value of a query is the share of draws whose one match stands among the first k.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from scoring.metrics.definition import DISTANCES, RANKINGS, FloatArray, Found, Metric
from scoring.native import inlined

#: The ranks that are stored; all but the first are left out where the depth is smaller.
RANKS: Final = (1, 2, 5, 10, 20, 50)


def name(k: int) -> str:
    """Return the name of the metric at rank k, as scores and boards write it."""
    return f"rank-{k}"


@inlined
def is_hit(first_match_rank: int, k: int) -> bool:
    """Tell whether a query has a match among its first k items.

    Parameters
    ----------
    first_match_rank : int
        Rank of the first match, 1 is best, 0 for a query whose list holds none.
    k : int
        At least 1 and at most the depth of the rankings.

    Notes
    -----
    Every match counts in full, whatever the number of matches (the Market-1501 convention; CUHK03's single-gallery
    draw is another protocol). Items that are not listed are not retrieved.

    References
    ----------
    Gray, Brennan, Tao: Evaluating Appearance Models for Recognition, Reacquisition, and Tracking, PETS 2007.
    Zheng et al.: Scalable Person Re-identification: A Benchmark, ICCV 2015, section 5.1.

    Examples
    --------
    >>> bool(is_hit(3, 5)), bool(is_hit(3, 2)), bool(is_hit(0, 5))
    (True, False, False)
    """
    return 0 < first_match_rank <= k


def of_queries(found: Found) -> dict[str, FloatArray]:
    """Return the values of all queries for each rank that is stored and does not exceed the depth."""
    values = {}
    for which, k in enumerate(RANKS):
        if found.depth is not None and k > found.depth:
            continue
        hits = (found.first > 0) & (found.first <= k) if found.hits is None else found.hits[:, which]
        values[name(k)] = hits.astype(np.float64) / found.draws
    return values


METRIC: Final = Metric(
    name="rank-k",
    definition="1 if r_1 ≤ k, else 0",
    paper="Gray, Brennan, Tao, PETS 2007; Zheng et al., ICCV 2015",
    families=(RANKINGS, DISTANCES),
    of_queries=of_queries,
    kernel_rows={name(k): row for row, k in enumerate(RANKS)},
)
