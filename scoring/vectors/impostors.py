"""Keep the nearest pairs of different people while distances are read: what a verification threshold is made of.

Each thread keeps its own smallest distances of each track and split; the smallest of all are among them, whoever read which row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.annotations import SPLITS
from scoring.answers import PLAIN, Truth
from scoring.counts import count_ranked
from scoring.metrics.verification import IMPOSTORS_PER_ACCEPTED, MIN_ACCEPTED, Rate, accepted_pairs
from scoring.ranking import is_dropped
from scoring.vectors.matches import Matches
from scoring.vectors.native import inlined, kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
DistanceArray = npt.NDArray[Any]

_STRIP: Final = 32
_FEWEST: Final = min(IMPOSTORS_PER_ACCEPTED)


class Near(NamedTuple):
    """Hold the smallest distances of impostor pairs that one thread has seen.

    Attributes
    ----------
    keep : int
        How many of each cell matter; 0 where none are asked for.
    limits : float64 array of shape (n_cells,)
        No larger distance can be among them.
    counts : int64 array of shape (n_cells,)
    distances : float64 array of shape (n_cells, room)
        In no order; pages that nothing is written to take no memory.
    genuine : float64 array, as `Matches.items`
        Distances of matches; one array for all threads.
    """

    keep: int
    limits: FloatArray
    counts: IntArray
    distances: FloatArray
    genuine: FloatArray


def new_nears(truth: Truth, sizes: Sequence[int], matches: Matches, number: int) -> list[Near]:
    """Return one for each of `number` threads; nothing is kept where there are no answers, or drawn galleries, or few pairs."""
    keep = 0
    if truth.enabled and truth.draws.kind == PLAIN:
        pairs = [int(np.count_nonzero(truth.query_track == track)) * size for track, size in enumerate(sizes)]
        keep = max(pairs) // _FEWEST + 1 if max(pairs) >= MIN_ACCEPTED * _FEWEST else 0
    cells, room = (len(sizes) * len(SPLITS), 2 * keep) if keep else (0, 0)
    genuine = np.zeros(len(matches.items) if keep else 0)
    return [
        Near(keep, np.full(cells, np.inf), np.zeros(cells, np.int64), np.empty((cells, room)), genuine)
        for _ in range(number)
    ]


@inlined
def _hits(strip: DistanceArray, limit: float) -> int:
    """Count distances up to a limit."""
    hits: Any = np.int32(0)  # as wide as a distance, so that lanes stay whole
    for column in range(len(strip)):
        hits += np.int32(strip[column] <= limit)
    return int(hits)


@kernel
def _keep(near: Near, cell: int, distance: float) -> None:
    """Keep a distance; where there is no more room, keep the smallest."""
    count = near.counts[cell]
    held = near.distances[cell]
    held[count] = distance
    count += 1
    if count == len(held):
        held[: near.keep] = np.partition(held, near.keep - 1)[: near.keep]
        count = near.keep
        near.limits[cell] = held[:count].max()
    near.counts[cell] = count


@kernel
def keep_impostors(rows: DistanceArray, first_query: int, matches: Matches, truth: Truth, near: Near) -> None:
    """Keep what matters of the distances of consecutive queries.

    Parameters
    ----------
    rows : float32 or float64 array of shape (rows, gallery)
        Lower is nearer, finite.
    first_query : int
        Query of the first row.
    """
    if near.keep == 0:
        return
    for at in range(len(rows)):
        query, row = first_query + at, rows[at]
        pid, cell, base = truth.query_pid[query], truth.query_cell[query], truth.first_item[truth.query_track[query]]
        if pid < 0:
            continue
        for which in range(matches.starts[query], matches.starts[query + 1]):
            near.genuine[which] = row[matches.items[which]]
        for begin in range(0, len(row), _STRIP):
            strip = row[begin : begin + _STRIP]
            if _hits(strip, near.limits[cell]) == 0:
                continue
            for column in range(len(strip)):
                item = base + begin + column
                is_near = strip[column] <= near.limits[cell] and truth.gallery_pid[item] != pid
                if is_near and not is_dropped(truth, query, item):
                    _keep(near, cell, strip[column])


def rates_of(
    nears: Sequence[Near], truth: Truth, matches: Matches, tracks: Sequence[str], sizes: Sequence[int]
) -> list[Rate]:
    """Return the rates of each split and track that has enough pairs, once all rows were read."""
    if nears[0].keep == 0:
        return []
    # Queries of distractors and junk identities are nobody's pairs.
    counts = np.where(truth.query_pid < 0, 0, count_ranked(truth, sizes) - truth.relevant)
    query_of_match = np.repeat(np.arange(len(truth.query_pid)), np.diff(matches.starts))
    rates = []
    for split, parts in (*((split, (part,)) for part, split in enumerate(SPLITS)), ("all", (0, 1))):
        for number, track in enumerate(tracks):
            cells = [number * len(SPLITS) + part for part in parts]
            impostors = int(counts[np.isin(truth.query_cell, cells)].sum())
            genuine = nears[0].genuine[np.isin(truth.query_cell[query_of_match], cells)]
            held = [near.distances[cell, : near.counts[cell]] for near in nears for cell in cells]
            nearest = np.sort(np.concatenate(held))
            for per in IMPOSTORS_PER_ACCEPTED:
                accepted = accepted_pairs(genuine, nearest, impostors, per) if len(genuine) else None
                if accepted is not None:
                    rates.append(Rate(split, track, per, accepted, len(genuine)))
    return rates
