"""Count how often an interval holds the mean score of test sets of its size.

The parameter is the mean over the population of test sets with as many identities; it is estimated by the mean of the
replicates, whose error is 1/sqrt(replicates) of one score's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from scoring.result import Score
from scoring.validation.engine import METRICS, score_embeddings
from scoring.validation.population import NOISE, draw_sample, embed, generator
from scoring.validation.shares import Share

#: What the two-role interval must reach, by number of identities: bootstraps and jackknives of few people are rougher.
LEAST: Final = {50: 0.92, 200: 0.93, 808: 0.93}
MOST: Final = 0.995
#: What the interval of a fixed gallery must reach for rank-1; for mAP it is only shown: it ignores half of what varies.
QUERY_ROLE_LEAST: Final = 0.90
_PURPOSE: Final = 1


@dataclass(frozen=True)
class Coverage:
    """Hold what was counted for one metric in one cell.

    Attributes
    ----------
    mean, deviation : float
        Of the scores over replicates: the parameter, and what standard errors estimate.
    two_roles, query_role : Share
        Replicates whose interval holds the parameter.
    width, query_width : float
        Mean width of both intervals.
    """

    identities: int
    level: float
    metric: str
    mean: float
    deviation: float
    two_roles: Share
    query_role: Share
    width: float
    query_width: float


def coverage(identities: int, level: float, *, replicates: int, seed: int) -> list[Coverage]:
    """Simulate one cell and return its metrics."""
    both: dict[str, list[tuple[Score, Score]]] = {metric: [] for metric in METRICS}
    for replicate in range(replicates):
        draw = generator(seed, _PURPOSE, identities, round(1000 * level), replicate)
        sample = draw_sample(draw, identities, name=str(replicate))
        scored = score_embeddings(sample, embed(draw, sample, NOISE[identities][level]))
        for metric in METRICS:
            both[metric].append((scored.two_roles[metric], scored.query_role[metric]))
    return [_counted(identities, level, metric, both[metric]) for metric in METRICS]


def _counted(identities: int, level: float, metric: str, scores: list[tuple[Score, Score]]) -> Coverage:
    values = np.array([score.value for score, _ in scores])
    mean = float(values.mean())
    held, widths = np.zeros(2, dtype=np.int64), np.zeros(2)
    for pair in scores:
        low = np.array([score.low for score in pair], dtype=np.float64)
        high = np.array([score.high for score in pair], dtype=np.float64)
        held += (low <= mean) & (mean <= high)
        widths += (high - low) / len(scores)
    least = QUERY_ROLE_LEAST if metric == "rank-1" else None
    return Coverage(
        identities=identities,
        level=level,
        metric=metric,
        mean=mean,
        deviation=float(values.std(ddof=1)),
        two_roles=Share(int(held[0]), len(scores), LEAST[identities], MOST),
        query_role=Share(int(held[1]), len(scores), least),
        width=float(widths[0]),
        query_width=float(widths[1]),
    )
