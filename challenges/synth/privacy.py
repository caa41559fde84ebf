"""Make faces unrecognisable in the picture, as AG-ReID's publishers did: coarse squares over the head."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from challenges.synth.camera import Camera
from challenges.synth.exact import Vector, cosine, nearest, sine
from challenges.synth.shot import Wearer
from challenges.synth.skeleton import posed

_CELLS = 6
"""Squares across a head: what a face tells is gone, hair and headwear stay."""

Box = tuple[int, int, int, int]
"""Left, top, right and bottom edge in pixels."""


def face_box(wearer: Wearer, camera: Camera, x: float, y: float) -> Box | None:
    """Return where a person's face is relative to the principal point, or None if it is turned away.

    `x` and `y` (mm) are where the person stands.
    """
    head = posed(wearer.build, wearer.pose).head
    size = 0.134 * wearer.build.head * wearer.build.stature
    right, down, ahead = camera.axes()
    if _turned(head.forward, wearer.heading).dot(ahead) > 0.25 or ahead.z < -0.82:  # away, or from right above
        return None
    centre = _turned(head.point(0.15 * size, 0.0, 0.42 * size), wearer.heading).plus(Vector(x, y, 0.0))
    away = centre.plus(camera.target, -1.0)
    depth = away.dot(ahead) + camera.distance
    across, below, half = (camera.focal * part / depth for part in (away.dot(right), away.dot(down), 0.46 * size))
    return nearest(across - half), nearest(below - half), nearest(across + half), nearest(below + half)


def pixelate(pixels: NDArray[np.uint8], box: Box) -> None:
    """Replace the box, as far as it lies in the picture, by squares of its mean colours, in place."""
    side = max(2, (box[2] - box[0]) // _CELLS)
    height, width = pixels.shape[:2]
    for top in range(box[1], box[3], side):
        for left in range(box[0], box[2], side):
            rows, columns = slice(max(0, top), min(height, top + side)), slice(max(0, left), min(width, left + side))
            square = pixels[rows, columns]
            if square.size:
                square[:] = square.sum(axis=(0, 1), dtype=np.int64) // (square.shape[0] * square.shape[1])


def _turned(point: Vector, heading: float) -> Vector:
    c, s = cosine(heading), sine(heading)
    return Vector(point.x * c - point.y * s, point.x * s + point.y * c, point.z)
