"""Draw what is behind a person: ground of several families, a kerb between two of them, walls and sky. In integers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from challenges.synth.mesh import scramble
from challenges.synth.native import Whole, kernel
from challenges.synth.noise import rough_noise, value_noise

GROUNDS = ("asphalt", "slabs", "grass", "concrete", "pavers", "tiles", "gravel")
WALLS = ("bricks", "plaster", "glass", "hedge", "panels")
PLACE_SIZE = 24
FAMILY, OTHER, SEED, NORMAL_X, NORMAL_Y, OFFSET, LINE = 0, 1, 2, 3, 4, 5, 6
WALL, WALL_DISTANCE, WALL_X, WALL_Y, TINT, OTHER_TINT, WALL_TINT, SKY_GLOW = 7, 8, 9, 10, 11, 14, 17, 20
"""Offsets in the 24 integers of a place: two ground families, the seed, the border's normal (1/UNIT) and offset (mm), a
painted line's width (mm); the wall's family, distance (mm) from the origin along its normal; three colours; the sky's."""


@kernel
def backdrop(
    view: NDArray[np.int64],
    ray: NDArray[np.int64],
    place: NDArray[np.int64],
    point: NDArray[np.int64],
    normal: NDArray[np.int64],
    colour: NDArray[np.int64],
) -> None:
    """Set point, normal and reflectance where a ray meets the wall, the ground or, with a zero normal, the sky."""
    to_wall = _wall_depth(view, ray, place)
    to_ground = np.int64(1) << 40
    if ray[2] < 0:
        to_ground = view[2] * 16384 // -ray[2]
    nearest = min(to_wall, to_ground)
    if nearest >= np.int64(1) << 24:  # Over a kilometre away: sky.
        normal[0], normal[1], normal[2] = 0, 0, 0
        colour[0], colour[1], colour[2] = place[SKY_GLOW], place[SKY_GLOW + 1], place[SKY_GLOW + 2]
        return
    for axis in range(3):
        point[axis] = view[axis] + ray[axis] * nearest // 16384
    if nearest == to_wall:
        normal[0], normal[1], normal[2] = -place[WALL_X], -place[WALL_Y], 0
        _wall(place, point, colour)
    else:
        point[2] = 0
        normal[0], normal[1], normal[2] = 0, 0, 16384
        _ground(place, point[0] >> 4, point[1] >> 4, colour)


@kernel
def _wall_depth(view: NDArray[np.int64], ray: NDArray[np.int64], place: NDArray[np.int64]) -> Whole:
    along = ray[0] * place[WALL_X] + ray[1] * place[WALL_Y]
    if place[WALL] < 0 or along <= 0:
        return np.int64(1) << 40
    away = place[WALL_DISTANCE] * 16 - ((view[0] * place[WALL_X] + view[1] * place[WALL_Y]) >> 14)
    return max(np.int64(1), away) * 16384 // max(np.int64(1), along >> 14)


@kernel
def _ground(place: NDArray[np.int64], x: Whole, y: Whole, colour: NDArray[np.int64]) -> None:
    """Set the ground's reflectance at (x, y) in mm; the border between two grounds wavers a little, a kerb marks it."""
    across = ((x * place[NORMAL_X] + y * place[NORMAL_Y]) >> 14) - place[OFFSET]
    family, tint = place[FAMILY], TINT
    if across > 0:
        family, tint = place[OTHER], OTHER_TINT
    gain = ground_gain(family, x, y, place[SEED])
    worn = value_noise(x // 5, y // 5, place[SEED] + 11) // 3 + value_noise(x // 22, y // 22, place[SEED] + 12) // 3
    gain = gain * (4096 + worn) >> 12
    if family != 2:
        gain = _soiled(gain, x, y, place[SEED])
    if -130 < across <= 0:
        family, tint, gain = 3, OTHER_TINT, 4700 + value_noise(x // 2, y // 2, place[SEED]) // 4
    for axis in range(3):
        colour[axis] = place[tint + axis] * gain >> 12
    if place[LINE] > 0 and -900 - place[LINE] < across < -900:
        for axis in range(3):
            colour[axis] = 2600 + value_noise(x * 2, y * 2, place[SEED] + 5)


@kernel
def _soiled(gain: Whole, x: Whole, y: Whole, seed: Whole) -> Whole:
    """Return the reflectance with what lies on a paved ground: stains, a crack here and there, patches laid anew."""
    stain = value_noise(x // 3, y // 3, seed + 21)
    if stain > 560:
        gain = gain * (4096 - (min(stain, np.int64(800)) - 560) * 5) >> 12
    if stain < -450 and -14 < value_noise(x // 5, y // 7, seed + 22) < 14:
        gain = gain * 5 >> 3
    if scramble(x // 2600, y // 1900, seed + 25) & 7 == 0:
        gain = gain * 7 >> 3
    # A leaf or a scrap of paper about every square metre.
    litter = scramble(x // 90, y // 90, seed + 26)
    inside = (x % 90 - 45) * (x % 90 - 45) * 3 + (y % 90 - 45) * (y % 90 - 45) * 2 < 3000
    if litter & 127 == 0 and inside:
        gain = gain * (5 + (litter >> 8 & 3) * 3) >> 3
    return gain


@kernel
def ground_gain(family: Whole, x: Whole, y: Whole, seed: Whole) -> Whole:
    """Return a ground's local reflectance relative to its tint, 4096 being one."""
    fine = value_noise(x * 14, y * 14, seed)
    if family == 0:
        return 4096 + fine * 9 // 10 + value_noise(x * 4, y * 4, seed + 1) // 2
    if family in (1, 5):
        side = 400 if family == 1 else 600
        joint = x % side < 14 or y % side < 14
        own = (scramble(x // side, y // side, seed) & 1023) - 512
        return 2300 if joint else 4096 + own + fine // (4 if family == 1 else 20)
    if family == 2:
        blades = value_noise(x * 8, y * 24, seed) + value_noise(x * 22, y * 10, seed + 4)
        return max(np.int64(900), 4096 + blades + rough_noise(x, y, seed + 2))
    if family == 4:
        row = y // 105
        shifted = x + (row & 1) * 105
        joint = shifted % 210 < 9 or y % 105 < 9
        return 2500 if joint else 4096 + (scramble(shifted // 210, row, seed) & 2047) - 1024 + fine // 3
    if family == 6:
        return 4096 + rough_noise(x * 9, y * 9, seed) + value_noise(x * 30, y * 30, seed + 3)
    return (2700 if x % 2400 < 16 or y % 2400 < 16 else 4096) + fine // 4


@kernel
def _wall(place: NDArray[np.int64], point: NDArray[np.int64], colour: NDArray[np.int64]) -> None:
    """Set a wall's reflectance: courses of bricks, plaster with windows, panes between mullions, a hedge, concrete."""
    s = ((point[1] * place[WALL_X] - point[0] * place[WALL_Y]) >> 14) >> 4
    z, seed = point[2] >> 4, place[SEED] + 31
    gain = 4096 + value_noise(s, z, seed) // 5 + value_noise(s // 12, z // 12, seed + 1) // 3
    window = s % 3100 > 1700 and 950 < z % 3200 < 2500
    if place[WALL] == 0:
        shifted = s + (z // 75 & 1) * 110
        mortar = z % 75 < 10 or shifted % 220 < 10
        gain = 5600 if mortar else gain + (scramble(shifted // 220, z // 75, seed) & 2047) - 1024
    elif place[WALL] == 2:
        window = s % 1500 > 90 and z % 2700 > 140
    elif place[WALL] == 3:
        gain = max(np.int64(700), 4096 + rough_noise(s * 3, z * 3, seed) * 3)
        window = False
    elif place[WALL] == 4:
        joint = s % 1200 < 18 or z % 900 < 18
        gain = 2600 if joint else gain + (scramble(s // 1200, z // 900, seed) & 1023) - 512
        window = s % 6000 > 4700 and z < 2300
    if z < 180 and place[WALL] != 3:
        gain = gain * 5 >> 3
    for axis in range(3):
        colour[axis] = max(np.int64(0), place[WALL_TINT + axis] * gain >> 12)
        if window:
            colour[axis] = 260 + axis * 60 + max(np.int64(0), value_noise(s // 3, z // 5, seed + 3) // 3)
