"""Turn radiance into the 8-bit picture of one camera: optics, motion, white balance, noise, tone, sharpening, blocks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from challenges.synth.blocks import coded
from challenges.synth.exact import power_table
from challenges.synth.native import Whole, kernel
from challenges.synth.noise import grain_of


@dataclass(frozen=True)
class Sensor:
    """Hold what makes one camera's pictures look alike.

    Gains are 1/256 per channel, `gamma` the exponent of the tone curve, noise in 1/256 (`read` constant, `shot` growing
    with the square root of light), `sharpen` and `haze` in 1/256, `blur` the half-width of the lens's blur in 1/4 px,
    `blocks` the step of the 8 × 8 block coder in levels (0: none).
    """

    gains: tuple[int, int, int]
    gamma: str
    read: int
    shot: int
    sharpen: int
    haze: int
    blur: int
    blocks: int


@dataclass(frozen=True)
class Blur:
    """Hold an exposure's blur: path in 1/16 px, defocus as the half-width of a box in 1/4 px."""

    right: int
    down: int
    defocus: int


_LEVELS = 4096


def exposed(
    radiance: NDArray[np.int32], samples: int, *, sensor: Sensor, blur: Blur, exposure: int, seed: int
) -> NDArray[np.uint8]:
    """Return the sRGB picture of radiance, supersampled or not.

    Parameters
    ----------
    radiance : int32 array (height · samples, width · samples, 3), 4096 is white in a light of one.
    exposure : gain in 1/256; `seed` chooses the noise.
    """
    linear = _binned(radiance, samples) if samples > 1 else radiance
    if max(abs(blur.right), abs(blur.down)) >= 16:
        linear = _moved(linear, blur.right, blur.down)
    for half in (sensor.blur, blur.defocus):
        if half > 2:  # Two boxes make a tent: near enough to a lens.
            linear = _softened(_softened(linear, half), half)
    gains = np.array([gain * exposure >> 8 for gain in sensor.gains], dtype=np.int64)
    noisy = _sensed(linear, gains, _roots(), sensor.read, sensor.shot, sensor.haze, seed)
    toned = power_table(sensor.gamma, _LEVELS, 255 * 16)[noisy]
    if sensor.sharpen:
        toned = _sharpened(toned, sensor.sharpen)
    if sensor.blocks:
        toned = coded(toned, sensor.blocks)
    levels: NDArray[np.uint8] = np.clip((toned + 8) >> 4, 0, 255).astype(np.uint8)
    return levels


@cache
def _roots() -> NDArray[np.int32]:
    """Return the square root of each level of light, 0 … 4095."""
    return np.array([math.isqrt(level) for level in range(_LEVELS)], dtype=np.int32)


@kernel
def _binned(radiance: NDArray[np.int32], samples: Whole) -> NDArray[np.int32]:
    height, width = radiance.shape[0] // samples, radiance.shape[1] // samples
    out = np.zeros((height, width, 3), np.int32)
    for y in range(height):
        for x in range(width):
            for c in range(3):
                total = 0
                for dy in range(samples):
                    for dx in range(samples):
                        # A photosite is full at three times white: a glint must not outweigh its neighbours.
                        total += min(radiance[y * samples + dy, x * samples + dx, c], 12000)
                out[y, x, c] = total // (samples * samples)
    return out


@kernel
def _moved(image: NDArray[np.int32], right: Whole, down: Whole) -> NDArray[np.int32]:
    """Average the picture along a straight path of (right, down) 1/16 px, at least one pixel long."""
    steps = max(abs(right), abs(down)) // 16 + 1
    height, width = image.shape[0], image.shape[1]
    out = np.zeros_like(image)
    for step in range(steps):
        dx = (right * (2 * step - steps + 1)) // (32 * (steps - 1))
        dy = (down * (2 * step - steps + 1)) // (32 * (steps - 1))
        for y in range(height):
            for x in range(width):
                sy, sx = min(height - 1, max(0, y + dy)), min(width - 1, max(0, x + dx))
                for c in range(3):
                    out[y, x, c] += image[sy, sx, c]
    for y in range(height):
        for x in range(width):
            for c in range(3):
                out[y, x, c] //= steps
    return out


@kernel
def _softened(image: NDArray[np.int32], half: Whole) -> NDArray[np.int32]:
    """Average over a square box of half-width `half` quarter pixels, the outermost pixels in part."""
    height, width = image.shape[0], image.shape[1]
    across, out = np.empty((height, width, 3), np.int32), np.empty((height, width, 3), np.int32)
    whole, rest = (half + 2) // 4, (half + 2) % 4
    inverse = (1 << 20) // (4 * (2 * whole - 1) + 2 * rest)
    for y in range(height):
        for x in range(width):
            for c in range(3):
                left, right = max(0, x - whole), min(width - 1, x + whole)
                total = (np.int64(image[y, left, c]) + image[y, right, c]) * rest
                for dx in range(1 - whole, whole):
                    total += 4 * np.int64(image[y, min(width - 1, max(0, x + dx)), c])
                across[y, x, c] = total * inverse >> 20
    for y in range(height):
        above, below = max(0, y - whole), min(height - 1, y + whole)
        for x in range(width):
            for c in range(3):
                total = (np.int64(across[above, x, c]) + across[below, x, c]) * rest
                for dy in range(1 - whole, whole):
                    total += 4 * np.int64(across[min(height - 1, max(0, y + dy)), x, c])
                out[y, x, c] = total * inverse >> 20
    return out


@kernel
def _sensed(
    image: NDArray[np.int32],
    gains: NDArray[np.int64],
    roots: NDArray[np.int32],
    read: Whole,
    shot: Whole,
    haze: Whole,
    seed: Whole,
) -> NDArray[np.int32]:
    """Apply haze, gain and noise, which grows with the root of light; the result is clipped to 0 … 4095."""
    height, width = image.shape[0], image.shape[1]
    out = np.empty((height, width, 3), np.int32)
    for y in range(height):
        for x in range(width):
            for c in range(3):
                light = np.int64(image[y, x, c])
                light = (light * (256 - haze) + 1500 * haze) >> 8
                light = light * gains[c] >> 8
                spread = read * 16 + shot * roots[min(np.int64(4095), light)]
                noise = grain_of(x, y, seed * 3 + c) * spread >> 16
                out[y, x, c] = min(np.int64(4095), max(np.int64(0), light + noise))
    return out


@kernel
def _sharpened(image: NDArray[np.int32], strength: Whole) -> NDArray[np.int32]:
    """Add a fraction of the difference to the mean of the four neighbours, as cameras do."""
    height, width = image.shape[0], image.shape[1]
    out = np.empty((height, width, 3), np.int32)
    for y in range(height):
        for x in range(width):
            for c in range(3):
                around = np.int64(image[max(0, y - 1), x, c]) + image[min(height - 1, y + 1), x, c]
                around += np.int64(image[y, max(0, x - 1), c]) + image[y, min(width - 1, x + 1), c]
                edge = 4 * np.int64(image[y, x, c]) - around
                out[y, x, c] = min(np.int64(4080), max(np.int64(0), image[y, x, c] + (edge * strength >> 10)))
    return out
