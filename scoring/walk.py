"""Walk down one ranking, drop junk, note the matches.

Average precision and CMC depend on the ranks of the matches alone. On the same walk, the number of items of every
other identity ahead of each match gives the value that the query would have without that identity: taking n items out
from ahead of a match moves it up by n. So the delete-one-identity jackknife is exact and ranks nothing again.

What single queries would have is summed in whole numbers of 2^-44: such sums are the same in every order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.answers import AP, INP, JUNK, SCALE, Outcome, Truth, Workspace, is_dropped
from scoring.metrics.average_precision import divisor, precision_term
from scoring.metrics.cmc import RANKS, is_hit
from scoring.metrics.inverse_negative_penalty import inverse_negative_penalty
from scoring.native import borrowing, inlined


class Asked(NamedTuple):
    """Say what is asked: a query, the place of its result, its cell, its matches, and whether its hits are noted here."""

    query: int
    result: int
    cell: int
    relevant: int
    has_hits: bool


class Walk(NamedTuple):
    """Say how far a row was walked: position in the list, items ranked, units passed and their most items, sum of precision."""

    position: int
    rank: int
    touched: int
    most: int
    total: float


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
        unit = np.uint32(units[which])  # indices without a sign spare the test for negative ones
        reduced[unit] += terms[np.uint32(ahead[unit])]


@borrowing
def add_hits(work: Workspace, touched: int, own: int, cell: int, rank: int, one: int, outcome: Outcome) -> None:
    """Add the hits of CMC without each unit.

    Parameters
    ----------
    touched : int
        How many units stand ahead.
    own : int
        The query's unit.
    rank : int
        Rank of the first match.
    one : int
        What a hit counts, in whole numbers of 1 / `SCALE`.
    """
    ahead, units = work.ahead, work.touched
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
def _add_last(work: Workspace, touched: int, own: int, asked: Asked, outcome: Outcome, rank: int, total: float) -> None:
    """Add average precision and inverse negative penalty without each unit, once the last match is passed."""
    cell, relevant = asked.cell, asked.relevant
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
def _pass_others(
    work: Workspace, order: npt.NDArray[np.int32], units: npt.NDArray[np.int32], own: int, listed: int, walk: Walk
) -> Walk:
    """Walk on as long as items are of other people's units: they are neither matches nor junk."""
    ahead, (position, rank, touched, most, total) = work.ahead, walk
    first = position
    while position < listed:
        unit = units[np.uint32(order[position])]
        if unit < 0 or unit == own:
            break
        number = ahead[np.uint32(unit)]
        if number == 0:
            # Up to here the query's sum without this unit was the query's own.
            work.touched[touched] = unit
            work.reduced[unit] = total
            touched += 1
        ahead[np.uint32(unit)] = number + 1
        if number >= most:
            most = number + 1
        position += 1
    return Walk(position, rank + position - first, touched, most, total)


@borrowing
def _next_match(
    work: Workspace, order: npt.NDArray[np.int32], truth: Truth, query: int, base: int, listed: int, walk: Walk
) -> Walk:
    """Walk on to the next match; its position is `listed` where there is none."""
    pids, units = truth.gallery_pid[base:], truth.gallery_unit[base:]
    pid, own, open_junk, two_roles = (
        truth.query_pid[query],
        truth.query_unit[query],
        truth.has_open_junk,
        truth.two_roles,
    )
    while True:
        if two_roles and not open_junk:
            walk = _pass_others(work, order, units, own, listed, walk)
        position, rank, touched, most, total = walk
        if position == listed:
            return walk
        item = order[position]
        other, unit = pids[item], units[item]
        if open_junk or other in (pid, JUNK):
            if is_dropped(truth, query, base + item):
                walk = Walk(position + 1, rank, touched, most, total)
                continue
            if other == pid:
                return walk
        if two_roles and unit >= 0:
            if work.ahead[unit] == 0:
                work.touched[touched] = unit
                work.reduced[unit] = total
                touched += 1
            work.ahead[unit] += 1
            most = max(most, work.ahead[unit])
        walk = Walk(position + 1, rank + 1, touched, most, total)


@borrowing
def _match(work: Workspace, walk: Walk, truth: Truth, outcome: Outcome, asked: Asked, found: int) -> None:
    """Note one match for the jackknife."""
    own = truth.query_unit[asked.query]
    if found == 1 and asked.has_hits:
        add_hits(work, walk.touched, own, asked.cell, walk.rank, int(SCALE), outcome)
    _add_term(work, walk, truth.definition, found)
    if found == asked.relevant:
        _add_last(work, walk.touched, own, asked, outcome, walk.rank, walk.total)


@borrowing
def walk_down(
    work: Workspace, order: npt.NDArray[np.int32], listed: int, asked: Asked, truth: Truth, outcome: Outcome
) -> None:
    """Score one list for one query.

    Parameters
    ----------
    order : int32 array
        Positions in the gallery of the query's track, best first; the first `listed` are read.
    """
    work.ahead[:] = 0
    base = truth.first_item[truth.query_track[asked.query]]
    found, last, walk = 0, 0, Walk(0, 0, 0, 0, 0.0)
    while found < asked.relevant:
        walk = _next_match(work, order, truth, asked.query, base, listed, walk)
        if walk.position == listed:
            break
        found += 1
        last = walk.rank + 1
        total = walk.total + precision_term(truth.definition, found, last)
        walk = Walk(walk.position + 1, last, walk.touched, walk.most, total)
        if found == 1:
            outcome.first[asked.result] = last
        if truth.two_roles:
            _match(work, walk, truth, outcome, asked, found)
    outcome.last[asked.result] = last
    outcome.found[asked.result] = found
    below = divisor(truth.denominator, asked.relevant, found, truth.depth)
    outcome.average_precision[asked.result] = walk.total / below if below > 0 else 0.0
    if found == asked.relevant:
        outcome.inverse_negative_penalty[asked.result] = inverse_negative_penalty(asked.relevant, last)
