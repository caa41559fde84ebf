"""Hold embeddings for two kinds of arithmetic: a float32 product that screens, float64 differences that decide.

The distance of two embeddings is half the squared length of their difference: for `cosine` of the rows brought to length 1,
which is 1 - cos, and for `euclidean` of the rows as given. It is summed in float64 in one fixed order
(`scoring.reranking.vectors.squared_distance`); equal rows have distance 0 exactly.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.reranking.vectors import squared_distance
from scoring.vectors.native import inlined, kernel

FloatArray = npt.NDArray[np.float64]
SingleArray = npt.NDArray[np.float32]

_SINGLE_ROUNDING: Final = 2.0**-24
#: Lengths between which products of two rows neither overflow nor vanish in float32.
_SHORTEST, _LONGEST = 2.0**-40, 2.0**40


class Prepared(NamedTuple):
    """Hold the embeddings of one role.

    A pair's product p of two rows of `values` gives the key offset - p × scale of a gallery item, and its distance is
    base + factor × key of the query.

    Attributes
    ----------
    values : float32 array of shape (n, d)
        As given, but for powers of two.
    factors : float64 array of shape (n,)
        What rows are multiplied by: 1 / length for cosine, else 1.
    bases : float64 array of shape (n,)
        1 for cosine, else half the squared length.
    lengths : float64 array of shape (n,)
        Of the rows of `values`.
    scales, offsets : float32 arrays of shape (n,)
        The factors; and 0 for cosine, else half the squared lengths.
    """

    values: SingleArray
    factors: FloatArray
    bases: FloatArray
    lengths: FloatArray
    scales: SingleArray
    offsets: SingleArray

    @property
    def longest(self) -> float:
        """Return the length of the longest multiplied row."""
        return float((self.lengths * self.factors).max())


class Pair(NamedTuple):
    """Hold the embeddings of both roles and where the track's queries begin among those of all tracks."""

    queries: Prepared
    gallery: Prepared
    first_query: int


def prepare(queries: SingleArray, gallery: SingleArray, *, metric: str) -> tuple[Prepared, Prepared]:
    """Make embeddings ready; the arrays are written over.

    Parameters
    ----------
    queries, gallery : float32 arrays of shape (n, d)
        Finite; no row of length 0 for ``cosine``.
    metric : str
        ``cosine`` or ``euclidean``.

    Notes
    -----
    Rows are multiplied by powers of two, so that no product overflows: each row for cosine, where its length does not
    matter; all rows alike for Euclidean distances, and only where their lengths are extreme.
    """
    if metric == "cosine":
        return _unit_length(queries), _unit_length(gallery)
    longest = math.sqrt(max(float(squared_lengths(rows).max()) for rows in (queries, gallery)))
    if not _SHORTEST <= longest <= _LONGEST and longest > 0.0:
        for rows in (queries, gallery):
            # To the upper end, so that what lies far below the longest keeps its digits.
            _scale(rows, np.full(len(rows), math.frexp(longest)[1] - math.frexp(_LONGEST)[1] + 1))
    return _as_given(queries), _as_given(gallery)


def _as_given(rows: SingleArray) -> Prepared:
    squares, ones = squared_lengths(rows), np.ones(len(rows))
    half = 0.5 * squares
    return Prepared(rows, ones, half, np.sqrt(squares), ones.astype(np.float32), half.astype(np.float32))


def _unit_length(rows: SingleArray) -> Prepared:
    lengths, ones = np.sqrt(squared_lengths(rows)), np.ones(len(rows))
    lengths, exponents = np.frexp(lengths)
    _scale(rows, exponents.astype(np.int64))
    factors = 1.0 / lengths
    return Prepared(rows, factors, ones, lengths, factors.astype(np.float32), np.zeros(len(rows), np.float32))


@kernel
def squared_lengths(rows: SingleArray) -> FloatArray:
    """Return each row's squared length in float64, in four sums in the order of its columns."""
    sums = np.zeros(len(rows))
    whole = rows.shape[1] - rows.shape[1] % 4
    for at in range(len(rows)):
        row = rows[at]
        sum_0, sum_1, sum_2, sum_3 = 0.0, 0.0, 0.0, 0.0
        for column in range(0, whole, 4):
            sum_0 += np.float64(row[column]) * np.float64(row[column])
            sum_1 += np.float64(row[column + 1]) * np.float64(row[column + 1])
            sum_2 += np.float64(row[column + 2]) * np.float64(row[column + 2])
            sum_3 += np.float64(row[column + 3]) * np.float64(row[column + 3])
        for column in range(whole, len(row)):
            sum_0 += np.float64(row[column]) * np.float64(row[column])
        sums[at] = (sum_0 + sum_1) + (sum_2 + sum_3)
    return sums


@kernel
def _scale(rows: SingleArray, exponents: npt.NDArray[np.int64]) -> None:
    """Divide rows by powers of two, in place."""
    for row in range(len(rows)):
        # In two steps, because a single power may be beyond what a number can hold.
        half = exponents[row] // 2
        first, second = 2.0 ** float(-half), 2.0 ** float(half - exponents[row])
        for column in range(rows.shape[1]):
            rows[row, column] = np.float32(np.float64(rows[row, column]) * first * second)


@kernel
def product_window(terms: int, query_length: float, gallery_length: float) -> float:
    """Bound how far the float32 key of a pair may lie from what it stands for, whatever the order of a product's sums.

    Parameters
    ----------
    terms : int
        How many products are added in float32: all dimensions, or those of one lane.
    query_length, gallery_length : float
        Of the query's row as it enters the product, and of the longest multiplied gallery row.

    References
    ----------
    Higham: Accuracy and Stability of Numerical Algorithms, 2002, section 3.1.
    """
    roundings = (terms + 1) * _SINGLE_ROUNDING
    bound = roundings / max(1.0 - roundings, 2.0**-10) + 8 * _SINGLE_ROUNDING
    # Added to it: a few roundings of scales, offsets and limits.
    return 1.01 * gallery_length * (bound * query_length + 8 * _SINGLE_ROUNDING * gallery_length)


@inlined
def exact_distance(queries: Prepared, gallery: Prepared, query: int, item: int) -> float:
    """Return half the squared length of the difference of two multiplied rows."""
    return 0.5 * squared_distance(
        queries.values[query], gallery.values[item], queries.factors[query], gallery.factors[item]
    )


@inlined
def window_of(pair: Pair, query: int, terms: int, longest: float) -> float:
    """Bound how far a distance that was made of a key may lie from the exact one.

    Parameters
    ----------
    longest : float
        Length of the longest multiplied gallery row.
    """
    factor: float = pair.queries.factors[query]
    return factor * product_window(terms, pair.queries.lengths[query], longest)


@kernel
def widest_window(pair: Pair, longest: float) -> float:
    """Return the largest window of all queries, for products of all dimensions."""
    widest = 0.0
    for query in range(len(pair.queries.values)):
        widest = max(widest, window_of(pair, query, pair.queries.values.shape[1], longest))
    return widest


@kernel
def multiplied(rows: Prepared, row: int, out: FloatArray) -> None:
    """Write a row times its factor in float64."""
    for column in range(len(out)):
        out[column] = rows.values[row, column] * rows.factors[row]
