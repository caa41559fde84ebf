"""Find exact verification thresholds of embeddings: most pairs lie so far from them that a product's word is enough.

A pair's distance is known within a window w of what the product gives. With u the (k+1)-th smallest of all distances + w, and l
that of all distances - w, the (k+1)-th smallest exact distance lies between l and u. So pairs above u + w can be forgotten while
tiles are read, and in the end only those that may lie between l and u are computed exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from scoring.answers import JUNK, Truth
from scoring.ranking import is_dropped
from scoring.vectors.impostors import FloatArray, Group, Near, lower_limit, tally
from scoring.vectors.native import inlined, kernel
from scoring.vectors.prepared import Pair, exact_distance
from scoring.vectors.strips import IndexArray, SingleArray

#: In `Near.pairs`: the distance is exact, and nobody needs to know whose it is.
EXACT: Final = -1


@kernel
def offer_pairs(
    query: int,
    listed: int,
    found: tuple[IndexArray, SingleArray],
    pair: Pair,
    truth: Truth,
    near: Near,
    window: float,
) -> None:
    """Keep what matters of the pairs of one query.

    Parameters
    ----------
    query : int
        Number within the track; nobody's junk.
    listed : int
        How many items are listed, with their keys.
    window : float
        How far a distance that was made of a key may lie from the exact one, for any query.
    """
    items, keys = found
    number, gallery = pair.first_query + query, len(pair.gallery.values)
    pids, own, has_open_junk = truth.gallery_pid, truth.query_pid[number], truth.has_open_junk
    cell, first = truth.query_cell[number], truth.first_item[truth.query_track[number]]
    base, factor = pair.queries.bases[query], pair.queries.factors[query]
    distances, pairs, limit = near.distances[cell], near.pairs[cell], near.limits[cell]
    for at in range(listed):
        distance, item = base + factor * np.float64(keys[at]), first + items[at]
        other = pids[item]
        # `truth` is handed on where it must be, as in `keep_impostors`.
        is_far = distance > limit + window
        if is_far or other in (own, JUNK) or (has_open_junk and is_dropped(truth, number, item)):
            continue
        count = near.counts[cell]
        distances[count], pairs[count] = distance, query * gallery + items[at]
        near.counts[cell] = count + 1
        tally(near, cell, distance + window)
        if count + 1 == len(distances):
            _forget(near, cell, pair, window)
            limit = near.limits[cell]
    lower_limit(near, cell)


@kernel
def _forget(near: Near, cell: int, pair: Pair, window: float) -> None:
    """Forget the pairs that cannot be among the nearest; where too many can, all are computed exactly."""
    distances, pairs = near.distances[cell], near.pairs[cell]
    lower_limit(near, cell)
    limit, count = near.limits[cell], 0
    for at in range(near.counts[cell]):
        distances[count], pairs[count] = distances[at], pairs[at]
        count += distances[at] <= (limit if pairs[at] == EXACT else limit + window)
    if count > near.keep + (len(distances) - near.keep) // 2:
        for at in range(count):
            if pairs[at] != EXACT:
                distances[at], pairs[at] = _exact(pairs[at], pair), EXACT
        distances[: near.keep] = np.partition(distances[:count], near.keep - 1)[: near.keep]
        count = near.keep
        near.limits[cell] = min(limit, distances[:count].max())
    near.counts[cell] = count


@inlined
def _exact(which: int, pair: Pair) -> float:
    """Return the exact distance of a pair."""
    items = len(pair.gallery.values)
    return exact_distance(pair.queries, pair.gallery, which // items, which % items)


@kernel
def make_exact(near: Near, cell: int, low: float, high: float, pair: Pair, window: float) -> None:
    """Compute the distances of the pairs that may lie between two distances."""
    distances, pairs = near.distances[cell], near.pairs[cell]
    for at in range(near.counts[cell]):
        if pairs[at] != EXACT and distances[at] - window <= high and distances[at] + window >= low:
            distances[at], pairs[at] = _exact(pairs[at], pair), EXACT


def settle(nears: Sequence[Near], groups: Sequence[Group], pair: Pair, window: float) -> None:
    """Make exact what the thresholds of one track's groups depend on; every pair stands on its side of them then."""
    for group in groups:
        for place in group.places():
            bounds = (_bound(nears, group, place, sign * window) for sign in (-1.0, 1.0))
            low, high = bounds
            for near in nears:
                for cell in group.cells:
                    make_exact(near, cell, low, high, pair, window)


def _bound(nears: Sequence[Near], group: Group, place: int, window: float) -> float:
    """Return the distance at a place among all that were kept, each moved by its window."""
    parts: list[FloatArray] = []
    for near in nears:
        for cell in group.cells:
            count = near.counts[cell]
            parts.append(near.distances[cell, :count] + np.where(near.pairs[cell, :count] == EXACT, 0.0, window))
    return float(np.partition(np.concatenate(parts), place)[place])
