"""Keep the nearest pairs of different people while distances are read: what a verification threshold is made of.

Each thread keeps its own smallest distances of each track and split; the smallest of all are among them, whoever read which row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.annotations import SPLITS
from scoring.answers import JUNK, PLAIN, Truth
from scoring.counts import count_ranked
from scoring.metrics.verification import IMPOSTORS_PER_ACCEPTED, MIN_ACCEPTED, Rate, accepted_pairs, threshold_place
from scoring.ranking import is_dropped
from scoring.vectors.matches import Matches
from scoring.vectors.native import inlined, kernel
from scoring.vectors.strips import DistanceArray, IndexArray, list_near

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_FEWEST: Final = min(IMPOSTORS_PER_ACCEPTED)
#: Bins of distances: all float32 numbers by their first 16 bits.
BINS: Final = 1 << 16
#: The bin of infinity.
_ENDLESS: Final = 0xFF80


class Near(NamedTuple):
    """Hold the smallest distances of impostor pairs that one thread has seen.

    Attributes
    ----------
    keep : int
        How many of each cell matter; 0 where none are asked for.
    limits : float64 array of shape (n_cells,)
        No larger exact distance can be among them.
    bins, tops, totals : int32 array of shape (n_cells, BINS), int64 arrays of shape (n_cells,)
        How many pairs were kept at distances of each `bin_of`; the last bin that matters, and how many pairs lie up to it.
    counts : int64 array of shape (n_cells,)
    distances : float64 array of shape (n_cells, room)
        In no order; pages that nothing is written to take no memory.
    pairs : int64 array of shape (n_cells, room)
        Of a distance that is known within a window, query × gallery size + item; `EXACT` for one that is known. Not written where
        distances are read.
    genuine : float64 array, as `Matches.items`
        Distances of matches; one array for all threads.
    """

    keep: int
    limits: FloatArray
    bins: npt.NDArray[np.int32]
    tops: IntArray
    totals: IntArray
    counts: IntArray
    distances: FloatArray
    pairs: IntArray
    genuine: FloatArray


class Group(NamedTuple):
    """Say which pairs have one threshold.

    Attributes
    ----------
    split : str
    track : int
    cells : list of int
        Cells of the track that belong to the split.
    impostors : int
        Number of impostor pairs.
    """

    split: str
    track: int
    cells: list[int]
    impostors: int

    def places(self) -> list[int]:
        """Return the place of the threshold of each target that has one among the distances of impostor pairs."""
        found = [threshold_place(self.impostors, per) for per in IMPOSTORS_PER_ACCEPTED]
        return [place for place in found if place is not None]


def count_impostors(truth: Truth, sizes: Sequence[int]) -> IntArray:
    """Return the number of impostor pairs of each query; none where there are no answers, or drawn galleries."""
    if not truth.enabled or truth.draws.kind != PLAIN:
        return np.zeros(0, np.int64)
    # Queries of distractors and junk identities are nobody's pairs.
    return np.where(truth.query_pid < 0, 0, count_ranked(truth, sizes) - truth.relevant)


def new_nears(truth: Truth, tracks: int, impostors: IntArray, matches: Matches, number: int) -> list[Near]:
    """Return one for each of `number` threads; nothing is kept where there are too few pairs."""
    largest = max((group.impostors for group in groups_of(truth, impostors, tracks)), default=0)
    keep = largest // _FEWEST + 1 if largest >= MIN_ACCEPTED * _FEWEST else 0
    cells, genuine = tracks * len(SPLITS) if keep else 0, np.zeros(len(matches.items) if keep else 0)
    return [new_near(keep, cells, genuine) for _ in range(number)]


def new_near(keep: int, cells: int, genuine: FloatArray) -> Near:
    """Return room for one thread."""
    counts, totals = np.zeros(cells, np.int64), np.zeros(cells, np.int64)
    bins, tops = np.zeros((cells, BINS), np.int32), np.full(cells, BINS - 1)
    distances, pairs = np.empty((cells, 2 * keep)), np.empty((cells, 2 * keep), np.int64)
    return Near(keep, np.full(cells, np.inf), bins, tops, totals, counts, distances, pairs, genuine)


def groups_of(truth: Truth, impostors: IntArray, tracks: int) -> Iterator[Group]:
    """Yield every split of every track; nothing where impostor pairs were not counted."""
    if len(impostors) == 0:
        return
    for split, parts in (*((split, (part,)) for part, split in enumerate(SPLITS)), ("all", (0, 1))):
        for track in range(tracks):
            cells = [track * len(SPLITS) + part for part in parts]
            yield Group(split, track, cells, int(impostors[np.isin(truth.query_cell, cells)].sum()))


@inlined
def bin_of(distance: float) -> int:
    """Return the bin of a distance; a larger one is in no lower bin."""
    bits: Any = np.int64(np.float32(distance).view(np.uint32))
    ordered: int = bits ^ 0xFFFFFFFF if bits & 0x80000000 else bits | 0x80000000
    return ordered >> 16


@kernel
def end_of_bin(which: int) -> float:
    """Return a distance that none of a bin and of those below it reaches."""
    bits = (which + 1) << 16
    bits = bits & 0x7FFFFFFF if bits & 0x80000000 else bits ^ 0xFFFFFFFF
    return float(np.uint32(bits).view(np.float32))


@inlined
def tally(near: Near, cell: int, most: float) -> None:
    """Count a pair whose distance is known to be at most this."""
    which = bin_of(most)
    if which <= near.tops[cell]:
        near.bins[cell, which] += 1
        near.totals[cell] += 1


@kernel
def lower_limit(near: Near, cell: int) -> None:
    """Lower the limit as far as the pairs that were counted allow.

    Notes
    -----
    Where the bins up to one hold as many pairs as are kept, no larger distance can be among the nearest.
    """
    top, total, bins = near.tops[cell], near.totals[cell], near.bins[cell]
    while total - bins[top] >= near.keep:
        total -= bins[top]
        top -= 1
    near.tops[cell], near.totals[cell] = top, total
    if top < _ENDLESS:
        near.limits[cell] = min(near.limits[cell], end_of_bin(top))


@kernel
def _keep(near: Near, cell: int, row: DistanceArray, items: IndexArray) -> None:
    """Keep the distances of some items of a row that are within the limit, and lower it."""
    held, bins = near.distances[cell], near.bins[cell]
    limit, top = near.limits[cell], near.tops[cell]
    count, total = near.counts[cell], near.totals[cell]
    for item in items:
        distance = row[item]
        if distance <= limit:
            held[count] = distance
            count += 1
            which = bin_of(distance)
            if which <= top:
                bins[which] += 1
                total += 1
            if count == len(held):
                near.counts[cell], near.totals[cell] = count, total
                _forget(near, cell)
                limit, top = near.limits[cell], near.tops[cell]
                count, total = near.counts[cell], near.totals[cell]
    near.counts[cell], near.totals[cell] = count, total
    lower_limit(near, cell)


@kernel
def _forget(near: Near, cell: int) -> None:
    """Forget the distances that cannot matter, where there is no more room."""
    lower_limit(near, cell)
    held, limit, count = near.distances[cell], near.limits[cell], 0
    for at in range(len(held)):
        held[count] = held[at]
        count += held[at] <= limit
    if count > near.keep + (len(held) - near.keep) // 2:
        # Most lie in one bin.
        held[: near.keep] = np.partition(held[:count], near.keep - 1)[: near.keep]
        count = near.keep
        near.limits[cell] = held[:count].max()
    near.counts[cell] = count


@kernel
def keep_impostors(
    rows: DistanceArray, first_query: int, matches: Matches, truth: Truth, near: Near, items: IndexArray
) -> None:
    """Keep what matters of the distances of consecutive queries.

    Parameters
    ----------
    rows : float32 or float64 array of shape (rows, gallery)
        Lower is nearer, finite.
    first_query : int
        Query of the first row.
    items : int32 array of shape (gallery + 1,)
        Written over.
    """
    if near.keep == 0:
        return
    pids, has_open_junk = truth.gallery_pid, truth.has_open_junk
    for at in range(len(rows)):
        query, row = first_query + at, rows[at]
        cell, own, base = truth.query_cell[query], truth.query_pid[query], truth.first_item[truth.query_track[query]]
        if own < 0:
            continue
        for which in range(matches.starts[query], matches.starts[query + 1]):
            near.genuine[which] = row[matches.items[which]]
        count = 0
        for which in range(list_near(row, near.limits[cell], items)):
            item = base + items[which]
            other = pids[item]
            # `truth` is handed on where it must be: for each near pair that would take longer than all the rest.
            if other not in (own, JUNK) and not (has_open_junk and is_dropped(truth, query, item)):
                items[count] = items[which]
                count += 1
        _keep(near, cell, row, items[:count])


def rates_of(
    nears: Sequence[Near], truth: Truth, impostors: IntArray, matches: Matches, tracks: Sequence[str]
) -> list[Rate]:
    """Return the rates of each split and track that has enough pairs, once all rows were read."""
    if nears[0].keep == 0:
        return []
    cell_of_match = np.repeat(truth.query_cell, np.diff(matches.starts))
    rates = []
    for group in groups_of(truth, impostors, len(tracks)):
        genuine = nears[0].genuine[np.isin(cell_of_match, group.cells)]
        held = [near.distances[cell, : near.counts[cell]] for near in nears for cell in group.cells]
        nearest = np.sort(np.concatenate(held))
        for per in IMPOSTORS_PER_ACCEPTED:
            accepted = accepted_pairs(genuine, nearest, group.impostors, per) if len(genuine) else None
            if accepted is not None:
                rates.append(Rate(group.split, tracks[group.track], per, accepted, len(genuine)))
    return rates
