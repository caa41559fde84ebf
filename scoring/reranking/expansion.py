"""Expand queries and augment galleries: every embedding becomes a weighted sum of itself and its nearest neighbours.

x' = x + sum over the n nearest of max(0, cos)^alpha y, for x and y of length 1, brought to length 1 again. alpha = 0 is
the plain average, a larger alpha trusts near neighbours more.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scoring.reranking.native import inlined, kernel
from scoring.reranking.neighbours import Neighbours, nearest_items, nearest_others
from scoring.reranking.vectors import FloatArray, SingleArray, Vectors, joined, prepare


def expand_queries(
    query_embeddings: npt.ArrayLike,
    gallery_embeddings: npt.ArrayLike,
    *,
    neighbours: int = 10,
    alpha: int = 0,
    threads: int | None = None,
) -> SingleArray:
    """Add to each query its nearest gallery items (AQE; with alpha > 0: alpha-QE).

    Parameters
    ----------
    query_embeddings, gallery_embeddings : float arrays of shape (Q, d) and (G, d)
        Compared by cosine, higher is nearer.
    neighbours : int
        How many items are added; all where there are fewer.
    alpha : int
        Power of the cosine as weight; negative cosines weigh nothing where alpha > 0.

    Returns
    -------
    float32 array of shape (Q, d), rows of length 1

    Raises
    ------
    ValueError
        For embeddings that are no table of finite numbers with a direction, or a negative number.

    References
    ----------
    Chum, Philbin, Sivic, Isard, Zisserman: Total Recall, ICCV 2007, section 4 (average query expansion).
    Radenovic, Tolias, Chum: Fine-tuning CNN Image Retrieval with No Human Annotation, TPAMI 2019, section 5 (alpha = 3).
    """
    _check(neighbours, alpha)
    queries, gallery = prepare(query_embeddings, unit_length=True), prepare(gallery_embeddings, unit_length=True)
    if queries.values.shape[1] != gallery.values.shape[1]:
        raise ValueError("Query and gallery embeddings are tables of the same width.")
    return _of_unit_length(_sums(queries, gallery, nearest_items(queries, gallery, neighbours, threads=threads), alpha))


def augment_gallery(
    gallery_embeddings: npt.ArrayLike, *, neighbours: int = 10, alpha: int = 0, threads: int | None = None
) -> SingleArray:
    """Add to each gallery item its nearest other items (database-side augmentation).

    Parameters and errors are those of `expand_queries`; queries take no part.

    References
    ----------
    Turcot, Lowe: Better Matching with Fewer Features, ICCV-W 2009. Arandjelovic, Zisserman: Three Things Everyone Should
    Know to Improve Object Retrieval, CVPR 2012, section 5.
    """
    _check(neighbours, alpha)
    gallery = prepare(gallery_embeddings, unit_length=True)
    found = nearest_others(gallery, neighbours, farthest=False, threads=threads)
    return _of_unit_length(_sums(gallery, gallery, found, alpha))


def expand_jointly(
    query_embeddings: npt.ArrayLike,
    gallery_embeddings: npt.ArrayLike,
    *,
    neighbours: int = 5,
    alpha: int = 3,
    passes: int = 1,
    threads: int | None = None,
) -> tuple[SingleArray, SingleArray]:
    """Replace each image by the weighted mean of its nearest among queries and gallery, itself counted.

    Parameters
    ----------
    neighbours : int, at least 1
        Images in a mean, the image itself and `neighbours - 1` others.
    passes : int
        How often; neighbours are found anew each time.

    Returns
    -------
    float32 arrays of shape (Q, d) and (G, d)
        Means of the embeddings as given, not of length 1; they are compared by cosine.

    References
    ----------
    JDAI-CV/fast-reid, fastreid/evaluation/query_expansion.py (k = 5, alpha = 3, 1 pass in its configuration).
    """
    _check(neighbours - 1, alpha)
    images, queries = joined(query_embeddings, gallery_embeddings, unit_length=True)
    for _ in range(passes):
        found = nearest_others(images, neighbours - 1, farthest=False, threads=threads)
        given = images._replace(factors=np.ones(len(images.factors)))
        mean = (_sums(given, given, found, alpha) / (1 + found.items.shape[1])).astype(np.float32)
        images = prepare(mean, unit_length=True)
    return images.values[:queries].copy(), images.values[queries:].copy()


def _check(neighbours: int, alpha: int) -> None:
    if neighbours < 0 or alpha < 0:
        raise ValueError("Neighbours and alpha are whole numbers from 0.")


def _sums(images: Vectors, items: Vectors, found: Neighbours, alpha: int) -> FloatArray:
    """Return each image with its weighted neighbours added."""
    return _add((images.values, images.factors), (items.values, items.factors), found, alpha)


@inlined
def _weight(squared: float, alpha: int) -> float:
    """Return the cosine of two vectors of length 1 to a whole power; multiplied, since a machine's own pow may differ."""
    cosine, weight = max(0.0, 1.0 - 0.5 * squared), 1.0
    for _ in range(alpha):
        weight *= cosine
    return weight


@kernel
def _add(
    images: tuple[SingleArray, FloatArray], items: tuple[SingleArray, FloatArray], found: Neighbours, alpha: int
) -> FloatArray:
    """Add neighbours in their order, in float64."""
    values, factors = images
    others, other_factors = items
    sums = np.empty(values.shape)
    for row in range(len(values)):
        for column in range(values.shape[1]):
            sums[row, column] = values[row, column] * factors[row]
        for which in range(found.items.shape[1]):
            item = found.items[row, which]
            share = _weight(found.squared[row, which], alpha) * other_factors[item]
            for column in range(values.shape[1]):
                sums[row, column] += others[item, column] * share
    return sums


@kernel
def _of_unit_length(rows: FloatArray) -> SingleArray:
    """Return rows by their lengths, summed in the order of columns; a row of zeros stays."""
    result = np.zeros(rows.shape, np.float32)
    for row in range(len(rows)):
        square = 0.0
        for column in range(rows.shape[1]):
            square += rows[row, column] * rows[row, column]
        if square > 0.0:
            length = np.sqrt(square)
            for column in range(rows.shape[1]):
                result[row, column] = rows[row, column] / length
    return result
