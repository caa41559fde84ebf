"""Hold embeddings for two kinds of arithmetic: float32 products that screen, float64 differences that decide.

No result of a BLAS routine reaches a stored byte: products say which pairs could matter, and those are computed again in
one fixed order of float64 operations, which is the same on every machine.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.reranking.native import inlined, kernel

FloatArray = npt.NDArray[np.float64]
SingleArray = npt.NDArray[np.float32]

#: Codes of the original distance as a function of the squared Euclidean one.
EUCLIDEAN: Final = 1
SQUARED: Final = 2
FOURTH_POWER: Final = 4
HALF_SQUARED: Final = 0  # 1 - cos for vectors of length 1

_SINGLE_ROUNDING: Final = 2.0**-24
_DOUBLE_ROUNDING: Final = 2.0**-53


class Vectors(NamedTuple):
    """Hold embeddings of n images.

    Attributes
    ----------
    values : float32 array of shape (n, d)
        As given.
    factors : float64 array of shape (n,)
        What rows are multiplied by: 1, or 1 / length for unit length.
    squares : float64 array of shape (n,)
        Squared lengths of the multiplied rows.
    screen : float32 array of shape (n, d)
        Multiplied rows for products that screen, scaled by a power of two so that none is longer than 1.
    offsets : float32 array of shape (n,)
        Half the squared length of each row of `screen`.
    """

    values: SingleArray
    factors: FloatArray
    squares: FloatArray
    screen: SingleArray
    offsets: SingleArray

    @property
    def window(self) -> float:
        """Bound how far `offsets[j] - screen[i] @ screen[j]` of two items may be out of order, in any order of sums.

        References
        ----------
        Higham: Accuracy and Stability of Numerical Algorithms, 2002, section 3.1.
        """
        # Two items, each with the error of its product (d terms) and a few roundings before and after it.
        terms = (self.values.shape[1] + 16) * _SINGLE_ROUNDING
        return float(2.1 * terms / max(1.0 - terms, 2.0**-10))


def prepare(embeddings: npt.ArrayLike, *, unit_length: bool) -> Vectors:
    """Check embeddings and make them ready.

    Parameters
    ----------
    embeddings : float array of shape (n, d)
        float16 or float32; float64 is rounded to float32.
    unit_length : bool
        Whether rows are brought to length 1.

    Raises
    ------
    ValueError
        When the array is no table of finite numbers, or a row has no direction.
    """
    given = np.asarray(embeddings)
    if given.ndim != 2 or 0 in given.shape or given.dtype.kind != "f":
        raise ValueError("Embeddings are a float array of shape (images, dimensions), neither of them 0.")
    with np.errstate(over="ignore"):
        values = np.array(given, dtype=np.float32, order="C")
    if not np.isfinite(values).all():
        raise ValueError("Embeddings are finite numbers within the range of float32.")
    squares = _squared_lengths(values)
    factors = np.ones(len(values))
    if unit_length:
        if not squares.all():
            raise ValueError("An embedding of length 0 has no direction.")
        factors = 1.0 / np.sqrt(squares)
        squares = np.ones(len(values))
    longest = math.sqrt(squares.max())
    shrink = 1.0 if longest == 0.0 else 2.0 ** -math.frexp(longest)[1]
    screen = _multiplied(values, factors * shrink)
    return Vectors(values, factors, squares, screen, (0.5 * shrink * shrink * squares).astype(np.float32))


def joined(
    query_embeddings: npt.ArrayLike, gallery_embeddings: npt.ArrayLike, *, unit_length: bool
) -> tuple[Vectors, int]:
    """Return queries and gallery in one, queries first, and the number of queries.

    Raises
    ------
    ValueError
        As `prepare`, and when widths differ or there is no query or no item.
    """
    queries, gallery = np.asarray(query_embeddings), np.asarray(gallery_embeddings)
    if queries.ndim != 2 or gallery.ndim != 2 or queries.shape[1] != gallery.shape[1]:
        raise ValueError("Query and gallery embeddings are tables of the same width.")
    if len(queries) == 0 or len(gallery) == 0:
        raise ValueError("There must be a query and a gallery item.")
    return prepare(np.concatenate([queries, gallery]), unit_length=unit_length), len(queries)


def doubles(vectors: Vectors, first: int, last: int) -> FloatArray:
    """Return multiplied rows in float64, shape (last - first, d)."""
    return vectors.values[first:last] * vectors.factors[first:last, None]


@kernel
def product_error(dimensions: int) -> float:
    """Bound the error of a squared distance from a float64 product, relative to (length + length)^2."""
    return 4.0 * (dimensions + 16) * _DOUBLE_ROUNDING


@kernel
def _squared_lengths(values: SingleArray) -> FloatArray:
    """Return each row's squared length, summed in the order of its columns."""
    sums = np.zeros(len(values))
    for row in range(len(values)):
        for column in range(values.shape[1]):
            value = np.float64(values[row, column])
            sums[row] += value * value
    return sums


@kernel
def _multiplied(values: SingleArray, factors: FloatArray) -> SingleArray:
    """Return rows times factors, rounded once."""
    result = np.empty_like(values)
    for row in range(len(values)):
        for column in range(values.shape[1]):
            result[row, column] = np.float32(np.float64(values[row, column]) * factors[row])
    return result


@kernel
def squared_distance(left: SingleArray, right: SingleArray, left_factor: float, right_factor: float) -> float:
    """Return the squared Euclidean distance of two rows times their factors, in one fixed order.

    Four sums, because a processor adds independent numbers at once; equal rows have distance 0 exactly.
    """
    size = len(left)
    whole = size - size % 4
    sum_0, sum_1, sum_2, sum_3 = 0.0, 0.0, 0.0, 0.0
    for at in range(0, whole, 4):
        gap_0 = left[at] * left_factor - right[at] * right_factor
        gap_1 = left[at + 1] * left_factor - right[at + 1] * right_factor
        gap_2 = left[at + 2] * left_factor - right[at + 2] * right_factor
        gap_3 = left[at + 3] * left_factor - right[at + 3] * right_factor
        sum_0 += gap_0 * gap_0
        sum_1 += gap_1 * gap_1
        sum_2 += gap_2 * gap_2
        sum_3 += gap_3 * gap_3
    for at in range(whole, size):
        gap = left[at] * left_factor - right[at] * right_factor
        sum_0 += gap * gap
    return (sum_0 + sum_1) + (sum_2 + sum_3)


@inlined
def original_distance(squared: float, code: int) -> float:
    """Return the original distance of a squared Euclidean one; it never falls where that rises."""
    if code == EUCLIDEAN:
        return math.sqrt(squared)
    if code == SQUARED:
        return squared
    if code == FOURTH_POWER:
        return squared * squared
    return 0.5 * squared


@inlined
def scaled(distance: float, largest: float) -> float:
    """Return a distance by its row's largest; 0 where all are 0."""
    return distance / largest if largest > 0.0 else 0.0
