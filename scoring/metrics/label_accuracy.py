"""Rank-1 of predicted labels: the share of queries whose predicted identity is right.

accuracy = (1/Q) · Σ_q [predicted_q = pid_q]
"""

from __future__ import annotations

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
