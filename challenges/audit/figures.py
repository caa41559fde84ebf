"""Hold what the audit prints: a figure with its interval, the bar it is held against, and the verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scoring import Result
from scoring.intervals.jackknife import query_role_error, query_role_influence
from scoring.intervals.student import t_quantile
from scoring.intervals.wilson import MIN_IDENTITIES

SHARE, POINTS, RATIO = "share", "points", "ratio"
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """Hold a value with the bounds of its 95 % interval, None where there is none."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Figure:
    """Hold one row of the audit.

    Attributes
    ----------
    name : str
        Key, the same in every audit.
    label : str
        For people.
    unit : str
        ``share`` (a fraction, shown in per cent), ``points`` (a difference of shares) or ``ratio``.
    bar : str
        What is asked, in words; empty for a figure that is shown for comparison.
    passed : bool or None
        None where nothing is asked.
    series : tuple of float
        Shares behind the figure, such as those of bins.
    details : mapping of str to float
        Other numbers behind it.
    """

    name: str
    label: str
    unit: str
    estimate: Estimate
    bar: str = ""
    passed: bool | None = None
    series: tuple[float, ...] = ()
    details: Mapping[str, float] = field(default_factory=dict)

    def to_mapping(self) -> dict[str, object]:
        """Return the figure as plain JSON values: fractions, never per cent; a value that cannot be told is None."""
        estimate = self.estimate
        value = estimate.value if math.isfinite(estimate.value) else None
        return {
            "name": self.name, "label": self.label, "unit": self.unit, "value": value, "low": estimate.low,
            "high": estimate.high, "bar": self.bar, "passed": self.passed, "series": list(self.series),
            "details": dict(self.details),
        }  # fmt: skip


def within(estimate: Estimate, *, least: float = -math.inf, most: float = math.inf) -> bool:
    """Tell whether the value itself, not its interval, meets a bar."""
    return least <= estimate.value <= most


def score_of(result: Result, metric: str = "rank-1", *, track: str = "micro") -> Estimate:
    """Return a score over both splits with its two-role interval."""
    for score in result.scores:
        if (score.split, score.track, score.metric) == ("all", track, metric):
            return Estimate(score.value, score.low, score.high)
    raise KeyError(f"{track} {metric}")


def chance_of(result: Result) -> float:
    """Return the rank-1 of a random order over all queries, from that of each track."""
    queries = {count.track: count.queries for count in result.counts if count.split == "all"}
    tracks = result.chance.keys() & queries.keys()
    total = math.fsum(queries[track] for track in tracks)
    return math.fsum(result.chance[track]["rank-1"] * queries[track] for track in tracks) / total


def right_first(result: Result) -> FloatArray:
    """Return 1 for each query whose first item is a match, else 0, in the order of the results."""
    right: FloatArray = (result.per_query["first_match_rank"] == 1).astype(np.float64)
    return right


def mean_difference(first: FloatArray, second: FloatArray, pids: NDArray[np.str_]) -> Estimate:
    """Return the mean of paired differences with its interval over identities, the galleries fixed."""
    units, unit = np.unique(pids, return_inverse=True)
    influence = query_role_influence(first - second, unit, len(units))
    return symmetric(float((first - second).mean()), query_role_error(influence, len(units)), len(units))


def symmetric(value: float, error: float, identities: int) -> Estimate:
    """Return value ± t · error; no interval below 20 identities."""
    if identities < MIN_IDENTITIES:
        return Estimate(value)
    reach = t_quantile(identities - 1) * error
    return Estimate(value, value - reach, value + reach)
