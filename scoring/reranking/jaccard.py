"""Compare encodings: d_J(i, j) = 1 - sum_c min(V_ic, V_jc) / sum_c max(V_ic, V_jc), for pairs that share an entry.

All other pairs have distance 1, so a row needs the columns of its own entries alone. The sum of maxima is what is left
of both rows' sums; where rows sum to 1 it is 2 less the sum of minima, as published codes write it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from scoring.reranking import variants
from scoring.reranking.encoding import encode, others_needed
from scoring.reranking.native import inlined, kernel
from scoring.reranking.neighbours import nearest_others
from scoring.reranking.sparse import Rows, row_sums, stacked, transposed
from scoring.reranking.threads import over_chunks
from scoring.reranking.variants import SPCL, KReciprocal
from scoring.reranking.vectors import FloatArray, Vectors, prepare

_CHUNK_ROWS: Final = 128


def jaccard_graph(
    embeddings: npt.ArrayLike, *, settings: KReciprocal = SPCL, at_most: float = 0.6, threads: int | None = None
) -> Rows:
    """Return the pairs of images whose Jaccard distance is small, for clustering.

    Parameters
    ----------
    embeddings : float array of shape (n, d)
        float16, float32, or float64, which is rounded to float32.
    settings : KReciprocal
        `lambda_value` and `mixed` play no part.
    at_most : float in [0, 1)
        Largest distance of a pair that is kept: the `eps` of DBSCAN.
    threads : int, optional
        By default one for each processor; the result does not depend on it.

    Returns
    -------
    Rows
        Symmetric, shape (n, n), the diagonal stored as 0. Lower is nearer; what is not stored is farther than `at_most`.

    Raises
    ------
    ValueError
        When the embeddings are no table of finite numbers, or `at_most` is out of range.

    Notes
    -----
    ``DBSCAN(eps=at_most, metric="precomputed")`` of scikit-learn takes the rows as a `scipy.sparse.csr_matrix`.
    """
    if not 0.0 <= at_most < 1.0:
        raise ValueError("at_most is a distance from 0 to below 1; pairs that share nothing have distance 1.")
    vectors = prepare(embeddings, unit_length=settings.unit_length)
    encoded = encoded_images(vectors, settings, threads)[0]
    columns, totals = transposed(encoded, 0, len(vectors.values)), row_totals(encoded, settings)

    def work(first: int, last: int) -> Rows:
        return _near_pairs(first, last, encoded, columns, totals, at_most)

    return stacked(over_chunks(work, len(vectors.values), size=_CHUNK_ROWS, threads=threads))


def encoded_images(vectors: Vectors, settings: KReciprocal, threads: int | None) -> tuple[Rows, FloatArray]:
    """Return the encodings of all images and the squared distance of the farthest from each."""
    is_scaled = settings.scaling == variants.ROW_MAX
    found = nearest_others(vectors, others_needed(settings), farthest=is_scaled, threads=threads)
    return encode(vectors, found, settings, threads), found.farthest


def row_totals(encoded: Rows, settings: KReciprocal) -> FloatArray:
    """Return the sum of each encoding."""
    return np.ones(len(encoded.starts) - 1) if settings.weights == variants.UNIT_SUM else row_sums(encoded)


@kernel
def add_minima(row: int, encoded: Rows, columns: Rows, sums: FloatArray) -> None:
    """Add to `sums` the minima that a row shares with each row of the transposed matrix."""
    for at in range(encoded.starts[row], encoded.starts[row + 1]):
        column, value = encoded.columns[at], encoded.values[at]
        for other in range(columns.starts[column], columns.starts[column + 1]):
            sums[columns.columns[other]] += min(value, columns.values[other])


@kernel
def add_products(row: int, encoded: Rows, columns: Rows, sums: FloatArray) -> None:
    """Add to `sums` the products of a row and each row of the transposed matrix."""
    for at in range(encoded.starts[row], encoded.starts[row + 1]):
        column, value = encoded.columns[at], encoded.values[at]
        for other in range(columns.starts[column], columns.starts[column + 1]):
            sums[columns.columns[other]] += value * columns.values[other]


@inlined
def jaccard_distance(minima: float, total: float, other_total: float) -> float:
    """Return the distance in [0, 1]; 1 for two empty rows."""
    if minima <= 0.0:
        return 1.0
    return max(0.0, 1.0 - minima / (total + other_total - minima))


@kernel
def _near_pairs(first: int, last: int, encoded: Rows, columns: Rows, totals: FloatArray, at_most: float) -> Rows:
    """Return the near items of the rows from `first` to `last`."""
    count = len(totals)
    starts, sums = np.zeros(last - first + 1, np.int64), np.zeros(count)
    items, distances = np.empty(count, np.int32), np.empty(count)
    filled = 0
    for row in range(first, last):
        if len(items) - filled < count:
            items = np.concatenate((items, np.empty(len(items) + count, np.int32)))
            distances = np.concatenate((distances, np.empty(len(distances) + count)))
        sums[:] = 0.0
        add_minima(row, encoded, columns, sums)
        for item in range(count):
            distance = 0.0 if item == row else jaccard_distance(sums[item], totals[row], totals[item])
            if distance <= at_most:
                items[filled], distances[filled] = item, distance
                filled += 1
        starts[row - first + 1] = filled
    return Rows(starts, items[:filled].copy(), distances[:filled].copy())
