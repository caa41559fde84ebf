"""Rank-k of predicted labels: the share of queries with the right identity among the first k that they name.

accuracy@k = (1/Q) · Σ_q [pid_q in {predicted_q1, …, predicted_qk}]
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from scoring.metrics.cmc import RANKS, name
from scoring.metrics.definition import LABELS, FloatArray, Found, Metric
from scoring.native import inlined, kernel


@inlined
def is_right(predicted: int, actual: int) -> bool:
    """Tell whether a query's predicted identity is its own.

    Parameters
    ----------
    predicted, actual : int
        Codes of identities; a prediction that is no known identity is negative and is wrong.

    Notes
    -----
    Labels are compared as exact strings before they become codes. The AG-ReID2023 challenge calls this number
    "mAP@k=1"; it equals rank-1 when the label is that of the first gallery item.

    References
    ----------
    Nguyen et al.: AG-ReID 2023: Aerial-Ground Person Re-identification Challenge Results, IJCB 2023.

    Examples
    --------
    >>> bool(is_right(4, 4)), bool(is_right(-1, 4))
    (True, False)
    """
    return predicted == actual


@kernel
def right_ranks(predicted: npt.NDArray[np.int64], actual: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the rank of each query's own identity among the identities that it names, 1 is best, 0 where it is not named.

    Parameters
    ----------
    predicted : int64 array of shape (n_queries, top)
        Codes of distinct identities, best first; negative ones are wrong.
    actual : int64 array of shape (n_queries,)

    Examples
    --------
    >>> right_ranks(np.array([[4, 2], [2, 4], [1, -1]]), np.array([4, 4, 4])).tolist()
    [1, 2, 0]
    """
    ranks = np.zeros(len(actual), dtype=np.int64)
    for query in range(len(actual)):
        for rank in range(predicted.shape[1], 0, -1):
            if is_right(predicted[query, rank - 1], actual[query]):
                ranks[query] = rank
    return ranks


def of_queries(found: Found) -> dict[str, FloatArray]:
    """Return the values of all queries for each stored rank up to the number of identities that a file may name."""
    right, valid = found.first, found.relevant > 0
    named = found.depth or 1
    return {
        name(k): ((right > 0) & (right <= k) & valid).astype(np.float64) for k in sorted({*RANKS, named}) if k <= named
    }


METRIC: Final = Metric(
    name="rank-k of labels",
    definition="1 if the query's identity is among the first k labels, as exact strings, else 0",
    paper="Nguyen et al., IJCB 2023",
    families=(LABELS,),
    of_queries=of_queries,
)
