"""Grow what stands between a drone and a vehicle: crowns of trees, lamp posts with their arms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from challenges.synth.exact import Vector, cosine, sine
from challenges.synth.mesh import Mesh, joined
from challenges.synth.palette import linear
from challenges.synth.props import plant_mesh
from challenges.synth.raster import placed
from challenges.synth.stream import Stream
from challenges.synth.vehicles.forms import block, drum
from challenges.synth.vehicles.light import MATERIAL_SIZE
from challenges.synth.vehicles.parts import Material, Surface
from challenges.synth.vehicles.shot import Shot

LEAVES, TWIGS, METAL = 0, 1, 2
"""The rows of `scenery_rows`; the first two are those of `props.plant_mesh`."""


def occluder_mesh(shot: Shot, *, material: int) -> Mesh:
    """Return the tree or post of a shot, where it hides part of the vehicle."""
    occluder, draw = shot.occluder, Stream("occluder", shot.occluder.seed)
    c, s = cosine(shot.azimuth), sine(shot.azimuth)
    if occluder.kind == "tree":
        crown = _crown(draw, occluder.size)
        top = 3600.0
        away = occluder.before + top * cosine(shot.depression) / max(0.2, sine(shot.depression))
    else:
        crown, away = _post(draw), occluder.before
    x = shot.target.x + c * away - s * occluder.aside
    y = shot.target.y + s * away + c * occluder.aside
    return placed(crown, heading=draw.uniform(), x=x, y=y, material=material)


def _crown(draw: Stream, size: float) -> Mesh:
    """Return the crown of a tree of about `size` mm across at 3.6 m: bushes of the person's world, grown."""
    meshes = []
    grow = 4
    for k in range(3):
        bush = plant_mesh(draw.fork("bush", k), lift=0.0)
        vertices = bush.vertices.copy()
        vertices[:, :3] *= grow
        vertices[:, 2] += 3000 * 16
        turn, out = draw.uniform(), size * 0.22 * draw.uniform(0.4, 1.2)
        meshes.append(placed(Mesh(vertices, bush.triangles), heading=turn, x=out * cosine(turn), y=out * sine(turn)))
    trunk = joined(drum(Vector(0.0, 0.0, 0.0), Vector(0.0, 0.0, 3400.0), 130.0, 2, TWIGS))
    return joined([*meshes, trunk])


def _post(draw: Stream) -> Mesh:
    """Return a lamp post: a pole, an arm over the road, a lamp."""
    top, reach = draw.uniform(6500.0, 9000.0), draw.uniform(1200.0, 2200.0)
    pole = drum(Vector(0.0, 0.0, 0.0), Vector(0.0, 0.0, top), 85.0, 2, METAL)
    arm = drum(Vector(0.0, 0.0, top), Vector(reach, 0.0, top), 55.0, 0, METAL)
    lamp = block((reach - 120.0, -150.0, top - 70.0), (reach + 520.0, 150.0, top + 60.0), METAL, square=6)
    return joined([*pole, *arm, *lamp])


def scenery_rows(stream: Stream, *, owner: int) -> NDArray[np.int64]:
    """Return the materials of a tree and a post, int64 (Material.STEP, light.MATERIAL_SIZE)."""
    green = linear((48 + stream.below(40), 82 + stream.below(36), 36 + stream.below(24)))
    metal = linear(stream.pick(((120, 122, 124), (70, 76, 74), (168, 168, 164))))
    table = np.zeros((Material.STEP, MATERIAL_SIZE), dtype=np.int64)
    rows = ((Surface.LEAVES, green, 0), (Surface.SOLID, linear((82, 66, 52)), 0), (Surface.SOLID, metal, 300))
    for number, (kind, colour, gloss) in enumerate(rows):
        table[number] = (int(kind), *colour, gloss, 20, stream.below(1 << 20), owner, 0, 0)
    return table
