"""Give what each identity's queries add to the scores of entries, over all tracks at once.

micro: w_u = Σ_{q∈u} v_q / N.   macro: w_u = 1/T · Σ_t Σ_{q∈u,t} v_q / N_t.   Draws that ask differently are averaged first.
Influence: the same with v_q less the mean of its pool, so that it sums to 0 over identities.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from scoring.answers import SCALE
from scoring.comparison.entries import BoolArray, Entry, FloatArray, Ground, IntArray

MICRO: Final = "micro"
#: Sums of fixed-point numbers stay below 2^_ROOM.
_ROOM: Final = 62


@dataclass(frozen=True)
class Influence:
    """Hold the scores of entries and where they come from.

    Attributes
    ----------
    values : float64 array of shape (n_entries,)
        Scores, fractions in [0, 1], better when higher; the same numbers as on the board.
    share, influence : float64 arrays of shape (n_units, n_entries)
        What each unit adds to the score, and to its deviation; units with counted queries alone.
    """

    values: FloatArray
    share: FloatArray
    influence: FloatArray

    @property
    def n_units(self) -> int:
        """Return the number of identities with counted queries."""
        return len(self.share)


def influence_of(entries: Sequence[Entry], ground: Ground, *, metric: str, counted: BoolArray) -> Influence:
    """Sum the queries' values per unit.

    Parameters
    ----------
    counted : bool array of shape (n_queries,)
        The queries that the score is over; at least one.

    Notes
    -----
    Values are summed per unit in whole numbers of 2⁻⁴⁴ and scores are correctly rounded sums, so that no order of
    queries changes a bit.
    """
    units, unit = np.unique(ground.query_unit[counted], return_inverse=True)
    pool, group = _pools(ground, counted)
    weights = [1.0 / (len(np.unique(group)) * np.count_nonzero(group == of)) for of in group]
    cell = unit.reshape(-1) * len(weights) + pool
    asked = np.bincount(cell, minlength=len(units) * len(weights)).reshape(len(units), -1)
    of_pool = asked.sum(axis=0)
    shape = (len(entries), len(units), len(weights))
    sums, means = np.zeros(shape), np.zeros((len(entries), len(weights)))
    for number, entry in enumerate(entries):
        values = entry.values(metric)[counted]
        sums[number] = _sums(values, cell, asked.size).reshape(shape[1:])
        means[number] = [math.fsum(values[pool == which].tolist()) / size for which, size in enumerate(of_pool)]
    share, influence = np.zeros(shape[:2]), np.zeros(shape[:2])
    for which, weight in enumerate(weights):
        share += sums[:, :, which] * weight / of_pool[which]
        influence += (sums[:, :, which] - means[:, which, None] * asked[:, which]) * weight / of_pool[which]
    scores = np.array([_score(row, group) for row in means])
    return Influence(scores, np.ascontiguousarray(share.T), np.ascontiguousarray(influence.T))


def _pools(ground: Ground, counted: BoolArray) -> tuple[IntArray, IntArray]:
    """Number the pools over which values are averaged first, and the group whose score is the mean of its pools.

    Pools are draws that ask differently; groups are the tracks under ``macro``, else there is one.
    """
    track = np.zeros_like(ground.query_track) if ground.aggregate == MICRO else ground.query_track
    pairs, pool = np.unique(np.stack([track, ground.query_draw])[:, counted], axis=1, return_inverse=True)
    return pool.reshape(-1), pairs[0]


def _score(means: FloatArray, group: IntArray) -> float:
    """Average pools inside groups, then groups, as the board does."""
    of_groups = [math.fsum(means[group == of].tolist()) / np.count_nonzero(group == of) for of in np.unique(group)]
    return math.fsum(of_groups) / len(of_groups)


def _sums(values: FloatArray, cell: npt.NDArray[np.intp], n_cells: int) -> FloatArray:
    sums = np.zeros(n_cells, dtype=np.int64)
    np.add.at(sums, cell, (values * SCALE + 0.5).astype(np.int64))
    return sums / SCALE


def to_fixed(values: FloatArray, *, terms: int) -> tuple[IntArray, float]:
    """Return whole numbers in proportion to values, such that any sum of so many of them is exact, and their unit.

    Parameters
    ----------
    terms : int
        How many values, each as often as it pleases, a sum may have.
    """
    largest = float(np.abs(values).max(initial=0.0))
    exponent = _ROOM - math.frexp(largest * terms)[1] if largest > 0.0 else 0
    return np.rint(np.ldexp(values, exponent)).astype(np.int64), math.ldexp(1.0, -exponent)
