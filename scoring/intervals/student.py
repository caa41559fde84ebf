"""Quantiles of Student's t distribution, so that the base install needs no statistics package."""

from __future__ import annotations

import math
from functools import cache
from typing import Final

_TINY: Final = 1e-300
_MAX_TERMS: Final = 1000


def _continued_fraction(x: float, a: float, b: float) -> float:
    """Evaluate the continued fraction of the incomplete beta function by Lentz's method."""
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > _TINY else _TINY)
    result = d
    for m in range(1, _MAX_TERMS):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + numerator * d
            c = 1.0 + numerator / c
            d = 1.0 / (d if abs(d) > _TINY else _TINY)
            c = c if abs(c) > _TINY else _TINY
            result *= c * d
        if abs(c * d - 1.0) < 1e-16:
            break
    return result


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b)."""
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    front = math.exp(log_front)
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _continued_fraction(x, a, b) / a
    return 1.0 - front * _continued_fraction(1.0 - x, b, a) / b


def t_upper_tail(t: float, degrees: int) -> float:
    """Return P(T > t) for t ≥ 0 and a number of degrees of freedom of at least 1."""
    return 0.5 * _incomplete_beta(degrees / (degrees + t * t), 0.5 * degrees, 0.5)


@cache
def t_quantile(degrees: int, upper_tail: float = 0.025) -> float:
    """Return the t with P(T > t) = `upper_tail`.

    Parameters
    ----------
    degrees : int
        Degrees of freedom, at least 1.
    upper_tail : float
        In (0, 0.5).

    Raises
    ------
    ValueError
        When an argument is out of its range.

    References
    ----------
    Abramowitz and Stegun: Handbook of Mathematical Functions, 26.7.1 and 26.5.8.

    Examples
    --------
    >>> round(t_quantile(1), 4), round(t_quantile(10), 4), round(t_quantile(807), 4)
    (12.7062, 2.2281, 1.9629)
    """
    if degrees < 1 or not 0.0 < upper_tail < 0.5:
        raise ValueError(f"No t quantile for {degrees} degrees of freedom and an upper tail of {upper_tail}.")
    low, high = 0.0, 2.0
    while t_upper_tail(high, degrees) > upper_tail:
        high *= 2.0
    # Bisection down to neighbouring numbers: some 60 steps, and the same result everywhere.
    middle = 0.5 * (low + high)
    while low < middle < high:
        low, high = (middle, high) if t_upper_tail(middle, degrees) > upper_tail else (low, middle)
        middle = 0.5 * (low + high)
    return middle
