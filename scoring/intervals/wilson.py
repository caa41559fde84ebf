"""The interval of a share in Wilson's form, with an effective number of observations.

n_eff = min(p(1-p) / SE², queries),  t = t quantile with identities - 1 degrees of freedom
centre = (p + t²/(2·n_eff)) / (1 + t²/n_eff)
half   = t / (1 + t²/n_eff) · sqrt(p(1-p)/n_eff + t²/(4·n_eff²))

Unlike p ± t·SE it never leaves [0, 1] and is not symmetric where the share is near 0 or 1. The bound by the number of
queries matters near 1: where hardly a query of the drawn people failed, their small spread says little of the people who
were not drawn, and p(1-p)/SE² alone would count as thousands of observations.
"""

from __future__ import annotations

import math
from typing import Final

from scoring.intervals.student import t_quantile

#: With fewer identities no interval is given: its coverage would be a matter of luck.
MIN_IDENTITIES: Final = 20
#: Standard errors below this are rounding, and so are spreads below its square: a score that no identity changes has none.
_NEGLIGIBLE: Final = 1e-9


def wilson_interval(share: float, standard_error: float, identities: int, queries: int) -> tuple[float, float] | None:
    """Return the bounds of the 95 % interval, or None for fewer than 20 identities.

    Parameters
    ----------
    share : float
        The score, a fraction in [0, 1].
    standard_error : float
        Its standard error over identities, at least 0. Where it is 0 (below 1e-9), and where the share is 0 or 1, every identity
        counts as one observation.
    identities : int
        Number of sampled identities with counted queries.
    queries : int
        Number of values that the score is a mean of, at least `identities`: no more observations are ever counted.

    References
    ----------
    Wilson: Probable Inference, the Law of Succession, and Statistical Inference, JASA 1927; the effective sample size and
    its bound by the actual one after Korn and Graubard: Confidence Intervals for Proportions with Small Expected Number
    of Positive Counts, Survey Methodology 1998.

    Examples
    --------
    >>> [round(bound, 4) for bound in wilson_interval(0.5, 0.05, 100, 300)]
    [0.4027, 0.5973]
    """
    if identities < MIN_IDENTITIES:
        return None
    spread = share * (1.0 - share)
    number = (
        min(spread / (standard_error * standard_error), float(queries))
        if standard_error > _NEGLIGIBLE and spread > _NEGLIGIBLE**2
        else float(identities)
    )
    t = t_quantile(identities - 1)
    shrink = 1.0 + t * t / number
    centre = (share + t * t / (2.0 * number)) / shrink
    half = t / shrink * math.sqrt(spread / number + t * t / (4.0 * number * number))
    # Rounding alone could put a bound a hair on the wrong side.
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))
