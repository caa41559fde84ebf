"""Build closed surfaces from rings of points: hulls along a vehicle, prisms over a plan, boxes, wheels and pipes.

A ring is a list of points in mm whose last repeats the first. The surface through rings is smooth; an edge that is to
stay sharp separates two surfaces.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from challenges.synth.exact import UNIT, Vector, cosine, nearest, outline, sine
from challenges.synth.mesh import SCALE, Mesh, smoothed

Point = tuple[float, float, float]
AROUND = 28
"""Sides of a prism."""
SHARP = 0
"""In place of a superellipse's exponent: a rectangle with sharp corners. Exponents up to 16 converge (`exact.outline`)."""


def skin(rings: Sequence[Sequence[Point]], material: int) -> Mesh:
    """Return the smooth surface through rings of equally many points; u counts round a ring and v along the rings."""
    count, around = len(rings), len(rings[0])
    vertices = np.zeros((count, around, 8), dtype=np.int64)
    vertices[:, :, :3] = [[[nearest(value * SCALE) for value in point] for point in ring] for ring in rings]
    vertices[:, :, 3] = np.arange(around)[None, :] * 64
    vertices[:, :, 4] = np.arange(count)[:, None] * 64
    below = (np.arange(count - 1)[:, None] * around + np.arange(around - 1)[None, :]).reshape(-1)
    triangles = np.empty((2 * len(below), 4), dtype=np.int64)
    triangles[0::2, :3] = np.stack([below, below + 1, below + around], axis=1)
    triangles[1::2, :3] = np.stack([below + 1, below + around + 1, below + around], axis=1)
    triangles[:, 3] = material
    return smoothed(vertices.reshape(-1, 8), triangles, around)


def plan_ring(x0: float, x1: float, half: float, z: float, square: int) -> list[Point]:
    """Return a level ring from x0 to x1 and `half` mm to each side, from round (`square` 2) to a box (SHARP)."""
    if square == SHARP:
        corners = [(x0, half), (x1, half), (x1, -half), (x0, -half)]  # Twice each: normals do not run round them.
        return [(x0, 0.0, z), *((x, y, z) for x, y in corners for _ in range(2)), (x0, 0.0, z)]
    middle, reach = (x0 + x1) / 2, (x1 - x0) / 2
    points: list[Point] = []
    for forward, left in outline(AROUND, square):
        points.append((middle + reach * int(forward) / UNIT, half * int(left) / UNIT, z))
    return points


def _towards(ring: Sequence[Point], share: float, rise: float) -> list[Point]:
    """Return the ring shrunk to `share` about its middle and lifted by `rise` mm."""
    x = (max(p[0] for p in ring) + min(p[0] for p in ring)) / 2
    y = (max(p[1] for p in ring) + min(p[1] for p in ring)) / 2
    return [(x + (p[0] - x) * share, y + (p[1] - y) * share, p[2] + rise) for p in ring]


def lid(ring: Sequence[Point], material: int, *, crown: float = 0.0) -> Mesh:
    """Return a flat or slightly domed surface inside a ring."""
    shares = ((1.0, 0.0), (0.92, 0.35), (0.7, 0.75), (0.35, 0.95), (0.02, 1.0))
    return skin([_towards(ring, share, crown * rise) for share, rise in shares], material)


def prism(rings: Sequence[Sequence[Point]], material: int, *, top: int | None = None, crown: float = 0.0) -> list[Mesh]:
    """Return walls through the rings and, over the last of them, a lid whose edge is sharp."""
    return [skin(rings, material), lid(rings[-1], material if top is None else top, crown=crown)]


def block(low: Point, high: Point, material: int, *, square: int = SHARP) -> list[Mesh]:
    """Return a box between two corners."""
    half = (high[1] - low[1]) / 2
    rings = [plan_ring(low[0], high[0], half, z, square) for z in (low[2], high[2])]
    shift = (high[1] + low[1]) / 2
    rings = [[(x, y + shift, z) for x, y, z in ring] for ring in rings]
    return prism(rings, material)


def hull(stations: Sequence[Sequence[Point]], material: int) -> Mesh:
    """Return the closed body through half sections (from the sill to the middle line), mirrored to the other side."""
    rings = []
    for half in stations:
        right = [(x, -y, z) for x, y, z in reversed(half[:-1])]
        rings.append([*half, *right, half[0]])
    return skin([_nose(rings[0]), *rings, _nose(rings[-1])], material)


def _nose(ring: Sequence[Point]) -> list[Point]:
    """Return the upright ring shrunk almost to its middle: a hull closes there."""
    middle = (max(p[2] for p in ring) + min(p[2] for p in ring)) / 2
    return [(x, y * 0.02, middle + (z - middle) * 0.02) for x, y, z in ring]


def disc_ring(centre: Vector, radius: float, axis: int, count: int = 20) -> list[Point]:
    """Return a circle round the x (0), y (1) or z (2) axis."""
    points: list[Point] = []
    for step in range(count + 1):
        a, b = radius * cosine(step / count), radius * sine(step / count)
        shift = ((0.0, a, b), (a, 0.0, b), (a, b, 0.0))[axis]
        points.append((centre.x + shift[0], centre.y + shift[1], centre.z + shift[2]))
    return points


def drum(start: Vector, end: Vector, radius: float, axis: int, material: int) -> list[Mesh]:
    """Return a cylinder with closed ends."""
    first, last = disc_ring(start, radius, axis), disc_ring(end, radius, axis)
    ends = [skin([ring, disc_ring(at, radius * 0.02, axis)], material) for ring, at in ((first, start), (last, end))]
    return [skin([first, last], material), *ends]


def wheel(x: float, y: float, radius: float, width: float, materials: tuple[int, int]) -> list[Mesh]:
    """Return a wheel whose outer face is at `y`: a tyre with rounded shoulders and a rim, in these two materials."""
    side = 1.0 if y > 0 else -1.0
    rows = ((-width, 0.86), (-width + 30.0, 0.98), (-width / 2, 1.0), (-26.0, 0.98), (0.0, 0.90), (-8.0, 0.66))
    tyre = [disc_ring(Vector(x, y + side * inward, radius), radius * share, 1) for inward, share in rows]
    rim = [
        disc_ring(Vector(x, y - side * deep, radius), radius * share, 1)
        for deep, share in ((8.0, 0.66), (26.0, 0.5), (14.0, 0.02))
    ]
    return [skin(tyre, materials[0]), skin(rim, materials[1])]
