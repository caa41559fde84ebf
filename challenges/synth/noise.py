"""Make smooth integer noise for surfaces: cloth, asphalt, leaves."""

from __future__ import annotations

from challenges.synth.mesh import scramble
from challenges.synth.native import Whole, kernel


@kernel
def value_noise(x: Whole, y: Whole, seed: Whole) -> Whole:
    """Return smooth noise in [-1024, 1023] at (x, y), whose lattice has a step of 256."""
    column, row = x >> 8, y >> 8
    fx, fy = x & 255, y & 255
    fx, fy = fx * fx * (768 - 2 * fx) >> 16, fy * fy * (768 - 2 * fy) >> 16
    top = (scramble(column, row, seed) & 2047) * (256 - fx) + (scramble(column + 1, row, seed) & 2047) * fx
    low = (scramble(column, row + 1, seed) & 2047) * (256 - fx) + (scramble(column + 1, row + 1, seed) & 2047) * fx
    return ((top * (256 - fy) + low * fy) >> 16) - 1024


@kernel
def rough_noise(x: Whole, y: Whole, seed: Whole) -> Whole:
    """Return three octaves of smooth noise, about [-1024, 1023]."""
    total = 4 * value_noise(x, y, seed) + 2 * value_noise(x * 2, y * 2, seed + 1) + value_noise(x * 4, y * 4, seed + 2)
    return total // 7


@kernel
def grain_of(x: Whole, y: Whole, seed: Whole) -> Whole:
    """Return almost normal noise of standard deviation about 147 for a pixel (sum of four uniforms)."""
    bits = scramble(x, y, seed)
    return (bits & 127) + (bits >> 7 & 127) + (bits >> 14 & 127) + (bits >> 21 & 127) - 254
