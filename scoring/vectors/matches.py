"""List the valid matches of every query: the few items whose places in the order decide every score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.ranking import Truth, is_junk
from scoring.vectors.native import kernel

IntArray = npt.NDArray[np.int64]


class Matches(NamedTuple):
    """Hold the matches of all queries one behind another.

    Attributes
    ----------
    starts : int64 array of shape (n_queries + 1,)
        Where each query's matches begin; empty without answers.
    items : int32 array
        Positions in the gallery of the query's track, ascending for each query.
    """

    starts: IntArray
    items: npt.NDArray[np.int32]


def find_matches(truth: Truth, sizes: Sequence[int]) -> Matches:
    """List the items of each query's identity that are not junk for it.

    Parameters
    ----------
    sizes : sequence of int
        Number of gallery items of each track.
    """
    if not truth.enabled:
        return Matches(np.zeros(0, np.int64), np.zeros(0, np.int32))
    counts = np.zeros(len(truth.query_pid), np.int64)
    lists = []
    for track, (first, size) in enumerate(zip(truth.first_item.tolist(), sizes, strict=True)):
        pids = truth.gallery_pid[first : first + size].astype(np.int64)
        order = np.argsort(pids, kind="stable")
        queries = np.flatnonzero(truth.query_track == track)
        own = truth.query_pid[queries]
        starts, stops = (np.searchsorted(pids[order], own, side=side) for side in ("left", "right"))
        stops = np.where(own < 0, starts, stops)
        found = np.zeros(int((stops - starts).sum()), np.int32)
        kept = _list_matches(truth, queries, (order, starts, stops), counts, found)
        lists.append((queries, found[:kept]))
    ends = np.cumsum(counts)
    items = np.zeros(int(ends[-1]), np.int32)
    for queries, found in lists:
        # Queries of a track stand one behind another, in the order in which their matches were listed.
        if len(queries):
            start = int(ends[queries[0]] - counts[queries[0]])
            items[start : start + len(found)] = found
    return Matches(np.concatenate([[0], ends]), items)


@kernel
def _list_matches(
    truth: Truth,
    queries: IntArray,
    own: tuple[IntArray, IntArray, IntArray],
    counts: IntArray,
    found: npt.NDArray[np.int32],
) -> int:
    """Write the items that are not junk; return their number."""
    order, starts, stops = own
    kept = 0
    for which in range(len(queries)):
        query = queries[which]
        base = truth.first_item[truth.query_track[query]]
        for at in range(starts[which], stops[which]):
            if not is_junk(truth, query, base + order[at]):
                found[kept] = order[at]
                kept += 1
                counts[query] += 1
    return kept
