"""Decide the reflectance of a point on a person or thing from its material and texture coordinates, in integers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from challenges.synth.layout import BEARD, CLEAR_GLASSES, DARK_GLASSES, FLAGS, MOUSTACHE, PATTERN, SEED, SIZE
from challenges.synth.native import Whole, kernel
from challenges.synth.noise import rough_noise, value_noise


@kernel
def mix_of(row: NDArray[np.int64], u: Whole, v: Whole) -> Whole:
    """Return how much of the material's second colour shows at (u, v), in 1/256.

    The numbers are those of `materials.Pattern`; u runs round the part (0 in front, 1024 left), v along it in mm.
    """
    pattern, size = row[PATTERN], row[SIZE]
    shown = 0
    if pattern == 1:
        shown = 256 if v % size * 2 < size else 0
    elif pattern == 2:
        shown = 110 * (v % size * 3 < size) + 110 * ((u + 8192) % (size * 4) * 3 < size * 4)
    elif pattern == 3:
        dx, dy = (u + 8192) % (size * 4) // 4 - size // 2, v % size - size // 2
        shown = 256 if dx * dx + dy * dy < size * size // 10 else 0
    elif pattern == 10:
        shown = min(256, max(0, 128 + rough_noise(u * 2, v * 14, row[SEED]) // 3))
    elif pattern == 11:
        shown = max(0, 60 + value_noise(u, v * 2, row[SEED]) // 8) * (abs(u) < 700)
    elif pattern == 8:
        shown = 256 if abs(u) > 1480 else 0
    elif pattern == 9:
        shown = 0 if abs(u) > 1480 or v % 300 < 110 else 256
    elif pattern != 0:
        shown = _front_mix(row, u, v)
    return shown


@kernel
def _front_mix(row: NDArray[np.int64], u: Whole, v: Whole) -> Whole:
    """Return the mix of patterns that tell the front of the trunk from its back and left from right."""
    pattern = row[PATTERN]
    if pattern == 4:  # A print on the chest and a small mark on the left sleeve side of the back.
        on_chest = abs(u) < 360 and 420 < v < 600
        inked = value_noise(u * 3, v * 5, row[SEED]) > -250
        return 256 if (on_chest and inked) or (1500 < u < 1800 and 560 < v < 620) else 0
    if pattern == 5:
        return 256 if v > 560 or (v < 330 and row[SEED] & 1) else 0
    if pattern == 6:  # An open jacket shows what is under it, a little more to the wearer's right.
        return 256 if -210 < u < 150 else 60 * (abs(abs(u) - 190) < 60)
    if pattern == 12:  # A button placket in front, a chest pocket on the left.
        pocket = 280 < u < 620 and 520 < v < 610 and not (310 < u < 590 and 535 < v < 600)
        return 200 if abs(u) < 34 or pocket else 0
    if pattern == 13:  # A kangaroo pocket in front.
        return 150 if abs(u) < 520 and 170 < v < 320 and not (abs(u) < 490 and 185 < v < 300) else 0
    return 0


@kernel
def face_shade(row: NDArray[np.int64], u: Whole, v: Whole) -> Whole:
    """Return what shows at (u, v) of the head: 0 skin, 1 hair, 2 eye, 3 lip, 4 dark glass, 5 frame, 6 shaven scalp."""
    flags, aside = row[FLAGS], abs(u)
    if 455 < v < 545:
        return _eye_line(flags, aside, v)
    if 555 < v < 590 and 130 < aside < 500:
        return 1
    if v < 400 and aside < 1050:
        return _jaw(flags, aside, v)
    return 6 if v > 800 or (aside > 1150 and v > 250) else 0


@kernel
def _eye_line(flags: Whole, aside: Whole, v: Whole) -> Whole:
    """Return what shows at the height of the eyes; the sides of glasses run to the ears."""
    glasses = flags & (CLEAR_GLASSES | DARK_GLASSES)
    if 130 < aside < 560:
        if flags & DARK_GLASSES:
            return 4
        if glasses and (v < 475 or v > 525 or aside > 520 or aside < 175):
            return 5
        return 2 if aside < 430 and v < 520 else 0
    if glasses and 490 < v < 525 and aside < 1100:
        return 5
    return 6 if aside > 1150 else 0


@kernel
def _jaw(flags: Whole, aside: Whole, v: Whole) -> Whole:
    """Return what shows below the nose: moustache, beard, lips or skin."""
    mouth = 160 < v < 220 and aside < 200
    if flags & MOUSTACHE and 225 < v < 290 and aside < 330:
        return 1
    if flags & BEARD and v < 230 + (aside > 420) * 150 and not mouth:
        return 1
    return 3 if 160 < v < 205 and aside < 240 else 0
