"""Standard errors over identities: one sampled unit for queries and gallery, all tracks and splits.

Two roles: θ₋ᵤ is the score without unit u in queries and gallery; SE² = (n-1)/n · Σᵤ (θ₋ᵤ - mean θ₋)².
Query role: with a fixed gallery, SE² = n/(n-1) · Σᵤ (Σ_{q∈u} (v_q - θ))² / N².

The first sums over all n units of the test set: those that only stand in the gallery change the score as well. The
second sums over the n units that have counted queries.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def scores_without(sums: FloatArray, counts: npt.NDArray[np.int64]) -> FloatArray | None:
    """Return the score without each unit, or None where a unit has all counted queries.

    Parameters
    ----------
    sums : float64 array of shape (n_units,)
        Sum of the queries' values without the unit's items, over the queries of the other units.
    counts : int64 array of shape (n_units,)
        Number of those queries.
    """
    return None if (counts <= 0).any() else sums / counts


def two_role_error(without: FloatArray) -> float:
    """Return the delete-one jackknife standard error.

    Parameters
    ----------
    without : float64 array of shape (n_units,)
        The score without each unit; for a macro score the mean of the tracks' scores without it.

    References
    ----------
    Miller: The Jackknife - a Review, Biometrika 1974; Shao and Tu: The Jackknife and Bootstrap, 1995, section 1.3.
    """
    n = len(without)
    mean = math.fsum(without.tolist()) / n
    return math.sqrt((n - 1) / n * math.fsum(((without - mean) ** 2).tolist()))


def query_role_influence(values: FloatArray, units: npt.NDArray[np.int64], n_units: int) -> FloatArray:
    """Return what each unit's queries add to the score's deviation, ``Σ (v - θ) / N``.

    Parameters
    ----------
    values : float64 array of shape (n_queries,)
        Values of the counted queries.
    units : int64 array of shape (n_queries,)
        Their sampled units.
    n_units : int
        Number of units of the test set.

    Notes
    -----
    Each unit's deviations are added from the smallest up, so that no order of the queries changes a bit.
    """
    mean = math.fsum(values.tolist()) / len(values)
    order = np.argsort(values, kind="stable")
    return np.bincount(units[order], weights=(values - mean)[order], minlength=n_units) / len(values)


def query_role_error(influence: FloatArray, identities: int) -> float:
    """Return the standard error of a ratio over clusters from the units' influences; 0 for one unit."""
    if identities < 2:
        return 0.0
    return math.sqrt(identities / (identities - 1) * math.fsum((influence**2).tolist()))
