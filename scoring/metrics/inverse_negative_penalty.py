"""Inverse negative penalty of one query; mINP is its mean over queries.

INP = R / r_R, with R the number of matches and r_R the rank of the last one after junk is dropped.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from scoring.metrics.cmc import RANKS
from scoring.metrics.definition import DISTANCES, RANKINGS, Metric
from scoring.native import inlined

NAME: Final = "mINP"


@inlined
def inverse_negative_penalty(relevant: int, last_match_rank: int) -> float:
    """Return the share of matches among all items down to the last match.

    Parameters
    ----------
    relevant : int
        Valid matches in the gallery, at least 1.
    last_match_rank : int
        Rank of the last of them, 1 is best.

    Notes
    -----
    Needs rankings of the whole gallery; it is not given for cut rankings or labels.

    References
    ----------
    Ye et al.: Deep Learning for Person Re-identification: A Survey and Outlook, TPAMI 2021, section 4.3.

    Examples
    --------
    >>> inverse_negative_penalty(3, 6)
    0.5
    """
    return relevant / last_match_rank


METRIC: Final = Metric(
    name=NAME,
    definition="R / r_R",
    paper="Ye et al., TPAMI 2021",
    families=(RANKINGS, DISTANCES),
    needs_all=True,
    of_queries=lambda found: {NAME: np.nan_to_num(found.inverse_negative_penalty)},
    kernel_rows={NAME: len(RANKS) + 1},
)
