"""Rank-k of predicted labels: the share of queries whose identity is among the first k that a file names.

accuracy = (1/Q) · Σ_q [predicted_q = pid_q] for k = 1
"""

from __future__ import annotations

from typing import Final

import numpy as np

from scoring.metrics.cmc import RANKS, name
from scoring.metrics.definition import LABELS, FloatArray, Found, Metric
from scoring.native import inlined


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


def of_queries(found: Found) -> dict[str, FloatArray]:
    """Return the values of all queries for each stored rank up to the number of identities that a file may name."""
    right, valid = found.first, found.relevant > 0
    named = found.depth or 1
    return {name(k): ((right > 0) & (right <= k) & valid).astype(np.float64) for k in RANKS if k <= named}


METRIC: Final = Metric(
    name="rank-k of labels",
    definition="1 if the query's identity is among the first k labels, as exact strings, else 0",
    paper="Nguyen et al., IJCB 2023",
    families=(LABELS,),
    of_queries=of_queries,
)
