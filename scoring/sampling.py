"""Draw one gallery image per identity for each query, as CUHK03's single-gallery-shot CMC does.

Nothing is stored and nothing is random: a counter decides, so that every machine draws the same images. With m the output
function of SplitMix64, all sums modulo 2^64, the image drawn for a query, a draw and an identity is number
``m(m(m(m(seed) + query) + draw) + identity) mod n`` of the identity's n images that are not junk for the query, in the
order of the gallery. All numbers are from 0: the query's over all tracks, the identity's in the order of first images in
the gallery of its track.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from scoring.answers import JUNK, SCALE, Outcome, Truth, Workspace, is_dropped
from scoring.metrics.cmc import RANKS, is_hit
from scoring.native import borrowing, inlined
from scoring.walk import add_hits

_GAMMA: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)
_SHIFTS: Final = (np.uint64(30), np.uint64(27), np.uint64(31))


@inlined
def mixed(value: np.uint64) -> np.uint64:
    """Return the output of SplitMix64 for a state.

    References
    ----------
    Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014, figure 14.
    """
    value = value + _GAMMA
    value = (value ^ (value >> _SHIFTS[0])) * _FIRST
    value = (value ^ (value >> _SHIFTS[1])) * _SECOND
    return value ^ (value >> _SHIFTS[2])


@borrowing
def count_left(truth: Truth, query: int, group: int) -> int:
    """Count the items of a group, an identity of the gallery, that are not junk for a query."""
    draws = truth.draws
    base = truth.first_item[truth.query_track[query]]
    first, stop = draws.first[group], draws.first[group + 1]
    pid = truth.gallery_pid[base + draws.member[first]]
    if pid == JUNK:
        return 0
    if pid != truth.query_pid[query] and not truth.has_open_junk:
        return int(stop - first)
    left = 0
    for at in range(first, stop):
        left += not is_dropped(truth, query, base + draws.member[at])
    return left


@borrowing
def _drawn(truth: Truth, query: int, group: int, number: np.uint64) -> int:
    """Return the drawn item of a group, or -1 where all its items are junk for the query."""
    draws, left = truth.draws, count_left(truth, query, group)
    if left == 0:
        return -1
    first, stop = draws.first[group], draws.first[group + 1]
    chosen = int(number % np.uint64(left))
    if left == stop - first:
        return int(draws.member[first + chosen])
    base = truth.first_item[truth.query_track[query]]
    for at in range(first, stop):
        if not is_dropped(truth, query, base + draws.member[at]):
            if chosen == 0:
                return int(draws.member[at])
            chosen -= 1
    return -1


@borrowing
def _note_places(work: Workspace, listed: int) -> None:
    """Note where the row lists each item, -1 for items that it does not list."""
    work.marks[:] = -1
    for at in range(listed):
        work.marks[work.order[at]] = at


@borrowing
def _own_group(truth: Truth, query: int, start: int, stop: int) -> int:
    """Return the group of the query's identity; there is one, since the query has a match."""
    base = truth.first_item[truth.query_track[query]]
    for group in range(start, stop):
        if truth.gallery_pid[base + truth.draws.member[truth.draws.first[group]]] == truth.query_pid[query]:
            return group
    return -1


@borrowing
def _rank_in_draw(work: Workspace, truth: Truth, query: int, own: int, state: np.uint64) -> tuple[int, int]:
    """Return the rank of the match in one draw, 0 where it is not listed, and how many units stand ahead of it."""
    track = truth.query_track[query]
    base, start, stop = truth.first_item[track], truth.draws.first_group[track], truth.draws.first_group[track + 1]
    end = work.marks[_drawn(truth, query, own, mixed(state + np.uint64(own - start)))]
    if end < 0:
        return 0, 0
    rank, touched = 1, 0
    for group in range(start, stop):
        item = _drawn(truth, query, group, mixed(state + np.uint64(group - start))) if group != own else -1
        if item < 0 or work.marks[item] < 0 or work.marks[item] > end:
            continue
        rank += 1
        unit = truth.gallery_unit[base + item]
        if truth.two_roles and unit >= 0:
            if work.ahead[unit] == 0:
                work.touched[touched] = unit
                touched += 1
            work.ahead[unit] += 1
    return rank, touched


@borrowing
def sample_galleries(work: Workspace, listed: int, query: int, truth: Truth, outcome: Outcome) -> None:
    """Count for each k of CMC the draws whose one match is among the first k, and the same without each unit."""
    draws, track = truth.draws, truth.query_track[query]
    start, stop = draws.first_group[track], draws.first_group[track + 1]
    _note_places(work, listed)
    own = _own_group(truth, query, start, stop)
    share = int(SCALE / draws.number + 0.5)
    seed = mixed(mixed(draws.seed) + np.uint64(query))
    for draw in range(draws.number):
        work.ahead[:] = 0
        rank, touched = _rank_in_draw(work, truth, query, own, mixed(seed + np.uint64(draw)))
        for which in range(len(RANKS)):
            outcome.hits[query, which] += is_hit(rank, RANKS[which])
        if truth.two_roles:
            add_hits(work, touched, truth.query_unit[query], truth.query_cell[query], rank, share, outcome)
