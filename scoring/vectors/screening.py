"""Rank embeddings block by block: a float32 product tells most pairs apart, float64 sums decide the rest.

For each query the exact distances of its matches are computed first. A product then gives every gallery item a
key; an item whose key lies farther than its error bound from the distances of all matches has its place, every other item's
distance is computed exactly. So no rounding of a BLAS library reaches a result, and no matrix of all pairs is held.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.formats.team import Team
from scoring.ranking import score_ranking
from scoring.vectors.blas import one_thread_each
from scoring.vectors.buckets import (
    Bench,
    Desk,
    Ladder,
    bucket_of,
    bucket_within,
    new_ladder,
    write_order,
)
from scoring.vectors.lanes import LANES, lane_product, squared_gap
from scoring.vectors.native import inlined, kernel
from scoring.vectors.prepared import (
    FloatArray,
    Pair,
    SingleArray,
    exact_distance,
    multiplied,
    widest_window,
    window_of,
)
from scoring.vectors.settling import offer_pairs, settle
from scoring.vectors.strips import IndexArray, list_near_keys
from scoring.vectors.target import Target

_TILE: Final = 2048
_QUERIES: Final = 512
_CHUNK: Final = 32
#: Bytes of the products that each thread holds.
_BLOCK_BYTES: Final = 32 * 1024 * 1024


class Placed(NamedTuple):
    """Hold the matches of every query in their order, as `Matches` holds them.

    Attributes
    ----------
    starts : int64 array of shape (n_queries + 1,)
    own, items : int32 arrays
        In the order of the gallery, and in their own.
    distances : float64 array
        Ascending for each query.
    """

    starts: npt.NDArray[np.int64]
    own: IndexArray
    items: IndexArray
    distances: FloatArray


class Block(NamedTuple):
    """Say which query a block begins with, how long the longest gallery row is, and how wide the widest window."""

    start: int
    longest: float
    window: float


def score_embeddings(pair: Pair, target: Target) -> None:
    """Score the queries of one track; the result depends neither on threads nor on the BLAS library."""
    matches, benches = target.matches, target.benches
    queries, items = len(pair.queries.values), len(pair.gallery.values)
    placed = Placed(matches.starts, matches.items, matches.items.copy(), np.zeros(len(matches.items)))
    # Queries of one identity have the same matches, which are near at hand when they follow each other.
    pids = benches[0].job.truth.query_pid[pair.first_query : pair.first_query + queries]
    order = np.argsort(pids, kind="stable")
    over_rows(lambda first, last, _: place_matches(order[first:last], pair, placed), queries, benches)
    longest = pair.gallery.longest
    window, rows = widest_window(pair, longest), _rows_of_block(queries, items, len(benches))

    def score(first: int, stand: tuple[Bench, SingleArray]) -> int:
        bench, room = stand
        left = pair.queries.values[first : first + rows]
        products = room[: len(left)]
        for tile in range(0, items, _TILE):
            right = pair.gallery.values[tile : tile + _TILE]
            np.matmul(left, right.T, out=products[:, tile : tile + len(right)])
        _score(products, Block(first, longest, window), pair, placed, bench, target.cut)
        return len(left)

    stands = [(bench, np.empty((rows, items), np.float32)) for bench in benches]
    with one_thread_each(len(benches)), Team(score, stands) as team:
        for first in range(0, queries, rows):
            team.hand_out(first)
        while len(team):
            team.take()
    nears, last = [bench.near for bench in benches], pair.first_query + queries
    if nears[0].keep:
        own = slice(matches.starts[pair.first_query], matches.starts[last])
        nears[0].genuine[own] = placed.distances[own]
    settle(nears, target.groups(pair.first_query), pair, window)


def _rows_of_block(queries: int, items: int, threads: int) -> int:
    """Return how many queries a block has: all blocks alike, as many for one thread as for the other."""
    most = max(1, min(_QUERIES, _BLOCK_BYTES // (4 * items)))
    rounds = -(-queries // (most * threads))
    return max(1, -(-queries // max(1, rounds * threads)))


def score_reranked(queries: SingleArray, gallery: SingleArray, variant: str, first_query: int, target: Target) -> None:
    """Score the queries of one track by re-ranked distances; every variant gives the same bytes on every machine.

    Parameters
    ----------
    variant : str
        Key of `scoring.reranking.VARIANTS`.
    first_query : int
        Number of the track's first query among those of all tracks.
    """
    from scoring.reranking import VARIANTS, rerank  # noqa: PLC0415 (few challenges re-rank, and its kernels take time to load)

    for first, rows in rerank(queries, gallery, settings=VARIANTS[variant]).blocks():

        def score(start: int, stop: int, bench: Bench) -> None:
            target.score_rows(rows[start:stop], first_query + first + start, bench)  # noqa: B023

        over_rows(score, len(rows), target.benches)


def over_rows(work: Callable[[int, int, Bench], None], rows: int, benches: Sequence[Bench]) -> None:
    """Let several threads work on chunks of consecutive rows."""

    def done(chunk: tuple[int, int], bench: Bench) -> int:
        work(*chunk, bench)
        return chunk[1]

    with Team(done, benches) as team:
        for first in range(0, rows, _CHUNK):
            team.hand_out((first, min(first + _CHUNK, rows)))
        while len(team):
            team.take()


@kernel
def place_matches(queries: npt.NDArray[np.int64], pair: Pair, placed: Placed) -> None:
    """Compute the exact distances of the matches of some queries, and put them in their order."""
    left, gallery = np.empty(pair.queries.values.shape[1]), pair.gallery
    for query in queries:
        start, stop = placed.starts[pair.first_query + query], placed.starts[pair.first_query + query + 1]
        items, distances = placed.items[start:stop], placed.distances[start:stop]
        multiplied(pair.queries, query, left)
        for which in range(len(items)):
            item = items[which]
            # What `exact_distance` gives, to the last bit.
            distances[which] = 0.5 * squared_gap(left, gallery.values[item], gallery.factors[item])
        # Stable: equal distances keep the order of the gallery.
        nearest = np.argsort(distances, kind="mergesort")
        distances[:], items[:] = distances[nearest], items[nearest]


@kernel
def _decide(query: int, item: int, pair: Pair, ladder: Ladder, window: float) -> int:
    """Return how many matches stand ahead of an item that the product leaves open."""
    queries, gallery = pair.queries, pair.gallery
    product = lane_product(queries.values[query], gallery.values[item])
    key = np.float64(gallery.offsets[item]) - product * np.float64(gallery.scales[item])
    bucket = bucket_within(ladder, queries.bases[query] + queries.factors[query] * key, window)
    if bucket < 0:
        exact = exact_distance(queries, gallery, query, item)
        bucket = bucket_of(ladder, exact, item) if exact <= ladder.distances[-1] else len(ladder.items)
    return bucket


@kernel
def _place(
    query: int, listed: int, pair: Pair, windows: tuple[float, float], ladder: Ladder, own: IndexArray, desk: Desk
) -> int:
    """Put the items ahead of the last match on the desk, in the place of those that are listed there; return their number.

    Parameters
    ----------
    windows : pair of float
        How far distances may lie from the exact ones: those made of keys, and those made of `lane_product`.
    """
    window, narrow = windows
    base, factor, count, next_own = pair.queries.bases[query], pair.queries.factors[query], 0, 0
    for at in range(listed):
        item = desk.items[at]
        if next_own < len(own) and own[next_own] == item:
            next_own += 1
            continue
        bucket = bucket_within(ladder, base + factor * np.float64(desk.keys[at]), window)
        if bucket < 0:
            bucket = _decide(query, item, pair, ladder, narrow)
        if bucket < len(own):
            desk.items[count], desk.buckets[count] = item, bucket
            count += 1
    return count


@inlined
def _key_of(pair: Pair, query: int, distance: float) -> float:
    """Return the key that stands for a distance."""
    key: float = (distance - pair.queries.bases[query]) / pair.queries.factors[query]
    return key


@kernel
def _score(products: SingleArray, block: Block, pair: Pair, placed: Placed, bench: Bench, cut: int) -> None:
    """Score the queries of a block from their products with all items."""
    job, desk, near = bench
    truth, found, longest = job.truth, (desk.items, desk.keys), block.longest
    for row in range(len(products)):
        query = block.start + row
        number = pair.first_query + query
        start, stop = placed.starts[number], placed.starts[number + 1]
        is_paired = near.keep > 0 and truth.query_pid[number] >= 0
        window = window_of(pair, query, pair.queries.values.shape[1], longest)
        # One window for what a product leaves open, one for the roundings of the limit itself.
        limit = _key_of(pair, query, placed.distances[stop - 1] + 2.0 * window) if stop > start else -np.inf
        if is_paired:
            limit = max(limit, _key_of(pair, query, near.limits[truth.query_cell[number]] + block.window + window))
        listed = list_near_keys(products[row], pair.gallery.scales, pair.gallery.offsets, limit, found)
        if is_paired:
            offer_pairs(query, listed, found, pair, truth, near, block.window)
        if stop > start:
            narrow = window_of(pair, query, pair.queries.values.shape[1] // LANES + 1, longest)
            ladder = new_ladder(placed.distances[start:stop], placed.items[start:stop])
            count = _place(query, listed, pair, (window, narrow), ladder, placed.own[start:stop], desk)
            listed = write_order(ladder.items, desk, count, job.work.order)
            score_ranking(job.work, min(listed, cut) if cut > 0 else listed, number, truth, job.outcome)
