"""Score one ranking: walk down the list, drop junk, note the matches.

Average precision and CMC depend on the ranks of the matches alone. On the same walk, the number of items of every
other identity ahead of each match gives the value that the query would have without that identity: taking n items out
from ahead of a match moves it up by n. So the delete-one-identity jackknife is exact and ranks nothing again.

What single queries would have is summed in whole numbers of 2^-44: such sums are the same in every order.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.metrics.average_precision import divisor, precision_term
from scoring.metrics.cmc import RANKS, is_hit
from scoring.metrics.inverse_negative_penalty import inverse_negative_penalty
from scoring.native import borrowing, inlined

#: Codes in `Truth.gallery_pid` for items that never match, and for those that are junk for every query.
DISTRACTOR: Final = -1
JUNK: Final = -2
#: Rows of `Outcome.without`: one per rank of CMC, then AP and INP.
N_METRICS: Final = len(RANKS) + 2
AP: Final = len(RANKS)
INP: Final = len(RANKS) + 1
SCALE: Final = float(1 << 44)

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


class Truth(NamedTuple):
    """Hold the answers as whole numbers; gallery arrays hold all tracks one behind another.

    Attributes
    ----------
    enabled, two_roles, has_open_junk : bool
        Whether rows are scored, whether the jackknife is summed, whether a junk set leaves out the identity.
    definition, denominator, depth : int
        How average precision is computed; depth 0 for rankings that are not cut.
    query_pid, query_unit, query_track, query_cell, relevant : int64 arrays of shape (n_queries,)
        Identity, sampled unit, track, track and split, and number of valid matches.
    first_item : int64 array of shape (n_tracks,)
        Where the gallery of a track begins.
    gallery_pid, gallery_unit : int32 arrays of shape (n_items,)
        Identity or `DISTRACTOR` or `JUNK`; sampled unit or -1.
    query_junk, gallery_junk : int32 arrays of shape (n_sets, n_queries) and (n_sets, n_items)
        Equal codes mean junk.
    """

    enabled: bool
    two_roles: bool
    has_open_junk: bool
    definition: int
    denominator: int
    depth: int
    query_pid: IntArray
    query_unit: IntArray
    query_track: IntArray
    query_cell: IntArray
    relevant: IntArray
    first_item: IntArray
    gallery_pid: npt.NDArray[np.int32]
    gallery_unit: npt.NDArray[np.int32]
    query_junk: npt.NDArray[np.int32]
    gallery_junk: npt.NDArray[np.int32]


class Outcome(NamedTuple):
    """Collect the results of queries.

    Attributes
    ----------
    label : int64 array of shape (n_queries, top)
        Predicted identities, best first, -1 for those that are not known or not given.
    first, last, found : int64 arrays of shape (n_queries,)
        Ranks of the first and last match found (0 for none); number of matches found.
    average_precision, inverse_negative_penalty : float64 arrays of shape (n_queries,)
        Fractions in [0, 1]; the latter NaN where not all matches are listed.
    without : int64 array of shape (n_cells, N_METRICS, n_units)
        Sum over queries of their values without the unit, less `everywhere`, in whole numbers of 1 / SCALE.
    everywhere : int64 array of shape (n_cells, N_METRICS)
        What is to be added for every unit.
    """

    label: IntArray
    first: IntArray
    last: IntArray
    found: IntArray
    average_precision: FloatArray
    inverse_negative_penalty: FloatArray
    without: npt.NDArray[np.int64]
    everywhere: npt.NDArray[np.int64]


class Workspace(NamedTuple):
    """Hold what one thread writes while it reads a row.

    Attributes
    ----------
    seen, stamp : uint8 arrays
        Which items the row has listed: those whose entry equals the stamp.
    order : int32 array
        Positions in the gallery of the track, best first.
    ahead : int32 array of shape (n_units,)
        Items of each unit that were passed.
    touched : int32 array of shape (n_units,)
        The units that were passed, in the order of their first items.
    reduced : float64 array of shape (n_units,)
        The query's sum of precision without each unit that was passed.
    terms : float64 array of shape (n_units + 1,)
        What a match adds to that sum, by the number of a unit's items ahead of it: where all have few, far fewer numbers
        are divided than there are units.
    """

    seen: npt.NDArray[np.uint8]
    stamp: npt.NDArray[np.uint8]
    order: npt.NDArray[np.int32]
    ahead: npt.NDArray[np.int32]
    touched: npt.NDArray[np.int32]
    reduced: FloatArray
    terms: FloatArray


class Walk(NamedTuple):
    """Say how far a row was walked: position in the list, items ranked, units passed and their most items, sum of precision."""

    position: int
    rank: int
    touched: int
    most: int
    total: float


class Job(NamedTuple):
    """Hold the answers, the results, and the workspace of the thread that computes them."""

    truth: Truth
    outcome: Outcome
    work: Workspace


@borrowing
def is_junk(truth: Truth, query: int, item: int) -> bool:
    """Tell whether an item equals a query in all columns of a junk set."""
    for which in range(len(truth.query_junk)):  # noqa: SIM110 (kernels have no generators)
        if truth.query_junk[which, query] == truth.gallery_junk[which, item]:
            return True
    return False


@borrowing
def is_dropped(truth: Truth, query: int, item: int) -> bool:
    """Tell whether an item is junk for a query; items of other identities are compared only where a rule needs it."""
    other = truth.gallery_pid[item]
    if other == JUNK:
        return True
    return (other == truth.query_pid[query] or truth.has_open_junk) and is_junk(truth, query, item)


@inlined
def _fixed(value: float) -> int:
    return int(value * SCALE + 0.5)


@borrowing
def _add_term(work: Workspace, walk: Walk, definition: int, found: int) -> None:
    """Add the precision at a match without each unit that has items ahead; the others see what the query sees."""
    ahead, reduced, units, terms, rank = work.ahead, work.reduced, work.touched, work.terms, walk.rank
    if walk.most > walk.touched:
        for which in range(walk.touched):
            reduced[units[which]] += precision_term(definition, found, rank - ahead[units[which]])
        return
    for number in range(1, walk.most + 1):
        terms[number] = precision_term(definition, found, rank - number)
    for which in range(walk.touched):
        unit = units[which]
        reduced[unit] += terms[ahead[unit]]


@borrowing
def _add_first(work: Workspace, touched: int, truth: Truth, outcome: Outcome, query: int, rank: int) -> None:
    """Add the hits of CMC without each unit."""
    cell, own = truth.query_cell[query], truth.query_unit[query]
    one, ahead, units = int(SCALE), work.ahead, work.touched
    for which in range(len(RANKS)):
        k = RANKS[which]
        sums = outcome.without[cell, which]
        if is_hit(rank, k):
            outcome.everywhere[cell, which] += one
            sums[own] -= one
        else:
            kept = sums[own]
            for at in range(touched):
                if is_hit(rank - ahead[units[at]], k):
                    sums[units[at]] += one
            # Other people of a query's own cluster stand ahead as well, but without it the query is not asked at all.
            sums[own] = kept


@borrowing
def _add_last(
    work: Workspace, touched: int, truth: Truth, outcome: Outcome, query: int, rank: int, total: float
) -> None:
    """Add average precision and inverse negative penalty without each unit, once the last match is passed."""
    cell, own, relevant = truth.query_cell[query], truth.query_unit[query], truth.relevant[query]
    precision, penalty = outcome.without[cell, AP], outcome.without[cell, INP]
    usual_precision = _fixed(total / relevant)
    usual_penalty = _fixed(inverse_negative_penalty(relevant, rank))
    outcome.everywhere[cell, AP] += usual_precision
    outcome.everywhere[cell, INP] += usual_penalty
    # Without its own identity the query is not asked at all.
    kept_precision, kept_penalty = precision[own] - usual_precision, penalty[own] - usual_penalty
    for which in range(touched):
        unit = work.touched[which]
        precision[unit] += _fixed(work.reduced[unit] / relevant) - usual_precision
        penalty[unit] += _fixed(inverse_negative_penalty(relevant, rank - work.ahead[unit])) - usual_penalty
    precision[own], penalty[own] = kept_precision, kept_penalty


@borrowing
def _next_match(work: Workspace, truth: Truth, query: int, base: int, listed: int, walk: Walk) -> Walk:
    """Walk on to the next match; its position is `listed` where there is none."""
    pids, units, order, ahead = truth.gallery_pid[base:], truth.gallery_unit[base:], work.order, work.ahead
    pid, open_junk, two_roles = truth.query_pid[query], truth.has_open_junk, truth.two_roles
    position, rank, touched, most, total = walk
    while position < listed:
        item = order[position]
        other = pids[item]
        if open_junk or other in (pid, JUNK):
            if is_dropped(truth, query, base + item):
                position += 1
                continue
            if other == pid:
                break
        if two_roles and units[item] >= 0:
            unit = units[item]
            if ahead[unit] == 0:
                # Up to here the query's sum without this unit was the query's own.
                work.touched[touched] = unit
                work.reduced[unit] = total
                touched += 1
            ahead[unit] += 1
            most = max(most, ahead[unit])
        rank += 1
        position += 1
    return Walk(position, rank, touched, most, total)


@borrowing
def _match(work: Workspace, walk: Walk, truth: Truth, outcome: Outcome, query: int, found: int) -> None:
    """Note one match for the jackknife."""
    if found == 1:
        _add_first(work, walk.touched, truth, outcome, query, walk.rank)
    _add_term(work, walk, truth.definition, found)
    if found == truth.relevant[query]:
        _add_last(work, walk.touched, truth, outcome, query, walk.rank, walk.total)


@borrowing
def score_ranking(work: Workspace, listed: int, query: int, truth: Truth, outcome: Outcome) -> None:
    """Score the first `listed` items of the row in the workspace for one query."""
    relevant = truth.relevant[query]
    if relevant == 0:
        return
    work.ahead[:] = 0
    base = truth.first_item[truth.query_track[query]]
    found, last, walk = 0, 0, Walk(0, 0, 0, 0, 0.0)
    while found < relevant:
        walk = _next_match(work, truth, query, base, listed, walk)
        if walk.position == listed:
            break
        found += 1
        last = walk.rank + 1
        total = walk.total + precision_term(truth.definition, found, last)
        walk = Walk(walk.position + 1, last, walk.touched, walk.most, total)
        if found == 1:
            outcome.first[query] = last
        if truth.two_roles:
            _match(work, walk, truth, outcome, query, found)
    outcome.last[query] = last
    outcome.found[query] = found
    below = divisor(truth.denominator, relevant, found, truth.depth)
    outcome.average_precision[query] = walk.total / below if below > 0 else 0.0
    if found == relevant:
        outcome.inverse_negative_penalty[query] = inverse_negative_penalty(relevant, last)
