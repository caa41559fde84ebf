"""Draw signs and resamples of identities from numbers that are a function of their place alone.

The n-th number is that of SplitMix64 (`scoring.sampling.mixed`), whose state is seed + n · 0x9e3779b97f4a7c15, modulo 2^64.
Nothing is taken from a library's generator, so no version of any changes a draw; and since a number needs no state,
every entry, metric and thread sees the same draws.
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
import numpy.typing as npt

from scoring.native import inlined, kernel
from scoring.sampling import mixed

#: 2^64 divided by the golden ratio: the step of the generator's state.
_STEP: Final = np.uint64(0x9E3779B97F4A7C15)
_32, _64, _ONE = (np.uint64(number) for number in (32, 64, 1))

IntArray = npt.NDArray[np.int64]


def seed_of(annotations_sha256: str, protocol_hash: str, purpose: str) -> np.uint64:
    """Return the seed of all draws of one purpose on one ground truth under one protocol."""
    text = "\n".join((purpose, annotations_sha256, protocol_hash))
    return np.uint64(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little"))


@inlined
def _word(seed: np.uint64, number: np.uint64) -> np.uint64:
    """Return 64 random bits."""
    return mixed(seed + number * _STEP)


@kernel
def words(seed: np.uint64, count: int) -> npt.NDArray[np.uint64]:
    """Return the first numbers of a stream."""
    found = np.empty(count, dtype=np.uint64)
    for number in range(count):
        found[number] = _word(seed, np.uint64(number))
    return found


@kernel
def flipped_totals(seed: np.uint64, totals: IntArray, replicates: int) -> IntArray:
    """Return the sum of the totals with a random sign each, for every replicate.

    Parameters
    ----------
    totals : int64 array of shape (n_units,)
        Whole numbers whose absolute values sum to less than 2^63: every sum is exact.
    """
    n = np.uint64(len(totals))
    per_replicate = (n + _64 - _ONE) // _64
    sums = np.zeros(replicates, dtype=np.int64)
    for replicate in range(replicates):
        bits = np.uint64(0)
        total = np.int64(0)
        for unit in range(len(totals)):
            place = np.uint64(unit)
            if place % _64 == np.uint64(0):
                bits = _word(seed, np.uint64(replicate) * per_replicate + place // _64)
            if bits & _ONE:
                total -= totals[unit]
            else:
                total += totals[unit]
            bits >>= _ONE
        sums[replicate] = total
    return sums


@kernel
def resampled_totals(seed: np.uint64, totals: IntArray, replicates: int) -> IntArray:
    """Return each entry's sum over as many units as there are, drawn with replacement, for every replicate.

    Parameters
    ----------
    totals : int64 array of shape (n_units, n_entries)
        Whole numbers; n_units times the largest absolute value is below 2^63: every sum is exact.

    Returns
    -------
    int64 array of shape (replicates, n_entries)

    Notes
    -----
    A unit is the upper half of a random number times n_units, by 2^32: one unit is more likely than another by less
    than n_units / 2^32.
    """
    n = np.uint64(len(totals))
    sums = np.zeros((replicates, totals.shape[1]), dtype=np.int64)
    for replicate in range(replicates):
        found = sums[replicate]
        for draw in range(len(totals)):
            number = _word(seed, np.uint64(replicate) * n + np.uint64(draw))
            row = totals[np.int64(((number >> _32) * n) >> _32)]
            for entry in range(len(row)):
                found[entry] += row[entry]
    return sums
