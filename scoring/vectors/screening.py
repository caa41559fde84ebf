"""Rank embeddings tile by tile: a float32 product tells most pairs apart, float64 sums decide the rest.

For each query the exact distances of its matches are computed first. A product, tile by tile, then gives every gallery item a
key; an item whose key lies farther than its error bound from the distances of all matches has its place, every other item's
distance is computed exactly. So no rounding of a BLAS library reaches a result, and no matrix of all pairs is held.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.formats.team import Team
from scoring.ranking import score_ranking
from scoring.vectors.buckets import (
    Bench,
    Desk,
    Ladder,
    bucket_of,
    bucket_within,
    new_ladder,
    score_distances,
    write_order,
)
from scoring.vectors.matches import Matches
from scoring.vectors.native import inlined, kernel
from scoring.vectors.prepared import (
    LANES,
    FloatArray,
    Prepared,
    SingleArray,
    exact_distance,
    lane_product,
    product_window,
)
from scoring.vectors.target import Target

IndexArray = npt.NDArray[np.int32]

_TILE: Final = 2048
_QUERIES: Final = 512
_STRIP: Final = 32
_CHUNK: Final = 32
#: Bytes that the candidates of a block of queries may take where all items are candidates.
_BLOCK_BYTES: Final = 64 * 1024 * 1024


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


class Candidates(NamedTuple):
    """Hold the items of a block of queries that may stand ahead of their last matches, in the order of the gallery.

    Attributes
    ----------
    limits : float32 array of shape (rows,)
        No item with a larger key can.
    counts : int32 array of shape (rows,)
    items, keys : int32 and float32 arrays of shape (rows, gallery + 1)
        Pages that nothing is written to take no memory.
    """

    limits: SingleArray
    counts: IndexArray
    items: IndexArray
    keys: SingleArray


class Pair(NamedTuple):
    """Hold the embeddings of both roles and where the track's queries begin among those of all tracks."""

    queries: Prepared
    gallery: Prepared
    first_query: int


class Block(NamedTuple):
    """Say which queries a block holds, and how long the longest gallery row is."""

    start: int
    rows: int
    longest: float


def score_embeddings(pair: Pair, matches: Matches, benches: Sequence[Bench], *, cut: int) -> None:
    """Score the queries of one track; the result depends neither on threads nor on the BLAS library.

    Parameters
    ----------
    cut : int
        Length at which rankings are cut; 0 for none.
    """
    queries, items = len(pair.queries.values), len(pair.gallery.values)
    placed = Placed(matches.starts, matches.items, matches.items.copy(), np.zeros(len(matches.items)))
    over_rows(lambda first, last, _: place_matches(first, last, pair, placed), queries, benches)
    rows = max(1, min(_QUERIES, _BLOCK_BYTES // (8 * items), queries))
    product = np.empty(rows * min(_TILE, items), np.float32)
    held = _new_candidates(rows, items)
    for start in range(0, queries, rows):
        block = Block(start, min(rows, queries - start), pair.gallery.longest)
        set_limits(block, pair, placed, held)
        for tile in range(0, items, _TILE):
            right = pair.gallery.values[tile : tile + _TILE]
            values = product[: block.rows * len(right)].reshape(block.rows, len(right))
            np.matmul(pair.queries.values[start : start + block.rows], right.T, out=values)
            over_rows(lambda first, last, _: _offer(first, last, values, tile, pair, held), block.rows, benches)  # noqa: B023

        def score(first: int, last: int, bench: Bench) -> None:
            _score(first, last, block, pair, placed, held, bench, cut)  # noqa: B023

        over_rows(score, block.rows, benches)


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
            query = first_query + first + start  # noqa: B023
            score_distances(rows[start:stop], query, target.matches, bench.desk, target.cut, bench.job)  # noqa: B023

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


def _new_candidates(rows: int, items: int) -> Candidates:
    limits, counts = np.zeros(rows, np.float32), np.zeros(rows, np.int32)
    # One more than can be kept, since a candidate is written before it is known whether it is one.
    return Candidates(limits, counts, np.empty((rows, items + 1), np.int32), np.empty((rows, items + 1), np.float32))


@kernel
def place_matches(first: int, last: int, pair: Pair, placed: Placed) -> None:
    """Compute the exact distances of the matches of some queries, and put them in their order."""
    for at in range(first, last):
        start, stop = placed.starts[pair.first_query + at], placed.starts[pair.first_query + at + 1]
        items, distances = placed.items[start:stop], placed.distances[start:stop]
        for which in range(len(items)):
            distances[which] = exact_distance(pair.queries, pair.gallery, at, items[which])
        # Stable: equal distances keep the order of the gallery.
        nearest = np.argsort(distances, kind="mergesort")
        distances[:], items[:] = distances[nearest], items[nearest]


@inlined
def _window(pair: Pair, query: int, terms: int, longest: float) -> float:
    """Bound how far a distance that was made of a key may lie from the exact one."""
    factor: float = pair.queries.factors[query]
    return factor * product_window(terms, pair.queries.lengths[query], longest)


@kernel
def set_limits(block: Block, pair: Pair, placed: Placed, held: Candidates) -> None:
    """Say up to which key an item may stand ahead of the last match of each query; nothing may where there is no match."""
    for row in range(block.rows):
        query = block.start + row
        start, stop = placed.starts[pair.first_query + query], placed.starts[pair.first_query + query + 1]
        held.counts[row], held.limits[row] = 0, np.float32(-np.inf)
        if stop > start:
            farthest = placed.distances[stop - 1] + 2.0 * _window(
                pair, query, pair.queries.values.shape[1], block.longest
            )
            held.limits[row] = np.float32((farthest - pair.queries.bases[query]) / pair.queries.factors[query])


@inlined
def _hits(strip: SingleArray, scales: SingleArray, offsets: SingleArray, limit: float) -> int:
    """Count keys up to a limit."""
    hits: Any = np.int32(0)  # as wide as a key, so that lanes stay whole
    for column in range(len(strip)):
        hits += np.int32(offsets[column] - strip[column] * scales[column] <= limit)
    return int(hits)


@kernel
def _offer(first: int, last: int, values: SingleArray, tile: int, pair: Pair, held: Candidates) -> None:
    """Keep the items of a tile that may stand ahead of the last matches of some rows."""
    all_scales, all_offsets = pair.gallery.scales[tile:], pair.gallery.offsets[tile:]
    for row in range(first, last):
        limit, count = held.limits[row], held.counts[row]
        items, keys = held.items[row], held.keys[row]
        for begin in range(0, values.shape[1], _STRIP):
            # Slices from 0: only for them does the compiler use several lanes.
            end = min(begin + _STRIP, values.shape[1])
            strip, scales, offsets = values[row, begin:end], all_scales[begin:end], all_offsets[begin:end]
            if _hits(strip, scales, offsets, limit) > 0:
                for column in range(len(strip)):
                    key = offsets[column] - strip[column] * scales[column]
                    items[count], keys[count] = tile + begin + column, key
                    count += key <= limit
        held.counts[row] = count


@kernel
def _decide(query: int, item: int, pair: Pair, ladder: Ladder, lanes: SingleArray, window: float) -> int:
    """Return how many matches stand ahead of an item that the product leaves open."""
    queries, gallery = pair.queries, pair.gallery
    product = lane_product(queries.values[query], gallery.values[item], lanes)
    key = np.float64(gallery.offsets[item]) - product * np.float64(gallery.scales[item])
    bucket = bucket_within(ladder, queries.bases[query] + queries.factors[query] * key, window)
    if bucket < 0:
        exact = exact_distance(queries, gallery, query, item)
        bucket = bucket_of(ladder, exact, item) if exact <= ladder.distances[-1] else len(ladder.items)
    return bucket


@kernel
def _place(row: int, block: Block, pair: Pair, ladder: Ladder, own: IndexArray, held: Candidates, desk: Desk) -> int:
    """Put the items ahead of the last match of one query on the desk; return their number."""
    query, dimensions = block.start + row, pair.queries.values.shape[1]
    window = _window(pair, query, dimensions, block.longest)
    narrow = _window(pair, query, dimensions // LANES + 1, block.longest)
    base, factor, count, next_own = pair.queries.bases[query], pair.queries.factors[query], 0, 0
    for at in range(held.counts[row]):
        item = held.items[row, at]
        if next_own < len(own) and own[next_own] == item:
            next_own += 1
            continue
        bucket = bucket_within(ladder, base + factor * np.float64(held.keys[row, at]), window)
        if bucket < 0:
            bucket = _decide(query, item, pair, ladder, desk.lanes, narrow)
        if bucket < len(own):
            desk.items[count], desk.buckets[count] = item, bucket
            count += 1
    return count


@kernel
def _score(
    first: int,
    last: int,
    block: Block,
    pair: Pair,
    placed: Placed,
    held: Candidates,
    bench: Bench,
    cut: int,
) -> None:
    """Score some queries of a block whose candidates are complete."""
    job, desk, _ = bench
    for row in range(first, last):
        query = pair.first_query + block.start + row
        start, stop = placed.starts[query], placed.starts[query + 1]
        if stop == start:
            continue
        ladder = new_ladder(placed.distances[start:stop], placed.items[start:stop])
        count = _place(row, block, pair, ladder, placed.own[start:stop], held, desk)
        listed = write_order(ladder.items, desk, count, job.work.order)
        score_ranking(job.work, min(listed, cut) if cut > 0 else listed, query, job.truth, job.outcome)
