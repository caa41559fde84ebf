"""Find nearest neighbours exactly, whatever the order in which a BLAS library adds.

A float32 product, tile by tile, keeps for every row the items that could be among its nearest, given the error bound of
such a product; their distances are then computed again in float64 in a fixed order. Equal distances go to the earlier
item. A row with more near-ties than there is room for is computed in full.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.reranking.native import inlined, kernel
from scoring.reranking.threads import over_chunks
from scoring.reranking.vectors import FloatArray, SingleArray, Vectors, squared_distance

IndexArray = npt.NDArray[np.int32]

_TILE: Final = 2048
_STRIP: Final = 64
_CHUNK_ROWS: Final = 128
_SPARE_ROOM: Final = 96
_FAR_ROOM: Final = 48
#: Added to a row it gives no item: for rows that are not among the items.
_NO_ITEM: Final = -(1 << 40)


class Neighbours(NamedTuple):
    """Hold the nearest items of each row, nearest first.

    Attributes
    ----------
    items : int32 array of shape (rows, count)
        Positions among the items.
    squared : float64 array of shape (rows, count)
        Squared Euclidean distances, lower is nearer.
    farthest : float64 array of shape (rows,)
        Squared distance of the farthest item; NaN unless it was asked for.
    """

    items: IndexArray
    squared: FloatArray
    farthest: FloatArray


class Shortlist(NamedTuple):
    """Hold the items of each row whose keys could be among the smallest.

    Attributes
    ----------
    wanted : int
        How many smallest keys are looked for; 0 for none.
    limits : float32 array of shape (rows,)
        No item with a larger key can matter.
    counts : int32 array of shape (rows,)
        How many items are held; -1 for a row that ran out of room.
    keys, items : float32 and int32 arrays of shape (rows, room)
        Half the squared distance, but for a constant of the row, as the product gives it; and the positions.
    """

    wanted: int
    limits: SingleArray
    counts: IndexArray
    keys: SingleArray
    items: IndexArray

    @classmethod
    def empty(cls, rows: int, wanted: int, room: int) -> Shortlist:
        """Hold nothing yet."""
        limits = np.full(rows, np.inf if wanted else -np.inf, np.float32)
        counts = np.zeros(rows, np.int32)
        room = room if wanted else 1
        return cls(wanted, limits, counts, np.empty((rows, room), np.float32), np.empty((rows, room), np.int32))


def nearest_others(vectors: Vectors, count: int, *, farthest: bool, threads: int | None = None) -> Neighbours:
    """Return the nearest other images of every image, and how far the farthest is if asked.

    Parameters
    ----------
    vectors : Vectors
        n images.
    count : int
        How many; n - 1 where there are no more.
    farthest : bool
        Whether to look for the farthest, too.
    threads : int, optional
        By default one for each processor; the result does not depend on it.
    """
    return _search(vectors, vectors, min(count, len(vectors.values) - 1), int(farthest), threads)


def nearest_items(queries: Vectors, gallery: Vectors, count: int, *, threads: int | None = None) -> Neighbours:
    """Return the nearest gallery items of every query; both must have been brought to length 1."""
    return _search(queries, gallery, min(count, len(gallery.values)), 0, threads)


class _Candidates(NamedTuple):
    """Hold what could be nearest and what could be farthest, for all rows."""

    near: Shortlist
    far: Shortlist
    window: float


class _Product(NamedTuple):
    """Hold one tile of the product and where it stands.

    Attributes
    ----------
    values : float32 array of shape (rows, items)
    row_start, item_start : int
        What its first row and its first column are.
    row_offsets, item_offsets : float32 arrays
        Half the squared lengths.
    own : int
        Position of row 0 of all rows among the items.
    """

    values: SingleArray
    row_start: int
    item_start: int
    row_offsets: SingleArray
    item_offsets: SingleArray
    own: int


def _search(rows: Vectors, items: Vectors, count: int, far_count: int, threads: int | None) -> Neighbours:
    """Screen all pairs, then decide."""
    total = len(rows.values)
    candidates = _Candidates(
        Shortlist.empty(total, count, count + _SPARE_ROOM), Shortlist.empty(total, far_count, _FAR_ROOM), items.window
    )
    _screen_all(rows, items, candidates, threads)
    found = Neighbours(np.empty((total, count), np.int32), np.empty((total, count)), np.full(total, np.nan))
    given = (rows.values, rows.factors, items.values, items.factors, 0 if rows is items else _NO_ITEM)

    def work(first: int, last: int) -> None:
        _decide(first, last, candidates, given, found)

    over_chunks(work, total, size=_CHUNK_ROWS, threads=threads)
    return found


def _screen_all(rows: Vectors, items: Vectors, candidates: _Candidates, threads: int | None) -> None:
    """Offer every item to every row; the product of images with themselves is computed for one half alone."""
    products = np.empty(_TILE * _TILE, np.float32)
    own = 0 if rows is items else _NO_ITEM
    for row in range(0, len(rows.values), _TILE):
        left = rows.screen[row : row + _TILE]
        for item in range(row if own == 0 else 0, len(items.values), _TILE):
            right = items.screen[item : item + _TILE]
            values = products[: len(left) * len(right)].reshape(len(left), len(right))
            np.matmul(left, right.T, out=values)
            offsets = rows.offsets[row : row + _TILE], items.offsets[item : item + _TILE]
            product = _Product(values, row, item, *offsets, own)
            _offer_tile(product, candidates, is_mirrored=own == 0 and item > row, threads=threads)


def _offer_tile(product: _Product, candidates: _Candidates, *, is_mirrored: bool, threads: int | None) -> None:
    """Offer the items of a tile to its rows and, where the other half is not computed, its rows to its items."""

    def rows(first: int, last: int) -> None:
        _offer_to_rows(first, last, product, candidates)

    def columns(first: int, last: int) -> None:
        _offer_to_columns(first, last, product, candidates)

    over_chunks(rows, product.values.shape[0], size=_TILE // 4, threads=threads)
    if is_mirrored:
        over_chunks(columns, product.values.shape[1], size=_TILE // 4, threads=threads)


@kernel
def _shrink(held: Shortlist, row: int, window: float) -> None:
    """Lower the limit to the last wanted key and the window; drop what lies above."""
    count, keys, items = held.counts[row], held.keys[row], held.items[row]
    limit = np.float32(np.sort(keys[:count])[held.wanted - 1] + window)
    held.limits[row] = limit
    kept = 0
    for at in range(count):
        if keys[at] <= limit:
            keys[kept], items[kept] = keys[at], items[at]
            kept += 1
    held.counts[row] = kept if kept < len(keys) else -1


@kernel
def _offer(held: Shortlist, row: int, key: float, item: int, window: float) -> None:
    """Put an item on the list of a row."""
    count = held.counts[row]
    if count < 0:
        return
    held.keys[row, count], held.items[row, count] = key, item
    held.counts[row] = count + 1
    if count + 1 == held.keys.shape[1]:
        _shrink(held, row, window)


@inlined
def _hits(strip: SingleArray, gaps: SingleArray, low: float, high: float) -> int:
    """Count the items of one row that its limits let through."""
    hits: Any = np.int32(0)  # as wide as a key, so that lanes stay whole
    for column in range(len(strip)):
        key = gaps[column] - strip[column]
        hits += np.int32(key <= low) + np.int32(-key <= high)
    return int(hits)


@inlined
def _hits_of_columns(strip: SingleArray, offset: float, lows: SingleArray, highs: SingleArray) -> int:
    """Count the items that their own limits let one row through to."""
    hits: Any = np.int32(0)  # as wide as a key, so that lanes stay whole
    for column in range(len(strip)):
        key = offset - strip[column]
        hits += np.int32(key <= lows[column]) + np.int32(-key <= highs[column])
    return int(hits)


@kernel
def _offer_to_rows(first: int, last: int, product: _Product, candidates: _Candidates) -> None:
    """Offer the items of a tile to its rows from `first` to `last`."""
    near, far, window = candidates.near, candidates.far, candidates.window
    values, offsets, size = product.values, product.item_offsets, product.values.shape[1]
    for at in range(first, last):
        row = product.row_start + at
        own = product.own + row - product.item_start
        for begin in range(0, size, _STRIP):
            # Slices from 0: only for them does the compiler use several lanes.
            strip, gaps = values[at, begin : begin + _STRIP], offsets[begin : begin + _STRIP]
            if _hits(strip, gaps, near.limits[row], far.limits[row]) == 0:
                continue
            for column in range(len(strip)):
                key = gaps[column] - strip[column]
                if key <= near.limits[row] and begin + column != own:
                    _offer(near, row, key, product.item_start + begin + column, window)
                if -key <= far.limits[row]:
                    _offer(far, row, -key, product.item_start + begin + column, window)


@kernel
def _offer_to_columns(first: int, last: int, product: _Product, candidates: _Candidates) -> None:
    """Offer the rows of a tile to its items from `first` to `last`, for which they are items too."""
    near, far, window = candidates.near, candidates.far, candidates.window
    values, start = product.values, product.item_start
    lows, highs = near.limits[start:], far.limits[start:]
    for at in range(values.shape[0]):
        offset = product.row_offsets[at]
        for begin in range(first, last, _STRIP):
            end = min(begin + _STRIP, last)
            strip, low, high = values[at, begin:end], lows[begin:end], highs[begin:end]
            if _hits_of_columns(strip, offset, low, high) == 0:
                continue
            for column in range(len(strip)):
                key = offset - strip[column]
                if key <= low[column]:
                    _offer(near, start + begin + column, key, product.row_start + at, window)
                if -key <= high[column]:
                    _offer(far, start + begin + column, -key, product.row_start + at, window)


@kernel
def _insert(items: IndexArray, squared: FloatArray, held: int, item: int, distance: float) -> int:
    """Put an item in its place among the nearest so far; return how many are held."""
    last = len(items) - 1
    if held > last:
        if distance > squared[last] or (distance == squared[last] and item > items[last]):
            return held
        held = last
    at = held
    while at > 0 and (distance < squared[at - 1] or (distance == squared[at - 1] and item < items[at - 1])):
        squared[at], items[at] = squared[at - 1], items[at - 1]
        at -= 1
    squared[at], items[at] = distance, item
    return held + 1


@kernel
def _held(held: Shortlist, row: int, window: float, total: int) -> int:
    """Return how many items must be looked at: those held, or all for a row that ran out of room."""
    if held.counts[row] >= held.wanted:
        _shrink(held, row, window)
    return held.counts[row] if held.counts[row] >= 0 else total


@kernel
def _decide(
    first: int,
    last: int,
    candidates: _Candidates,
    given: tuple[SingleArray, FloatArray, SingleArray, FloatArray, int],
    found: Neighbours,
) -> None:
    """Compute the distances that could matter in float64, and order them."""
    near, far, window = candidates.near, candidates.far, candidates.window
    rows, row_factors, values, factors, own = given
    for row in range(first, last):
        left, factor = rows[row], row_factors[row]
        if near.wanted > 0:
            held = 0
            for at in range(_held(near, row, window, len(values))):
                item = near.items[row, at] if near.counts[row] >= 0 else at
                if item != own + row:
                    distance = squared_distance(left, values[item], factor, factors[item])
                    held = _insert(found.items[row], found.squared[row], held, item, distance)
        if far.wanted > 0:
            farthest = 0.0
            for at in range(_held(far, row, window, len(values))):
                item = far.items[row, at] if far.counts[row] >= 0 else at
                farthest = max(farthest, squared_distance(left, values[item], factor, factors[item]))
            found.farthest[row] = farthest
