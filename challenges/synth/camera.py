"""Place a pinhole camera and express it in the integers that the pixel loops use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from challenges.synth.exact import UNIT, Vector, cosine, nearest, sine
from challenges.synth.mesh import SCALE

SUBPIXEL = 16
"""Steps of a sample's width in which corners of triangles are placed."""

VIEW_SIZE = 15


@dataclass(frozen=True)
class Camera:
    """Hold a camera that looks at `target` (mm) from `distance` mm away.

    `azimuth` is the turn from +x to the camera's side of the target seen from above, `depression` the angle below the
    horizon at which it looks, `roll` its tilt, all in turns; `focal` is in pixels.
    """

    target: Vector
    distance: float
    azimuth: float
    depression: float
    roll: float
    focal: float

    def view(self, left: float, top: float, samples: int) -> NDArray[np.int64]:
        """Return the 15 integers of a window of the image whose corner is (left, top) pixels from the principal point.

        Position (1/16 mm), right, down and ahead axes (1/UNIT), focal length and the principal point in 1/16 samples,
        of which a pixel has `samples` each way.
        """
        right, down, ahead = self.axes()
        position = self.target.plus(ahead, -self.distance)
        per_pixel = SUBPIXEL * samples
        numbers = [nearest(number * SCALE) for number in position]
        for axis in (right, down, ahead):
            numbers += [nearest(number * UNIT) for number in axis]
        numbers += [nearest(self.focal * per_pixel), nearest(-left * per_pixel), nearest(-top * per_pixel)]
        return np.array(numbers, dtype=np.int64)

    def axes(self) -> tuple[Vector, Vector, Vector]:
        """Return the directions of the image's right, its down and the line of sight."""
        c, s = cosine(self.azimuth), sine(self.azimuth)
        level, fall = cosine(self.depression), sine(self.depression)
        ahead = Vector(-c * level, -s * level, -fall)
        right = Vector(-s, c, 0.0)
        down = ahead.cross(right)
        cr, sr = cosine(self.roll), sine(self.roll)
        return right.times(cr).plus(down, sr), down.times(cr).plus(right, -sr), ahead


def parallel_view(direction: Vector, centre: Vector, size: int, millimetres: int) -> NDArray[np.int64]:
    """Return the 15 integers of a parallel projection along `direction` for `size` cells of `millimetres` each.

    The focal length is negative: minus the 1/16 mm per cell, which tells the projection to be parallel.
    """
    ahead = direction.unit()
    right = ahead.cross(Vector(0.0, 0.0, 1.0) if abs(ahead.z) < 0.95 else Vector(1.0, 0.0, 0.0)).unit()
    down = ahead.cross(right)
    position = centre.plus(ahead, -20_000.0)
    numbers = [nearest(number * SCALE) for number in position]
    for axis in (right, down, ahead):
        numbers += [nearest(number * UNIT) for number in axis]
    return np.array([*numbers, -millimetres * SCALE, size * SUBPIXEL // 2, size * SUBPIXEL // 2], dtype=np.int64)
