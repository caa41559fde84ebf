"""Shape the things that stand between a camera and a person: poles and plants."""

from __future__ import annotations

from challenges.synth.body import Part, rod
from challenges.synth.exact import Vector
from challenges.synth.mesh import ROUND, SOFT, Mesh, Ring, Tube, loft
from challenges.synth.stream import Stream

LEAVES, TWIGS, METAL = 0, 1, 2
"""The rows of `materials.leaf_materials` these meshes use."""


def pole_mesh(stream: Stream, *, lift: float) -> Mesh:
    """Return a lamp post or sign post; `lift` raises its top so that it hides the same of a person seen from above."""
    radius, top = stream.uniform(38.0, 95.0), 2400.0 + lift + stream.uniform(0.0, 900.0)
    post = rod([Vector(0.0, 0.0, z) for z in (0.0, 0.35 * top, 0.7 * top, top)], radius, Part(METAL))
    foot = rod([Vector(0.0, 0.0, z) for z in (0.0, 180.0)], radius * 1.7, Part(METAL))
    return loft([post, foot], seed=stream.below(1 << 30))


def plant_mesh(stream: Stream, *, lift: float) -> Mesh:
    """Return a bush, or with a `lift` in mm the crown of a small tree at that height."""
    tubes = []
    reach = stream.uniform(260.0, 420.0)
    for _ in range(60):
        size = stream.uniform(45.0, 110.0)
        centre = Vector(
            stream.normal(reach * 0.42), stream.normal(reach * 0.42), lift + abs(stream.normal(270.0)) + 50.0
        )
        tubes.append(_clump(centre, size, stream))
    if lift > 0.0:
        tubes.append(rod([Vector(0.0, 0.0, 0.0), Vector(0.0, 0.0, lift + 200.0)], 55.0, Part(TWIGS)))
    return loft(tubes, seed=stream.below(1 << 30))


def _clump(centre: Vector, size: float, stream: Stream) -> Tube:
    flat = stream.uniform(0.5, 0.9)
    rings = []
    for level, width in ((-0.9, 0.4), (-0.4, 0.9), (0.1, 1.0), (0.6, 0.75), (0.95, 0.25)):
        middle = centre.plus(Vector(0.0, 0.0, level * size * flat))
        forward, left = Vector(size * width, 0.0, 0.0), Vector(0.0, size * width * 0.8, 0.0)
        rings.append(Ring(middle, forward, left, level * 120.0 + size))
    return Tube(tuple(rings), LEAVES, SOFT if flat > 0.7 else ROUND, rough=int(size * 0.5))
