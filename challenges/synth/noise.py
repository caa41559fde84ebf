"""Make integer noise for surfaces (cloth, asphalt, leaves) and for sensors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from challenges.synth.mesh import scramble
from challenges.synth.native import Whole, kernel

_TABLE_BITS = 12


def _lattice() -> NDArray[np.int64]:
    """Return 2 ** 12 random values in [-1024, 1023]: a look-up is several times cheaper than mixing bits."""
    values = [scramble(index, 1, 7) % 2048 - 1024 for index in range(1 << _TABLE_BITS)]
    return np.array(values, dtype=np.int64)


_LATTICE = _lattice()


@kernel
def value_noise(x: Whole, y: Whole, seed: Whole) -> Whole:
    """Return smooth noise in [-1024, 1023] at (x, y), whose lattice has a step of 256."""
    column, row = x >> 8, y >> 8
    fx, fy = x & 255, y & 255
    fx, fy = fx * fx * (768 - 2 * fx) >> 16, fy * fy * (768 - 2 * fy) >> 16
    # Large odd factors scatter neighbours over the table; the pattern repeats beyond any crop.
    key = column * 7919 + row * 104729 + seed * 611953
    low_key = key + 104729
    top = _LATTICE[_spread(key)] * (256 - fx) + _LATTICE[_spread(key + 7919)] * fx
    low = _LATTICE[_spread(low_key)] * (256 - fx) + _LATTICE[_spread(low_key + 7919)] * fx
    return (top * (256 - fy) + low * fy) >> 16


@kernel
def _spread(key: Whole) -> Whole:
    return (key ^ key >> 11) & 4095


@kernel
def rough_noise(x: Whole, y: Whole, seed: Whole) -> Whole:
    """Return three octaves of smooth noise, about [-1024, 1023]."""
    total = 4 * value_noise(x, y, seed) + 2 * value_noise(x * 2, y * 2, seed + 1) + value_noise(x * 4, y * 4, seed + 2)
    return total >> 3


@kernel
def grain_of(x: Whole, y: Whole, seed: Whole) -> Whole:
    """Return almost normal noise of standard deviation about 74 for a pixel (sum of four uniforms)."""
    bits = scramble(x, y, seed)
    return (bits & 127) + (bits >> 7 & 127) + (bits >> 14 & 127) + (bits >> 21 & 127) - 254
