"""Light the visible surfaces: sun with shadows, sky from above, bounce from below. All in integers.

Radiance is int32 in 0 … 65535, where 4096 is white paper in a light of one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from challenges.synth.ground import backdrop
from challenges.synth.layout import FIRST, FOLDS, GRAIN, PATTERN, SECOND, SEED, SHINE
from challenges.synth.native import Whole, kernel
from challenges.synth.noise import value_noise
from challenges.synth.surface import face_shade, mix_of

SUN, SUN_COLOUR, SKY, BOUNCE, SHADE = 0, 3, 6, 9, 12
"""Offsets in the 13 integers of a light: direction to the sun (1/UNIT), three colours (4096 is one), 1 if all is in shade."""

_FACE = 7


@kernel
def shade(
    buffer: NDArray[np.int32],
    samples: Whole,
    view: NDArray[np.int64],
    materials: NDArray[np.int64],
    light: NDArray[np.int64],
    sun_view: NDArray[np.int64],
    depths: NDArray[np.int32],
    place: NDArray[np.int64],
) -> NDArray[np.int32]:
    """Return the radiance of every pixel, int32 (height, width, 3), of a buffer with `samples` samples each way.

    `sun_view` and `depths` are the sun's parallel view and its nearest depths; `place` describes the backdrop. A pixel
    of one thing alone is the mean of two samples, the backdrop takes one: only edges need them all.
    """
    height, width = buffer.shape[0] // samples, buffer.shape[1] // samples
    out = np.empty((height, width, 3), np.int32)
    scratch = np.empty((4, 3), np.int64)
    total = np.empty(3, np.int64)
    sun = (light, sun_view, depths)
    for y in range(height):
        for x in range(width):
            step = _step(buffer, y * samples, x * samples, samples)
            total[:] = 0
            counted = 0
            for at in range(0, samples * samples, step):
                row, column = y * samples + at // samples, x * samples + at % samples
                _sample(buffer[row, column], (row, column), view, materials, sun, place, scratch)
                counted += 1
                for channel in range(3):
                    # A photosite is full at three times white: a glint must not outweigh its neighbours.
                    total[channel] += min(scratch[3, channel], np.int64(12000))
            for channel in range(3):
                out[y, x, channel] = total[channel] // counted
    return out


@kernel
def _step(buffer: NDArray[np.int32], top: Whole, left: Whole, samples: Whole) -> Whole:
    """Return which samples of a pixel are shaded: every one, the first and last, or the first."""
    thing = buffer[top, left, 1] if buffer[top, left, 0] > 0 else -1
    for dy in range(samples):
        for dx in range(samples):
            other = buffer[top + dy, left + dx, 1] if buffer[top + dy, left + dx, 0] > 0 else -1
            if other != thing:
                return 1
    return samples * samples if thing < 0 else max(1, samples * samples - 1)


@kernel
def _sample(
    seen: NDArray[np.int32],
    at: tuple[Whole, Whole],
    view: NDArray[np.int64],
    materials: NDArray[np.int64],
    sun: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]],
    place: NDArray[np.int64],
    scratch: NDArray[np.int64],
) -> None:
    """Set the last row of `scratch` to the radiance of the sample at (row, column); the others are ray, point, normal.

    `sun` holds the light, the sun's view and its depths.
    """
    ray, point, normal, colour = scratch[0], scratch[1], scratch[2], scratch[3]
    look(view, at[1], at[0], ray)
    if seen[0] > 0:
        _surface(seen, materials, normal, colour)
        if normal[0] * ray[0] + normal[1] * ray[1] + normal[2] * ray[2] > 0:
            normal[0], normal[1], normal[2] = -normal[0], -normal[1], -normal[2]
        for axis in range(3):
            point[axis] = view[axis] + (ray[axis] * np.int64(seen[0]) >> 14)
    else:
        backdrop(view, ray, place, point, normal, colour)
    lit(point, normal, colour, sun[0], sun[1], sun[2])


@kernel
def look(view: NDArray[np.int64], x: Whole, y: Whole, ray: NDArray[np.int64]) -> None:
    """Set the ray of a sample, scaled so that its part along the line of sight is UNIT."""
    across, down = x * 16 + 8 - view[13], y * 16 + 8 - view[14]
    for axis in range(3):
        ray[axis] = view[9 + axis] + (view[3 + axis] * across + view[6 + axis] * down) // view[12]


@kernel
def _surface(
    sample: NDArray[np.int32], materials: NDArray[np.int64], normal: NDArray[np.int64], colour: NDArray[np.int64]
) -> None:
    """Set the normal and reflectance of a drawn sample; folds and grain darken and lighten it."""
    row, u, v = materials[sample[1]], np.int64(sample[2]), np.int64(sample[3])
    for axis in range(3):
        normal[axis] = sample[4 + axis]
        colour[axis] = row[FIRST + axis]
    if row[PATTERN] == _FACE:
        _face(row, u, v, colour)
    else:
        mix = mix_of(row, u, v)
        for axis in range(3):
            colour[axis] += (row[SECOND + axis] - colour[axis]) * mix >> 8
    fold = value_noise(u // 3 + v, v * 2 - u // 4, row[SEED]) + value_noise(u - v * 3, v * 5, row[SEED] + 7) // 2
    grain = value_noise(u * 5, v * 40, row[SEED] + 3)
    gain = 4096 + (fold * row[FOLDS] + grain * row[GRAIN]) // 96
    normal[2] += fold * row[FOLDS] // 40
    for axis in range(3):
        colour[axis] = max(np.int64(0), colour[axis] * gain >> 12)
    if row[SHINE] > 0 and sample[6] > 11000:
        for axis in range(3):
            colour[axis] += (sample[6] - 11000) * row[SHINE] >> 11


@kernel
def _face(row: NDArray[np.int64], u: Whole, v: Whole, colour: NDArray[np.int64]) -> None:
    shown = face_shade(row, u, v)
    for axis in range(3):
        skin, hair = colour[axis], row[SECOND + axis]
        if shown == 1:
            colour[axis] = (hair * 3 + skin) >> 2
        elif shown == 2:
            colour[axis] = skin * 90 >> 8
        elif shown == 3:
            colour[axis] = skin * (210 if axis == 0 else 140) >> 8
        elif shown == 4:
            colour[axis] = 60
        elif shown == 5:
            colour[axis] = 110
        elif shown == 6:
            colour[axis] = (skin * 13 + hair * 3) >> 4


@kernel
def lit(
    point: NDArray[np.int64],
    normal: NDArray[np.int64],
    colour: NDArray[np.int64],
    light: NDArray[np.int64],
    sun_view: NDArray[np.int64],
    depths: NDArray[np.int32],
) -> None:
    """Turn a reflectance into radiance, in place; a negative x of the normal's length marks a glowing backdrop."""
    if normal[0] == 0 and normal[1] == 0 and normal[2] == 0:
        return
    facing = normal[0] * light[SUN] + normal[1] * light[SUN + 1] + normal[2] * light[SUN + 2]
    facing = max(np.int64(0), facing >> 14)
    reached = np.int64(0)
    if facing > 0 and light[SHADE] == 0:
        reached = _sunlit(point, sun_view, depths)
    upward = min(np.int64(16384), max(np.int64(-16384), normal[2]))
    above = (16384 + upward) >> 1
    # Near the ground and between the legs less of the sky is seen.
    open_sky = 3100 + min(np.int64(996), point[2] // 20)
    for axis in range(3):
        arriving = light[SKY + axis] * above + light[BOUNCE + axis] * (16384 - above)
        arriving = (arriving >> 14) * open_sky >> 12
        arriving += (light[SUN_COLOUR + axis] * facing >> 14) * reached >> 8
        colour[axis] = colour[axis] * arriving >> 12


@kernel
def _sunlit(point: NDArray[np.int64], sun_view: NDArray[np.int64], depths: NDArray[np.int32]) -> Whole:
    """Return how much of the sun reaches a point, in 1/256, from four cells of its view."""
    x, y, z = point[0] - sun_view[0], point[1] - sun_view[1], point[2] - sun_view[2]
    cell = -sun_view[12]
    right = (x * sun_view[3] + y * sun_view[4] + z * sun_view[5]) >> 14
    down = (x * sun_view[6] + y * sun_view[7] + z * sun_view[8]) >> 14
    depth = (x * sun_view[9] + y * sun_view[10] + z * sun_view[11]) >> 14
    column, row = (sun_view[13] + right * 16 // cell - 8) >> 4, (sun_view[14] + down * 16 // cell - 8) >> 4
    if column < 0 or row < 0 or row + 1 >= depths.shape[0] or column + 1 >= depths.shape[1]:
        return 256
    share = 256
    for dy in range(2):
        for dx in range(2):
            nearest = depths[row + dy, column + dx]
            if nearest > 0 and nearest + 45 * 16 < depth:
                share -= 64
    return share
