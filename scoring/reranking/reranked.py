"""Re-rank a gallery for every query: the original distance and the Jaccard distance of k-reciprocal encodings, mixed.

d*(q, g) = (1 - lambda) d_J(q, g) + lambda d(q, g), in float64, rounded once to float32. The products of a BLAS library
only tell what a value rounds to; where they leave that open, the value is computed again in a fixed order. So the bytes
are the same whatever the library, the processor or the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.reranking import variants, vectors
from scoring.reranking.encoding import POWERS, largest_distances
from scoring.reranking.jaccard import add_minima, add_products, encoded_images, jaccard_distance, row_totals
from scoring.reranking.native import inlined, kernel
from scoring.reranking.neighbours import IndexArray
from scoring.reranking.sparse import Rows, transposed
from scoring.reranking.threads import over_chunks
from scoring.reranking.variants import ZHONG_PYTHON, KReciprocal
from scoring.reranking.vectors import (
    FloatArray,
    SingleArray,
    Vectors,
    doubles,
    joined,
    original_distance,
    product_error,
    scaled,
    squared_distance,
)

_BLOCK_VALUES: Final = 1 << 22
_BLOCK_ROWS: Final = 256
_TILE_VALUES: Final = 1 << 22
_CHUNK_ROWS: Final = 16


class Mixture(NamedTuple):
    """Hold what kernels read while they mix; queries come first.

    Attributes
    ----------
    encoded : Rows
        Encodings of all n images.
    is_jaccard : bool
        Whether encodings are compared by the Jaccard distance, or by 1 less their product.
    totals : float64 array of shape (n,)
        Sums of encodings.
    power : int
        Code of the original distance.
    largest : float64 array of shape (n,)
        What original distances of a row are divided by.
    share : float
        Share of the original distance.
    """

    encoded: Rows
    is_jaccard: bool
    totals: FloatArray
    power: int
    largest: FloatArray
    share: float


class Reranked:
    """Hold the encodings of one query and gallery set, and give distances and rankings block by block.

    Attributes
    ----------
    queries, items : int
        Number of queries Q and of gallery items G.

    Notes
    -----
    Memory is O((Q + G) k) for the encodings beside the embeddings, and one block. Items at equal distance keep the order
    of the gallery.
    """

    def __init__(self, embeddings: Vectors, queries: int, mixture: Mixture, *, threads: int | None) -> None:
        self.queries = queries
        self.items = len(embeddings.values) - queries
        self._embeddings = embeddings
        self._mixture = mixture
        self._columns = transposed(mixture.encoded, queries, len(embeddings.values))
        self._threads = threads

    def blocks(self, *, rows: int | None = None) -> Iterator[tuple[int, SingleArray]]:
        """Yield consecutive blocks of distances with the number of their first query.

        Parameters
        ----------
        rows : int, optional
            Queries in a block; by default so many that a block's work takes about 50 MB.

        Yields
        ------
        int, float32 array of shape (rows, G)
            Lower is nearer. A value depends on neither `rows` nor the other blocks.
        """
        step = rows or max(1, min(_BLOCK_ROWS, _BLOCK_VALUES // self.items))
        products = np.zeros((min(step, self.queries), self.items))
        for first in range(0, self.queries, step):
            last = min(first + step, self.queries)
            yield first, self._block(first, last, products[: last - first])

    def matrix(self) -> SingleArray:
        """Return all distances, a float32 array of shape (Q, G): 4 Q G bytes, 335 MB for 4,348 queries and 19,259 items."""
        result = np.empty((self.queries, self.items), np.float32)
        for first, block in self.blocks():
            result[first : first + len(block)] = block
        return result

    def rankings(self, *, depth: int | None = None) -> Iterator[tuple[int, IndexArray]]:
        """Yield consecutive blocks of rankings with the number of their first query.

        Parameters
        ----------
        depth : int, optional
            Length of a ranking; by default all G items.

        Yields
        ------
        int, int32 array of shape (rows, depth)
            Positions in the gallery, best first: a stable sort of the distances that `blocks` yields.
        """
        kept = self.items if depth is None else min(depth, self.items)
        for first, block in self.blocks():
            parts = over_chunks(
                lambda start, stop, block=block: _ranked(block[start:stop], kept),  # type: ignore[misc]
                len(block),
                size=_CHUNK_ROWS,
                threads=self._threads,
            )
            yield first, np.concatenate(parts)

    def _block(self, first: int, last: int, products: FloatArray) -> SingleArray:
        """Return the distances of the queries from `first` to `last`; `products` is written over."""
        if self._mixture.share > 0.0:
            left = doubles(self._embeddings, first, last)
            step = max(_TILE_VALUES // left.shape[1], 1)
            for start in range(self.queries, self.queries + self.items, step):
                right = doubles(self._embeddings, start, start + step)
                place = start - self.queries
                np.matmul(left, right.T, out=products[:, place : place + len(right)])
        result = np.empty(products.shape, np.float32)
        # The screen is for neighbours alone; kernels are compiled for what they read.
        given = (self._embeddings.values, self._embeddings.factors, self._embeddings.squares)

        def work(start: int, stop: int) -> None:
            where = (first + start, self.queries)
            _mix(where, products[start:stop], given, self._columns, self._mixture, result[start:stop])

        over_chunks(work, last - first, size=_CHUNK_ROWS, threads=self._threads)
        return result


def rerank(
    query_embeddings: npt.ArrayLike,
    gallery_embeddings: npt.ArrayLike,
    *,
    settings: KReciprocal = ZHONG_PYTHON,
    threads: int | None = None,
) -> Reranked:
    """Find the neighbours of all images and encode them.

    Parameters
    ----------
    query_embeddings, gallery_embeddings : float arrays of shape (Q, d) and (G, d)
        float16, float32, or float64, which is rounded to float32.
    settings : KReciprocal
        The variant, by default the authors' Python code.
    threads : int, optional
        By default one for each processor; no result depends on it.

    Raises
    ------
    ValueError
        When the arrays are no tables of finite numbers of equal width, or a row of length 0 is to have length 1.

    Notes
    -----
    Queries take part in each other's neighbourhoods, as in all published codes: a query's result depends on which other
    queries there are.
    """
    embeddings, queries = joined(query_embeddings, gallery_embeddings, unit_length=settings.unit_length)
    encoded, farthest = encoded_images(embeddings, settings, threads)
    is_cosine = settings.mixed == variants.COSINE
    mixture = Mixture(
        encoded=encoded,
        is_jaccard=True,
        totals=row_totals(encoded, settings),
        power=vectors.HALF_SQUARED if is_cosine else POWERS[settings.distance],
        largest=np.ones(len(farthest)) if is_cosine else largest_distances(farthest, settings),
        share=float(settings.lambda_value),
    )
    return Reranked(embeddings, queries, mixture, threads=threads)


def _ranked(distances: SingleArray, depth: int) -> IndexArray:
    """Return the positions of the smallest distances of each row, in a stable order."""
    # Distances are not negative, so their bits are in their order; the position below them makes every key different.
    keys = distances.view(np.uint32).astype(np.uint64) << np.uint64(32)
    keys |= np.arange(distances.shape[1], dtype=np.uint64)
    if depth < distances.shape[1]:
        keys = np.partition(keys, depth, axis=1)[:, :depth]
    keys.sort(axis=1)
    return keys.astype(np.uint32).view(np.int32)


@inlined
def _mixed(squared: float, encoded: float, row: int, mixture: Mixture) -> float:
    """Return the result of one pair; it never falls where the squared distance rises."""
    original = scaled(original_distance(squared, mixture.power), mixture.largest[row])
    return (1.0 - mixture.share) * encoded + mixture.share * original


@kernel
def _compare(row: int, queries: int, columns: Rows, mixture: Mixture, distances: FloatArray) -> None:
    """Write the distances of one query's encoding to those of all items."""
    distances[:] = 0.0
    if mixture.is_jaccard:
        add_minima(row, mixture.encoded, columns, distances)
        for item in range(len(distances)):
            other = mixture.totals[queries + item]
            distances[item] = jaccard_distance(distances[item], mixture.totals[row], other)
    else:
        add_products(row, mixture.encoded, columns, distances)
        for item in range(len(distances)):
            distances[item] = max(0.0, 1.0 - distances[item])


@kernel
def _mix(
    where: tuple[int, int],
    products: FloatArray,
    given: tuple[SingleArray, FloatArray, FloatArray],
    columns: Rows,
    mixture: Mixture,
    result: SingleArray,
) -> None:
    """Write the distances of consecutive queries; `where` is the first of them and the number of all."""
    first, queries = where
    values, factors, squares = given
    error = product_error(values.shape[1])
    distances = np.empty(products.shape[1])
    for at in range(len(products)):
        row = first + at
        _compare(row, queries, columns, mixture, distances)
        for item in range(len(distances)):
            other = queries + item
            # The bound is relative to the square of both lengths together, which twice their squares exceed.
            both = squares[row] + squares[other]
            squared, gap = both - 2.0 * products[at, item], 2.0 * error * both
            low = np.float32(_mixed(max(squared - gap, 0.0), distances[item], row, mixture))
            if mixture.share > 0.0 and low != np.float32(_mixed(squared + gap, distances[item], row, mixture)):
                exact = squared_distance(values[row], values[other], factors[row], factors[other])
                low = np.float32(_mixed(exact, distances[item], row, mixture))
            result[at, item] = low
