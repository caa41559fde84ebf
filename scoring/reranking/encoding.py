"""Encode every image by its k-reciprocal neighbours: one sparse row of weights for each.

1. R(i, k): the items j of N(i, k) with i in N(j, k).
2. R*(i): R(i, k1) with every R(c, half), c in R(i, k1), of which enough lies in R(i, k1).
3. V(i, j) = exp(-d(i, j)) for j in R*(i), by their sum or as they are.
4. V(i) becomes the mean of V over the first k2 of N(i).
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from scoring.reranking import variants, vectors
from scoring.reranking.native import inlined, kernel
from scoring.reranking.neighbours import IndexArray, Neighbours
from scoring.reranking.sparse import Rows, combined, stacked
from scoring.reranking.threads import over_chunks
from scoring.reranking.variants import KReciprocal
from scoring.reranking.vectors import FloatArray, Vectors, original_distance, scaled, squared_distance

_CHUNK_ROWS: Final = 256
_LN2_HIGH: Final = 6.93147180369123816490e-01  # the last 21 bits are 0, so that whole multiples are exact
_LN2_LOW: Final = 1.90821492927058770002e-10

POWERS: Final = {
    variants.EUCLIDEAN: vectors.EUCLIDEAN,
    variants.SQUARED: vectors.SQUARED,
    variants.FOURTH_POWER: vectors.FOURTH_POWER,
}


class Graph(NamedTuple):
    """Hold what kernels read while they encode.

    Attributes
    ----------
    nearest : int32 array of shape (n, count)
        Neighbourhoods, nearest first; the image itself is first where it is its own neighbour.
    reciprocal, half : int32 arrays of shape (n, k)
        R(i, k1) and R(i, half), nearest first, then -1.
    largest : float64 array of shape (n,)
        What distances of a row are divided by.
    power, is_strict, has_unit_sum : int, bool, bool
        Code of the original distance, whether more than 2/3 must lie in the large set, whether weights are divided.
    """

    nearest: IndexArray
    reciprocal: IndexArray
    half: IndexArray
    largest: FloatArray
    power: int
    is_strict: bool
    has_unit_sum: bool


def neighbourhoods(found: Neighbours, settings: KReciprocal) -> IndexArray:
    """Return the neighbours of every image, itself first where the variant says so."""
    if not settings.has_self:
        return found.items
    own = np.arange(len(found.items), dtype=np.int32)[:, None]
    return np.hstack([own, found.items])


def others_needed(settings: KReciprocal) -> int:
    """Return how many other images must be known for each."""
    return max(settings.neighbours, settings.averaged) - int(settings.has_self)


def largest_distances(farthest: FloatArray, settings: KReciprocal) -> FloatArray:
    """Return what the original distances of each row are divided by, given the farthest squared distances."""
    if settings.scaling == variants.UNSCALED:
        return np.ones(len(farthest))
    return _powers(farthest, POWERS[settings.distance])


def encode(embeddings: Vectors, found: Neighbours, settings: KReciprocal, threads: int | None) -> Rows:
    """Return the encodings V, shape (n, n), in rows of ascending columns."""
    nearest = neighbourhoods(found, settings)
    graph = Graph(
        nearest=nearest,
        reciprocal=_reciprocal(np.ascontiguousarray(nearest[:, : settings.neighbours])),
        half=_reciprocal(np.ascontiguousarray(nearest[:, : settings.half_neighbours])),
        largest=largest_distances(found.farthest, settings),
        power=POWERS[settings.distance],
        is_strict=settings.overlap == variants.MORE_THAN,
        has_unit_sum=settings.weights == variants.UNIT_SUM,
    )
    count, size = len(nearest), _CHUNK_ROWS
    given = (embeddings.values, embeddings.factors)
    encoded = stacked(over_chunks(lambda a, b: _encode(a, b, graph, *given), count, size=size, threads=threads))
    if settings.k2 == 1 and settings.has_self:
        return encoded
    group = np.ascontiguousarray(nearest[:, : settings.averaged])
    return combined(encoded, group, np.full((1, group.shape[1]), 1.0 / group.shape[1]), threads)


@kernel
def _powers(squared: FloatArray, power: int) -> FloatArray:
    result = np.empty_like(squared)
    for at in range(len(squared)):
        result[at] = original_distance(squared[at], power)
    return result


@kernel
def _reciprocal(nearest: IndexArray) -> IndexArray:
    """Return the neighbours of which each image is a neighbour too, then -1."""
    result = np.full(nearest.shape, -1, np.int32)
    for row in range(len(nearest)):
        kept = 0
        for item in nearest[row]:
            for back in nearest[item]:
                if back == row:
                    result[row, kept] = item
                    kept += 1
                    break
    return result


@inlined
def exp_of_negative(value: float) -> float:
    """Return exp(-value) for value >= 0 by one fixed sequence of operations; a machine's own function may differ.

    exp(-v) = 2^-n exp(r) with |r| <= ln(2)/2, and the series of exp(r) to r^13 (error below 5e-18).
    """
    if value > 745.0:
        return 0.0
    whole = math.floor(value / (_LN2_HIGH + _LN2_LOW) + 0.5)
    rest = (whole * _LN2_HIGH - value) + whole * _LN2_LOW
    total = 1.0
    for term in range(13, 0, -1):
        total = 1.0 + rest * total / term
    return math.ldexp(total, -int(whole))


@kernel
def _expand(row: int, graph: Graph, stamps: IndexArray, members: IndexArray) -> int:
    """Write R*(row), ascending, to `members`; return its size."""
    in_large, in_result = 2 * row + 1, 2 * row + 2
    size = 0
    for item in graph.reciprocal[row]:
        if item < 0:
            break
        stamps[item] = in_large
        members[size] = item
        size += 1
    for candidate in members[:size].copy():
        total, shared = 0, 0
        for item in graph.half[candidate]:
            if item < 0:
                break
            total += 1
            shared += stamps[item] == in_large
        if 3 * shared > 2 * total or (3 * shared == 2 * total and not graph.is_strict):
            for item in graph.half[candidate, :total]:
                if stamps[item] < in_large:
                    stamps[item] = in_result
                    members[size] = item
                    size += 1
    members[:size].sort()
    return size


@kernel
def _encode(first: int, last: int, graph: Graph, values: vectors.SingleArray, factors: FloatArray) -> Rows:
    """Encode the rows from `first` to `last`."""
    room = graph.reciprocal.shape[1] * (1 + graph.half.shape[1])
    members, stamps = np.empty(room, np.int32), np.zeros(len(values), np.int32)
    starts = np.zeros(last - first + 1, np.int64)
    columns, weights = np.empty((last - first) * room, np.int32), np.empty((last - first) * room)
    filled = 0
    for row in range(first, last):
        size, total = _expand(row, graph, stamps, members), 0.0
        for item in members[:size]:
            squared = squared_distance(values[row], values[item], factors[row], factors[item])
            weight = exp_of_negative(scaled(original_distance(squared, graph.power), graph.largest[row]))
            columns[filled], weights[filled] = item, weight
            total += weight
            filled += 1
        if graph.has_unit_sum:
            for at in range(starts[row - first], filled):
                weights[at] /= total
        starts[row - first + 1] = filled
    return Rows(starts, columns[:filled].copy(), weights[:filled].copy())
