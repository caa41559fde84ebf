"""Sort the entries of a board into tiers that sampling of people cannot explain away.

t_ij = D_ij / SE_ij,  D_ij = θ_i - θ_j,  SE_ij² = n/(n-1) · Σ_u (z_iu - z_ju)²,  z_iu: influence of identity u on θ_i.
Bootstrap: identities are drawn with replacement, the same for all entries;  t*_ij = Σ_drawn (z_iu - z_ju) / sqrt(Σ_u (…)²).
c = 95 % quantile of max_ij |t*_ij|, turned from a normal tail into that of t with n-1 degrees of freedom.
j is below i if t_ij > c. Tier 1: the best and all that are not below it; then the same with the rest.

All pairs share one c, so the chance that any two equal entries are told apart is 5 % for the whole board.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from scoring.annotations import Annotations
from scoring.comparison.draws import resampled_totals, seed_of
from scoring.comparison.entries import Entry, FloatArray, IntArray, lay_ground
from scoring.comparison.influence import Influence, influence_of, to_fixed
from scoring.errors import ComparisonError
from scoring.intervals.student import t_quantile
from scoring.intervals.wilson import MIN_IDENTITIES
from scoring.native import kernel
from scoring.protocol import Protocol

RESAMPLES: Final = 9_999
MAX_ENTRIES: Final = 50
#: Share of boards on which any two equal entries may be told apart.
LEVEL: Final = 0.05
#: Differences and standard errors below this are rounding.
_NEGLIGIBLE: Final = 1e-9


@dataclass(frozen=True)
class Tiers:
    """Hold the tiers of a board.

    Attributes
    ----------
    tiers : tuple of int, or None
        For each entry its tier, 1 being the best; None for fewer than 20 identities.
    values : tuple of float
        Scores under the board's aggregate, fractions in [0, 1].
    threshold : float or None
        The studentised difference above which one entry is below another.
    resamples, identities : int
    """

    tiers: tuple[int, ...] | None
    values: tuple[float, ...]
    threshold: float | None
    resamples: int
    identities: int


def sort_into_tiers(
    entries: Sequence[Entry],
    *,
    annotations: Annotations,
    protocol: Protocol,
    metric: str,
    split: str,
    resamples: int = RESAMPLES,
) -> Tiers:
    """Sort entries into tiers by all pairwise differences, calibrated jointly by one bootstrap of the identities.

    Parameters
    ----------
    entries : sequence of Entry
        One to 50, in any order: exchanging them exchanges their tiers.
    metric, split : str
        As on the board.
    resamples : int
        Bootstrap resamples, the same for all entries, metrics and splits with as many identities.

    Raises
    ------
    ComparisonError
        ``too_many_entries`` for none or more than 50; else as `compare`.

    Notes
    -----
    Entries of equal values for every identity are never told apart. A tier need not be a range of ranks: an entry may
    share the best one's tier because its differences vary much, while a better one is reliably below.

    References
    ----------
    Westfall and Young: Resampling-Based Multiple Testing, 1993; Romano and Wolf: Exact and Approximate Stepdown Methods
    for Multiple Hypothesis Testing, JASA 2005 (maxima of studentised differences).
    """
    if not 1 <= len(entries) <= MAX_ENTRIES:
        raise ComparisonError(
            "too_many_entries", f"Tiers are given for 1 to {MAX_ENTRIES} entries, not {len(entries)}."
        )
    ground = lay_ground(annotations, protocol, entries)
    found = influence_of(entries, ground, metric=metric, counted=ground.chosen(split))
    seed = seed_of(ground.annotations_sha256, ground.protocol_hash, "tiers")
    return tiers_of(found, seed=seed, resamples=resamples)


def tiers_of(found: Influence, *, seed: np.uint64, resamples: int = RESAMPLES) -> Tiers:
    """Do what `sort_into_tiers` does for influences that are known already."""
    values = tuple(found.values.tolist())
    if found.n_units < MIN_IDENTITIES:
        return Tiers(None, values, None, resamples, found.n_units)
    spread = pair_spreads(found.influence)
    totals, unit = to_fixed(found.influence, terms=found.n_units)
    sums = resampled_totals(seed, totals, resamples)
    largest = np.sort(largest_statistics(sums, np.where(spread > _NEGLIGIBLE, spread / unit, np.inf)))
    rank = min(math.ceil((1.0 - LEVEL) * (resamples + 1)), resamples)
    threshold = _of_student(float(largest[rank - 1]), found.n_units - 1)
    errors = spread * math.sqrt(found.n_units / (found.n_units - 1))
    below = _below(found.values, errors, threshold)
    return Tiers(_sorted_out(found.values, below), values, threshold, resamples, found.n_units)


@kernel
def pair_spreads(influence: FloatArray) -> FloatArray:
    """Return the root of the sum of squared differences of every two columns, (n_entries, n_entries), symmetric."""
    n_units, n_entries = influence.shape
    spread = np.zeros((n_entries, n_entries))
    for unit in range(n_units):
        row = influence[unit]
        for one in range(n_entries):
            for other in range(one):
                apart = row[one] - row[other]
                spread[one, other] += apart * apart
    for one in range(n_entries):
        for other in range(one):
            spread[one, other] = math.sqrt(spread[one, other])
            spread[other, one] = spread[one, other]
    return spread


@kernel
def largest_statistics(sums: IntArray, spread: FloatArray) -> FloatArray:
    """Return the largest studentised difference of any two entries in every resample.

    Parameters
    ----------
    sums : int64 array of shape (resamples, n_entries)
    spread : float64 array of shape (n_entries, n_entries)
        In the unit of the sums; infinite for pairs that do not differ.
    """
    largest = np.zeros(len(sums))
    for resample in range(len(sums)):
        row = sums[resample]
        for one in range(len(row)):
            for other in range(one):
                found = abs(row[one] - row[other]) / spread[one, other]
                largest[resample] = max(largest[resample], found)
    return largest


def _of_student(threshold: float, degrees: int) -> float:
    """Return the t with the tail that the threshold has under the normal distribution.

    The bootstrap knows the joint shape of the differences, but not that their standard errors are estimates.
    """
    tail = 0.5 * math.erfc(threshold / math.sqrt(2.0))
    return t_quantile(degrees, tail) if 0.0 < tail < 0.5 else threshold


def _below(values: FloatArray, errors: FloatArray, threshold: float) -> npt.NDArray[np.bool_]:
    """Tell for each pair whether the second is below the first; (n_entries, n_entries)."""
    apart = values[:, None] - values[None, :]
    # Where no identity's difference departs from the mean difference, that difference is beyond chance, unless it is 0.
    return apart > np.maximum(threshold * errors, _NEGLIGIBLE)


def _sorted_out(values: FloatArray, below: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    """Return the tier of each entry; of several best, those below any are below."""
    found = np.zeros(len(values), dtype=np.int64)
    tier = 0
    while (found == 0).any():
        tier += 1
        left = found == 0
        best = left & (values == values[left].max())
        found[left & ~below[best].any(axis=0)] = tier
    return tuple(found.tolist())
