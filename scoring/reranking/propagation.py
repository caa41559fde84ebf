"""Re-rank by propagation over the graph of nearest neighbours: another algorithm than k-reciprocal encoding.

1. A(i, j) = 1 for the k1 nearest j of i by cosine, i itself included; else 0.
2. Twice: A <- A + A^T; row i of A <- sum over the k2 nearest j of i, i included, of cos(i, j)^2 times row j; rows by their
   Euclidean lengths.
3. Distance = (1 - lambda) (1 - A(q) A(g)) + lambda (1 - cos(q, g)).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from scoring.reranking import vectors
from scoring.reranking.native import kernel
from scoring.reranking.neighbours import IndexArray, Neighbours, nearest_others
from scoring.reranking.reranked import Mixture, Reranked
from scoring.reranking.sparse import Rows, combined, transposed
from scoring.reranking.vectors import FloatArray, joined

_PASSES: Final = 2


@dataclass(frozen=True)
class Propagation:
    """Hold the parameters of graph propagation.

    Parameters
    ----------
    k1, k2 : int, k1 at least 1, k2 from 2 to k1
        Images in a neighbourhood and in a sum, the image itself counted.
    lambda_value : float in [0, 1]
        Share of the cosine distance in the result.

    Raises
    ------
    ValueError
        For a value out of range.
    """

    k1: int = 26
    k2: int = 7
    lambda_value: float = 0.0

    def __post_init__(self) -> None:
        if not 2 <= self.k2 <= self.k1:
            raise ValueError("k2 is a whole number from 2 to k1.")
        if not 0.0 <= self.lambda_value <= 1.0:
            raise ValueError("lambda_value is a share from 0 to 1.")


#: The paper: k1 = 26, k2 = 7 for Market-1501, nothing mixed in.
GNN_PAPER: Final = Propagation()
#: layumi/Person_reID_baseline_pytorch, GPU-Re-Ranking/gnn_reranking.py, which mixes the cosine in.
GNN_LAYUMI: Final = Propagation(lambda_value=0.3)


def propagate(
    query_embeddings: npt.ArrayLike,
    gallery_embeddings: npt.ArrayLike,
    *,
    settings: Propagation = GNN_LAYUMI,
    threads: int | None = None,
) -> Reranked:
    """Re-rank by graph propagation; parameters, errors and result are those of `rerank`.

    Raises
    ------
    ValueError
        When the arrays are no tables of finite numbers of equal width, or a row has no direction.

    References
    ----------
    Zhang, Jiang, Zheng, Tan, Ding, Yang: Understanding Image Retrieval Re-Ranking: A Graph Neural Network Perspective,
    arXiv 2012.07620, 2020.
    """
    images, queries = joined(query_embeddings, gallery_embeddings, unit_length=True)
    found = nearest_others(images, settings.k1 - 1, farthest=False, threads=threads)
    nearest, shares = _with_self(found)
    group = np.ascontiguousarray(nearest[:, : settings.k2])
    adjacency = _adjacency(nearest)
    for _ in range(_PASSES):
        symmetric = _sum(adjacency, transposed(adjacency, 0, len(nearest)))
        adjacency = combined(symmetric, group, np.ascontiguousarray(shares[:, : settings.k2]), threads)
        _shorten(adjacency)
    ones = np.ones(len(nearest))
    mixture = Mixture(adjacency, False, ones, vectors.HALF_SQUARED, ones, float(settings.lambda_value))
    return Reranked(images, queries, mixture, threads=threads)


def _with_self(found: Neighbours) -> tuple[IndexArray, FloatArray]:
    """Return neighbourhoods with the image itself first, and squared cosines."""
    own = np.arange(len(found.items), dtype=np.int32)[:, None]
    cosines = 1.0 - 0.5 * found.squared
    return np.hstack([own, found.items]), np.hstack([np.ones((len(own), 1)), cosines * cosines])


def _adjacency(nearest: IndexArray) -> Rows:
    """Return the matrix that is 1 where an image is a neighbour."""
    count, size = nearest.shape
    return Rows(np.arange(count + 1) * size, np.sort(nearest, axis=1).ravel(), np.ones(count * size))


@kernel
def _sum(left: Rows, right: Rows) -> Rows:
    """Return the sum of two matrices with ascending columns."""
    starts = np.zeros(len(left.starts), np.int64)
    room = len(left.columns) + len(right.columns)
    columns, values = np.empty(room, np.int32), np.empty(room)
    filled = 0
    for row in range(len(starts) - 1):
        one, other = left.starts[row], right.starts[row]
        end, other_end = left.starts[row + 1], right.starts[row + 1]
        while one < end or other < other_end:
            takes_one = other == other_end or (one < end and left.columns[one] <= right.columns[other])
            takes_other = one == end or (other < other_end and right.columns[other] <= left.columns[one])
            columns[filled] = left.columns[one] if takes_one else right.columns[other]
            value = 0.0
            if takes_one:
                value += left.values[one]
                one += 1
            if takes_other:
                value += right.values[other]
                other += 1
            values[filled] = value
            filled += 1
        starts[row + 1] = filled
    return Rows(starts, columns[:filled].copy(), values[:filled].copy())


@kernel
def _shorten(rows: Rows) -> None:
    """Divide each row by its Euclidean length."""
    for row in range(len(rows.starts) - 1):
        square = 0.0
        for at in range(rows.starts[row], rows.starts[row + 1]):
            square += rows.values[at] * rows.values[at]
        for at in range(rows.starts[row], rows.starts[row + 1]):
            rows.values[at] /= np.sqrt(square)
