"""Compute what fast-reid prints as TPR@FPR, under the name of what it is.

fast-reid gives distances as scores and calls impostor pairs positive. So its "false positive rate" is the share of genuine
pairs at or beyond a distance, which are falsely rejected (FRR), and its "true positive rate" the share of impostor pairs
there, which are rightly rejected (TNR).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

#: The rates at which fast-reid prints its quantity.
ROC_TARGETS: Final = (1e-4, 1e-3, 1e-2)


def fastreid_tnr_at_frr(
    genuine: npt.NDArray[np.floating], impostor: npt.NDArray[np.floating], targets: Sequence[float] = ROC_TARGETS
) -> tuple[float, ...]:
    """Return the share of impostor pairs that are rejected where about a target share of genuine pairs is.

    Parameters
    ----------
    genuine, impostor : float arrays of shape (n_genuine,) and (n_impostor,)
        Distances of the pairs that are no junk, lower is nearer; both of at least one pair, none of them NaN.
    targets : sequence of float
        False rejection rates, fractions in [0, 1].

    Returns
    -------
    tuple of float
        True rejection rates, fractions in [0, 1], better when higher; one per target.

    Raises
    ------
    ValueError
        When there is no pair of one kind.

    Notes
    -----
    The threshold is that of the corner of the curve whose false rejection rate lies nearest to the target, above or below
    it, the first one where two are alike. Points between two collinear neighbours are no corners (scikit-learn's
    ``roc_curve``, which fast-reid calls, drops them), so the rate that is reached can be far from the target. With fewer
    than 1 / (2 · target) genuine pairs it is 0, and so is the result, whatever the distances.

    The usual verification rate is another quantity: the share of genuine pairs accepted where at most a target share of
    impostor pairs is.

    References
    ----------
    JDAI-CV/fast-reid, fastreid/evaluation/roc.py and reid_evaluation.py.

    Examples
    --------
    >>> fastreid_tnr_at_frr(np.array([0.1, 0.2, 0.6]), np.array([0.5, 0.7, 0.8, 0.9]), [0.0, 0.3])
    (0.0, 0.75)
    """
    if not (len(genuine) and len(impostor)):
        raise ValueError("A rate needs genuine and impostor pairs.")
    thresholds = np.unique(np.concatenate([genuine, impostor]))[::-1]
    rejected = [
        len(pairs) - np.searchsorted(np.sort(pairs), thresholds, side="left").astype(np.int64)
        for pairs in (genuine, impostor)
    ]
    corner = np.ones(len(thresholds), dtype=np.bool_)
    corner[1:-1] = (np.diff(rejected[0], 2) != 0) | (np.diff(rejected[1], 2) != 0)
    # Before the largest distance nothing is rejected.
    false_rejection, true_rejection = (
        np.concatenate([[0], counts[corner]]) / len(pairs)
        for counts, pairs in zip(rejected, (genuine, impostor), strict=True)
    )
    nearest = [int(np.argmin(np.abs(false_rejection - target))) for target in targets]
    return tuple(float(true_rejection[at]) for at in nearest)
