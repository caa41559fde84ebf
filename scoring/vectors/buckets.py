"""Rank without sorting: put items between a query's matches, in the order of (distance, position in the gallery).

CMC, average precision, inverse negative penalty and the jackknife depend only on which items stand ahead of each match. So
the items between two matches may stand in any order, here that of the gallery; what stands behind the last match is left out.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.ranking import Job, score_ranking
from scoring.vectors.impostors import Near
from scoring.vectors.matches import Matches
from scoring.vectors.native import inlined, kernel
from scoring.vectors.strips import DistanceArray, IndexArray, list_near

FloatArray = npt.NDArray[np.float64]

_STEPS: Final = 512


class Desk(NamedTuple):
    """Hold what one thread writes while it ranks for a query.

    Attributes
    ----------
    items, buckets : int32 arrays of shape (largest gallery + 1,)
        Items ahead of the last match in the order of the gallery, and how many matches stand ahead of each.
    keys : float32 array of shape (largest gallery + 1,)
        What a product says of the distances of items.
    """

    items: IndexArray
    buckets: IndexArray
    keys: npt.NDArray[np.float32]


class Bench(NamedTuple):
    """Hold what one thread writes."""

    job: Job
    desk: Desk
    near: Near


def new_desk(largest_gallery: int) -> Desk:
    """Return an empty desk."""
    items, buckets = (np.zeros(largest_gallery + 1, np.int32) for _ in range(2))
    return Desk(items, buckets, np.zeros(largest_gallery + 1, np.float32))


class Ladder(NamedTuple):
    """Hold the matches of a query in their order, with equal steps of distance that tell most items' places at once.

    Attributes
    ----------
    distances : float array of shape (n,)
        Ascending.
    items : int32 array of shape (n,)
        Positions in the gallery; ascending where distances are equal.
    low, scale : float
        Step of a distance: (distance - low) * scale.
    ahead : int32 array of shape (steps + 1,)
        How many matches lie on lower steps.
    """

    distances: FloatArray
    items: IndexArray
    low: float
    scale: float
    ahead: IndexArray


@kernel
def new_ladder(distances: FloatArray, items: IndexArray) -> Ladder:
    """Build the ladder of matches that are in their order."""
    low, width = distances[0], distances[-1] - distances[0]
    # A width that is tiny or endless puts all on step 0: then every item is compared with the matches.
    scale = (_STEPS - 1) / width if 1e-300 < width < 1e300 else 0.0
    ahead = np.zeros(_STEPS + 1, np.int32)
    for at in range(len(distances)):
        ahead[int((distances[at] - low) * scale) + 1] += 1
    for step in range(_STEPS):
        ahead[step + 1] += ahead[step]
    return Ladder(distances, items, low, scale, ahead)


@inlined
def step_of(ladder: Ladder, distance: float) -> int:
    """Return the step of a distance that is not above the last match's; a larger distance is on no lower step."""
    return int(max(distance - ladder.low, 0.0) * ladder.scale) if ladder.scale > 0.0 else 0


@inlined
def bucket_of(ladder: Ladder, distance: float, item: int) -> int:
    """Return how many matches stand ahead of an item that is not farther than the last of them."""
    step = step_of(ladder, distance)
    low: int = ladder.ahead[step]
    high: int = ladder.ahead[step + 1]
    while low < high:
        middle = (low + high) >> 1
        other = ladder.distances[middle]
        if other < distance or (other == distance and ladder.items[middle] < item):
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def bucket_within(ladder: Ladder, distance: float, window: float) -> int:
    """Return how many matches stand ahead of an item whose distance is known within a window; -1 where that leaves it open."""
    distances, number = ladder.distances, len(ladder.items)
    low, high = distance - window, distance + window
    if low > distances[number - 1]:
        return number
    first: int = ladder.ahead[step_of(ladder, low)]
    end: int = number if high > distances[number - 1] else ladder.ahead[step_of(ladder, high) + 1]
    while first < end and distances[first] < low:
        first += 1
    return -1 if first < end and distances[first] <= high else first


@kernel
def write_order(matches: IndexArray, desk: Desk, count: int, order: IndexArray) -> int:
    """Write the first `count` items of the desk and the matches as an order, best first; return its length.

    Parameters
    ----------
    matches : int32 array of shape (n,)
        In their order; bucket b stands ahead of match b.
    """
    places = np.zeros(len(matches) + 1, np.int64)
    for at in range(count):
        places[desk.buckets[at] + 1] += 1
    for bucket in range(len(matches)):
        places[bucket + 1] += places[bucket] + 1
        order[places[bucket + 1] - 1] = matches[bucket]
    for at in range(count):
        bucket = desk.buckets[at]
        order[places[bucket]] = desk.items[at]
        places[bucket] += 1
    return count + len(matches)


@kernel
def _collect(row: DistanceArray, ladder: Ladder, desk: Desk) -> int:
    """Put all items ahead of the last match on the desk; return their number."""
    near, count = list_near(row, ladder.distances[-1], desk.items), 0
    for at in range(near):
        item = desk.items[at]
        bucket = bucket_of(ladder, row[item], item)
        if bucket < len(ladder.items) and ladder.items[bucket] != item:
            desk.items[count], desk.buckets[count] = item, bucket
            count += 1
    return count


@kernel
def score_distances(rows: DistanceArray, first_query: int, matches: Matches, desk: Desk, cut: int, job: Job) -> None:
    """Score consecutive queries from their rows of distances.

    Parameters
    ----------
    rows : float32 or float64 array of shape (rows, gallery)
        Lower is nearer, finite.
    first_query : int
        Query of the first row.
    cut : int
        Length at which rankings are cut; 0 for none.
    """
    for at in range(len(rows)):
        query = first_query + at
        row, own = rows[at], matches.items[matches.starts[query] : matches.starts[query + 1]]
        if len(own) == 0:
            continue
        distances = np.empty(len(own))
        for which in range(len(own)):
            distances[which] = row[own[which]]
        # Stable: equal distances keep the order of the gallery.
        nearest = np.argsort(distances, kind="mergesort")
        ladder = new_ladder(distances[nearest], own[nearest])
        listed = write_order(ladder.items, desk, _collect(row, ladder, desk), job.work.order)
        score_ranking(job.work, min(listed, cut) if cut > 0 else listed, query, job.truth, job.outcome)


@kernel
def count_wrong(rows: DistanceArray, wrong: IndexArray, negative: IndexArray) -> None:
    """Count in each row the values that are not finite, and those below 0."""
    for at in range(len(rows)):
        row = rows[at]
        endless: Any = np.int32(0)
        below: Any = np.int32(0)
        for column in range(len(row)):
            value = row[column]
            endless += np.int32(value - value != 0)
            below += np.int32(value < 0)
        wrong[at], negative[at] = endless, below
