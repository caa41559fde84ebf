"""Test whether two submissions differ: flip the signs of the identities' differences.

D = Σ_u d_u with d_u = w_u(first) - w_u(second); one sign per identity for all its queries and tracks.
p = (b + 1) / (B + 1), b being the number of sign patterns with |Σ ±d_u| ≥ |D|.

If neither submission is better, an identity's difference is as likely as its opposite. Queries of one person are no
independent observations: tests that flip single queries reject a true null in every third or fourth case.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from scoring.annotations import Annotations
from scoring.comparison.draws import flipped_totals, seed_of
from scoring.comparison.entries import Entry, FloatArray, Ground, lay_ground
from scoring.comparison.influence import influence_of, to_fixed
from scoring.intervals.jackknife import query_role_error
from scoring.intervals.student import t_quantile
from scoring.intervals.wilson import MIN_IDENTITIES
from scoring.protocol import Protocol

REPLICATES: Final = 9_999
#: Totals closer than this share of the sum of all absolute differences are equal: whole numbers of 2⁻⁴⁴ decide no finer.
_TIED: Final = 2.0**-36


@dataclass(frozen=True)
class Difference:
    """Hold the comparison of two submissions on one metric and split; all numbers are fractions.

    Attributes
    ----------
    first, second, difference : float
        The scores under the board's aggregate, and the first less the second.
    low, high : float or None
        Bounds of the 95 % interval of the difference with a fixed gallery; None for fewer than 20 identities.
    p_value : float or None
        Two-sided; None for fewer than 20 identities.
    replicates, identities, queries : int
        Sign patterns drawn; identities and queries that count.
    won, lost, equal : int
        Queries on which the first has the higher, the lower, or the same value.
    """

    first: float
    second: float
    difference: float
    low: float | None
    high: float | None
    p_value: float | None
    replicates: int
    identities: int
    queries: int
    won: int
    lost: int
    equal: int


def compare(
    first: Entry,
    second: Entry,
    *,
    annotations: Annotations,
    protocol: Protocol,
    metric: str,
    split: str,
    replicates: int = REPLICATES,
) -> Difference:
    """Test the difference of two submissions by joint sign flips of the identities.

    Parameters
    ----------
    metric : str
        As on the board: ``rank-1``, ``mAP``, …
    split : str
        ``public``, ``private`` or ``all``.
    replicates : int
        Sign patterns to draw; the smallest p is 1 / (replicates + 1).

    Raises
    ------
    ComparisonError
        When the entries are not of this ground truth and protocol, or metric or split do not exist.

    Notes
    -----
    A function of the two tables, the ground truth and the protocol alone: the same bytes on every machine. Exchanging
    the entries changes signs and nothing else.

    References
    ----------
    Fisher: The Design of Experiments, 1935, section 21; Phipson and Smyth: Permutation P-values Should Never Be Zero,
    2010 (the added 1); Canay, Romano and Shaikh: Randomization Tests under an Approximate Symmetry Assumption,
    Econometrica 2017 (signs per cluster).
    """
    ground = lay_ground(annotations, protocol, (first, second))
    return difference_on(ground, first, second, metric=metric, split=split, replicates=replicates)


def difference_on(
    ground: Ground, first: Entry, second: Entry, *, metric: str, split: str, replicates: int = REPLICATES
) -> Difference:
    """Do what `compare` does for entries whose ground is laid already."""
    counted = ground.chosen(split)
    found = influence_of((first, second), ground, metric=metric, counted=counted)
    one, other = first.values(metric)[counted], second.values(metric)[counted]
    difference = float(found.values[0] - found.values[1])
    half = p_value = None
    if found.n_units >= MIN_IDENTITIES:
        error = query_role_error(found.influence[:, 0] - found.influence[:, 1], found.n_units)
        half = t_quantile(found.n_units - 1) * error
        p_value = _p_value(ground, found.share[:, 0] - found.share[:, 1], replicates)
    return Difference(
        first=float(found.values[0]),
        second=float(found.values[1]),
        difference=difference,
        low=None if half is None else max(-1.0, difference - half),
        high=None if half is None else min(1.0, difference + half),
        p_value=p_value,
        replicates=replicates,
        identities=found.n_units,
        queries=len(one),
        won=int(np.count_nonzero(one > other)),
        lost=int(np.count_nonzero(one < other)),
        equal=int(np.count_nonzero(one == other)),
    )


def _p_value(ground: Ground, differences: FloatArray, replicates: int) -> float:
    """Return (b + 1) / (B + 1); patterns whose sum ties with the observed one count as at least as large."""
    totals, _ = to_fixed(differences, terms=len(differences))
    seed = seed_of(ground.annotations_sha256, ground.protocol_hash, "sign flips")
    sums = flipped_totals(seed, totals, replicates)
    slack = math.ceil(float(np.abs(totals).sum()) * _TIED)
    reached = int(np.count_nonzero(np.abs(sums) >= abs(int(totals.sum())) - slack))
    return (reached + 1) / (replicates + 1)
