"""Verification: the share of genuine pairs accepted at the largest threshold that accepts few enough impostor pairs.

TPR@FPR = #{genuine pairs with d < t} / #{genuine pairs}, with t the (k+1)-th smallest distance of impostor pairs and
k = floor(target × #{impostor pairs}).

A pair is a query and a gallery item of its track. It is genuine where the item is a valid match, an impostor where it is of
another identity, distractors among them; junk is neither. So the curve is a step: nothing is interpolated, and impostor pairs at
distance t would all be accepted together, so t itself is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.metrics.definition import DISTANCES, Metric

#: Impostor pairs of which one may be accepted: targets of 1e-4 and 1e-3.
IMPOSTORS_PER_ACCEPTED: Final = (10_000, 1_000)
#: Fewer accepted impostor pairs than this are no measurement of a rate.
MIN_ACCEPTED: Final = 10


class Rate(NamedTuple):
    """Hold the genuine pairs of one track and split at one target."""

    split: str
    track: str
    impostors_per_accepted: int
    accepted: int
    genuine: int


def name(impostors_per_accepted: int) -> str:
    """Return the name of the metric at a target, as scores and boards write it."""
    return f"TPR@FPR={1 / impostors_per_accepted:g}" if impostors_per_accepted < 10_000 else "TPR@FPR=0.0001"


def threshold_place(impostors: int, impostors_per_accepted: int) -> int | None:
    """Return k of the definition: how many impostor pairs may be accepted; None where that is too few for a measurement."""
    is_enough = impostors >= MIN_ACCEPTED * impostors_per_accepted
    return impostors // impostors_per_accepted if is_enough else None


def accepted_pairs(
    genuine: npt.NDArray[np.float64], nearest: npt.NDArray[np.float64], impostors: int, impostors_per_accepted: int
) -> int | None:
    """Return how many genuine pairs are accepted; None where too few impostor pairs may be.

    Parameters
    ----------
    genuine : float64 array
        Distances of genuine pairs, lower is nearer.
    nearest : float64 array, ascending
        The smallest distances of impostor pairs, as many as may be accepted and one more.
    impostors : int
        Number of all impostor pairs.
    impostors_per_accepted : int
        1 / target.

    References
    ----------
    ISO/IEC 19795-1:2021, true accept rate at a false match rate. fast-reid's quantity of this name is another one:
    `scoring.parity.fastreid_tnr_at_frr`.

    Examples
    --------
    >>> import numpy as np
    >>> accepted_pairs(np.array([0.1, 0.2, 0.4]), np.linspace(0.2, 0.4, 11), 100, 10)
    2
    """
    place = threshold_place(impostors, impostors_per_accepted)
    return None if place is None else int(np.count_nonzero(genuine < nearest[place]))


def rows_of_rates(rates: Sequence[Rate], *, micro: str, macro: str) -> list[tuple[str, str, str, float]]:
    """Return split, track, metric and value, with two aggregates where all tracks that have genuine pairs have a rate.

    Notes
    -----
    Each track has its own threshold. Micro is the share of all tracks' genuine pairs, macro the mean of the tracks' shares.
    """
    rows = []
    for split, per in dict.fromkeys((rate.split, rate.impostors_per_accepted) for rate in rates):
        chosen = [rate for rate in rates if (rate.split, rate.impostors_per_accepted) == (split, per)]
        shares = [rate.accepted / rate.genuine for rate in chosen]
        rows += [(split, rate.track, name(per), share) for rate, share in zip(chosen, shares, strict=True)]
        pooled = sum(rate.accepted for rate in chosen) / sum(rate.genuine for rate in chosen)
        rows += [(split, micro, name(per), pooled), (split, macro, name(per), sum(shares) / len(shares))]
    return rows


METRIC: Final = Metric(
    name="TPR@FPR",
    definition="share of genuine pairs with d < t, t the (floor(target × impostor pairs) + 1)-th smallest impostor distance",
    paper="ISO/IEC 19795-1:2021",
    families=(DISTANCES,),
)
