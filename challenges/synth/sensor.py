"""Turn radiance into the 8-bit picture of one camera: optics, motion, white balance, noise, tone, sharpening, blocks."""

from __future__ import annotations

from dataclasses import dataclass

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
    """Return the sRGB picture of supersampled radiance.

    Parameters
    ----------
    radiance : int32 array (height · samples, width · samples, 3), 4096 is white in a light of one.
    exposure : gain in 1/256; `seed` chooses the noise.
    """
    linear = _binned(radiance, samples)
    if max(abs(blur.right), abs(blur.down)) >= 16:
        linear = _moved(linear, blur.right, blur.down)
    for half in (sensor.blur, blur.defocus):
        for _ in range(2 if half else 0):  # Two boxes make a tent: near enough to a lens.
            across = np.ascontiguousarray(_boxed(linear, half).transpose(1, 0, 2))
            linear = np.ascontiguousarray(_boxed(across, half).transpose(1, 0, 2))
    gains = np.array([gain * exposure >> 8 for gain in sensor.gains], dtype=np.int64)
    noisy = _sensed(linear, gains, sensor.read, sensor.shot, sensor.haze, seed)
    toned = power_table(sensor.gamma, _LEVELS, 255 * 16)[noisy]
    if sensor.sharpen:
        toned = _sharpened(toned, sensor.sharpen)
    if sensor.blocks:
        toned = coded(toned, sensor.blocks)
    levels: NDArray[np.uint8] = np.clip((toned + 8) >> 4, 0, 255).astype(np.uint8)
    return levels


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
                        # A photosite is full at sixteen times white: a glint must not outweigh its neighbours.
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
def _boxed(image: NDArray[np.int32], half: Whole) -> NDArray[np.int32]:
    """Average each row over a box of half-width `half` quarter pixels."""
    height, width = image.shape[0], image.shape[1]
    out = np.empty((height, width, 3), np.int32)
    whole, rest = (half + 2) // 4, (half + 2) % 4
    weight = 4 * (2 * whole - 1) + 2 * rest if whole > 0 else 4
    for y in range(height):
        for x in range(width):
            for c in range(3):
                total = np.int64(0)
                for dx in range(-whole, whole + 1):
                    sx = min(width - 1, max(0, x + dx))
                    share = rest if abs(dx) == whole and whole > 0 else 4
                    total += np.int64(image[y, sx, c]) * share
                out[y, x, c] = total // weight
    return out


@kernel
def _sensed(
    image: NDArray[np.int32], gains: NDArray[np.int64], read: Whole, shot: Whole, haze: Whole, seed: Whole
) -> NDArray[np.int64]:
    """Apply haze, gain and noise; the result is clipped to 0 … 4095."""
    height, width = image.shape[0], image.shape[1]
    out = np.empty((height, width, 3), np.int64)
    for y in range(height):
        for x in range(width):
            for c in range(3):
                light = np.int64(image[y, x, c])
                light = (light * (256 - haze) + 1500 * haze) >> 8
                light = light * gains[c] >> 8
                root = np.int64(64)
                for _ in range(5):  # Newton: the noise of light grows with its root.
                    root = (root + light // root) >> 1
                    root = max(root, np.int64(1))
                noise = grain_of(x, y, seed * 3 + c) * (read * 16 + shot * root) >> 16
                out[y, x, c] = min(np.int64(4095), max(np.int64(0), light + noise))
    return out


@kernel
def _sharpened(image: NDArray[np.int64], strength: Whole) -> NDArray[np.int64]:
    """Add a fraction of the difference to the mean of the four neighbours, as cameras do."""
    height, width = image.shape[0], image.shape[1]
    out = np.empty((height, width, 3), np.int64)
    for y in range(height):
        for x in range(width):
            for c in range(3):
                around = np.int64(image[max(0, y - 1), x, c]) + image[min(height - 1, y + 1), x, c]
                around += np.int64(image[y, max(0, x - 1), c]) + image[y, min(width - 1, x + 1), c]
                edge = 4 * np.int64(image[y, x, c]) - around
                out[y, x, c] = min(np.int64(4080), max(np.int64(0), image[y, x, c] + (edge * strength >> 10)))
    return out
