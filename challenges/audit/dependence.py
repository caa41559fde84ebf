"""Ask how much the queries of one identity, and rivals in everybody's gallery, depend on each other.

The design effect of a score is its variance over the variance that as many independent queries would give it.

References
----------
Kish: Survey Sampling, 1965, section 8.2.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from challenges.audit.contest import Contest, Distance, Rows, junk_of
from challenges.audit.figures import RATIO, Estimate, Figure, within
from scoring.intervals.jackknife import two_role_error

LEAST, MOST = 1.5, 5.0
FloatArray = NDArray[np.float64]


def design_effects(contest: Contest, distance: Distance) -> Iterator[Figure]:
    """Yield the design effects of rank-1 and of average precision, both micro over all queries."""
    values, without = jackknifed(contest, distance)
    for row, (name, label) in enumerate((("rank_1", "design effect of rank-1"), ("ap", "design effect of AP"))):
        effect = design_effect(values[row], without[row], contest.pids)
        passed = within(effect, least=LEAST, most=MOST)
        yield Figure(f"design_effect_{name}", label, RATIO, effect, f"{LEAST:g} to {MOST:g}", passed)


def design_effect(values: FloatArray, without: FloatArray, pids: NDArray[np.str_]) -> Estimate:
    """Return SE² of a mean, by the jackknife of both roles, over Var(values) / n.

    Parameters
    ----------
    values : float64 (n_queries,)
    without : float64 (n_identities,)
        The mean without each identity in queries and gallery.

    Notes
    -----
    The interval is log-normal: the variance is a mean of squares over identities, whose relative error is that of the
    squared deviations.
    """
    independent = values.var() / len(values)
    if independent == 0.0:
        return Estimate(math.nan)
    effect = two_role_error(without) ** 2 / independent
    squares = (without - without.mean()) ** 2
    reach = math.exp(1.96 * squares.std() / squares.mean() / math.sqrt(len(without)))
    return Estimate(float(effect), float(effect / reach), float(effect * reach))


def jackknifed(contest: Contest, distance: Distance) -> tuple[FloatArray, FloatArray]:
    """Return rank-1 and average precision of each query, (2, n_queries), and their means without each identity, (2, n).

    The scorer gives intervals but not the errors behind them: they are worked out again here, by its definition
    (`scoring.intervals.jackknife`), from the items of each identity that stand before each match.
    """
    names, unit = np.unique(contest.test_set.column("pid"), return_inverse=True)
    values, sums, asked, count = [], np.zeros((2, len(names))), np.zeros(len(names)), 0
    for queries, gallery in contest.parts.values():
        junk = junk_of(contest.test_set, queries, gallery, contest.protocol.junk)
        for query, row, left_out in zip(queries, distance(queries, gallery), junk, strict=True):
            order = np.argsort(row, kind="stable")
            ranked = unit[gallery[order[~left_out[order]]]]
            value, reduced = _of_query(ranked, unit[query], len(names))
            values.append(value)
            sums += reduced
            asked[unit[query]] += 1
            count += 1
    return np.array(values).T, sums / (count - asked)


def _of_query(ranked: Rows, own: int, n_units: int) -> tuple[FloatArray, FloatArray]:
    """Return rank-1 and AP of one ranking of identities, and both without each identity; 0 without its own."""
    places = np.flatnonzero(ranked == own)
    before = np.arange(places[-1] + 1)
    group = np.searchsorted(places, before)  # the match that an item stands before
    ahead = np.bincount(group * n_units + ranked[: len(before)], minlength=len(places) * n_units)
    ahead = ahead.reshape(len(places), n_units).cumsum(axis=0)
    found = np.arange(1, len(places) + 1)
    value = np.array([places[0] == 0, (found / (places + 1)).mean()], dtype=np.float64)
    ranks = places[:, None] + 1 - ahead
    ranks[:, own] = places + 1
    reduced = np.stack([ranks[0] == 1, (found[:, None] / ranks).mean(axis=0)]).astype(np.float64)
    reduced[:, own] = 0.0
    return value, reduced
