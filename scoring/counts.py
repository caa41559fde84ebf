"""Count for each result its matches and the items that are ranked, before any ranking is read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from scoring.answers import JUNK, RESPLIT, TRACKS, Truth, is_dropped, is_junk
from scoring.native import kernel
from scoring.sampling import count_left

IntArray = npt.NDArray[np.int64]


def count_matches(truth: Truth, sizes: Sequence[int]) -> Truth:
    """Return the answers with the valid matches of every query and every result counted.

    Parameters
    ----------
    sizes : sequence of int
        Number of gallery items of each track.
    """
    for track, (first, size) in enumerate(zip(truth.first_item.tolist(), sizes, strict=True)):
        _count_track(truth, track, first, size)
    if truth.draws.kind in (TRACKS, RESPLIT):
        return truth
    return truth._replace(draws=truth.draws._replace(relevant=truth.relevant))


def _count_track(truth: Truth, track: int, first: int, size: int) -> None:
    """Count the valid matches of the queries of one track."""
    pids = truth.gallery_pid[first : first + size]
    if truth.draws.kind == TRACKS:
        order = np.lexsort((truth.draws.tracklet[first : first + size], pids)).astype(np.int64)
    else:
        order = np.argsort(pids, kind="stable").astype(np.int64)
    queries = np.flatnonzero(truth.query_track == track).astype(np.int64)
    starts = np.searchsorted(pids[order], truth.query_pid[queries], side="left").astype(np.int64)
    stops = np.searchsorted(pids[order], truth.query_pid[queries], side="right").astype(np.int64)
    _count_matches(truth, queries, order + first, starts, stops)
    if truth.draws.kind in (TRACKS, RESPLIT):
        _count_results(truth, queries, order + first, starts, stops)


@kernel
def _count_matches(truth: Truth, queries: IntArray, items: IntArray, starts: IntArray, stops: IntArray) -> None:
    """Count the items of a query's identity that are not junk for it; identities below 0 match nothing."""
    for which in range(len(queries)):
        query = queries[which]
        if truth.query_pid[query] < 0:
            continue
        for at in range(starts[which], stops[which]):
            if not is_junk(truth, query, items[at]):
                truth.relevant[query] += 1


@kernel
def _count_results(truth: Truth, queries: IntArray, items: IntArray, starts: IntArray, stops: IntArray) -> None:
    """Count the tracklets of the query's identity, which stand together, or its items in each draw that asks the query."""
    draws = truth.draws
    for which in range(len(queries)):
        query, last = queries[which], -1
        if truth.query_pid[query] < 0:
            continue
        for at in range(starts[which], stops[which]):
            item = items[at]
            if is_junk(truth, query, item):
                continue
            if draws.kind == TRACKS:
                draws.relevant[query] += draws.tracklet[item] != last
                last = draws.tracklet[item]
                continue
            for place in range(draws.first[item], draws.first[item + 1]):
                result = draws.result[query, draws.member[place]]
                if result >= 0:
                    draws.relevant[result] += 1


def count_ranked(truth: Truth, sizes: Sequence[int]) -> IntArray:
    """Return for each result with matches the number of gallery items, or tracklets, that are not junk for it."""
    ranked = np.zeros(len(truth.draws.query), dtype=np.int64)
    for track, (first, size) in enumerate(zip(truth.first_item.tolist(), sizes, strict=True)):
        queries = np.flatnonzero(truth.query_track == track).astype(np.int64)
        if truth.draws.kind == TRACKS:
            items = np.argsort(truth.draws.tracklet[first : first + size], kind="stable").astype(np.int64) + first
            _count_tracklets(truth, queries, items, ranked)
        elif truth.draws.kind == RESPLIT:
            for draw in range(truth.draws.number):
                _count_ranked(truth, truth.draws.result[queries, draw], _items_of(truth, draw, first, size), ranked)
        elif truth.has_open_junk:
            _count_ranked(truth, queries, np.arange(first, first + size, dtype=np.int64), ranked)
        else:
            # Only items of the query's own identity can be junk for it: those that are no match are.
            pids = truth.gallery_pid[first : first + size]
            largest = max(int(pids.max()), int(truth.query_pid[queries].max()), 0)
            own = np.bincount(pids[pids >= 0], minlength=largest + 1)[np.maximum(truth.query_pid[queries], 0)]
            ranked[queries] = np.count_nonzero(pids != JUNK) - (own - truth.relevant[queries])
    return ranked


def _items_of(truth: Truth, draw: int, first: int, size: int) -> IntArray:
    """Return the items of one track that are in one draw."""
    starts = truth.draws.first[first : first + size + 1]
    item = np.repeat(np.arange(first, first + size), np.diff(starts))
    chosen: IntArray = item[truth.draws.member[starts[0] : starts[-1]] == draw].astype(np.int64)
    return chosen


@kernel
def _count_ranked(truth: Truth, results: IntArray, items: IntArray, ranked: IntArray) -> None:
    """Count the items that are not junk for the query of each result; results below 0 are passed over."""
    for result in results:
        if result < 0:
            continue
        query = truth.draws.query[result]
        for item in items:
            ranked[result] += not is_dropped(truth, query, item)


@kernel
def _count_tracklets(truth: Truth, queries: IntArray, items: IntArray, ranked: IntArray) -> None:
    """Count the tracklets with an item that is not junk; the items of a tracklet stand together."""
    for query in queries:
        last = -1
        for item in items:
            tracklet = truth.draws.tracklet[item]
            if tracklet != last and not is_dropped(truth, query, item):
                ranked[query] += 1
                last = tracklet


def count_groups(truth: Truth) -> IntArray:
    """Return for each query the number of identities of its gallery with an item that is not junk for it."""
    counts = np.zeros(len(truth.query_pid), dtype=np.int64)
    _count_groups(truth, counts)
    return counts


@kernel
def _count_groups(truth: Truth, counts: IntArray) -> None:
    groups = truth.draws.first_group
    for query in range(len(counts)):
        track = truth.query_track[query]
        for group in range(groups[track], groups[track + 1]):
            counts[query] += count_left(truth, query, group) > 0
