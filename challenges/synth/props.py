"""Shape the things that stand about: poles and plants before a person, street furniture behind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from challenges.synth.body import Part, rod
from challenges.synth.exact import Vector, cosine, sine
from challenges.synth.mesh import BOX, ROUND, SOFT, Mesh, Ring, Tube, loft
from challenges.synth.stream import Stream

LEAVES, TWIGS, METAL, PANEL = 0, 1, 2, 3
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


_STANDING = 11
"""Things about a place, from 3 to 15 m away from its middle."""
_REACH = {"car": 2400.0, "bench": 950.0, "bush": 900.0}
"""How far a kind reaches, in mm; others 400."""


@dataclass(frozen=True)
class Thing:
    """Hold a thing that always stands at a place: its foot in mm, how far it reaches around it, and its mesh."""

    x: float
    y: float
    reach: float
    mesh: Mesh


@cache
def furniture(seed: int) -> tuple[Thing, ...]:
    """Return what always stands about the place of this seed."""
    stream = Stream("furniture", seed)
    things = []
    for number in range(_STANDING):
        draw = stream.fork(number)
        turn, away = draw.uniform(), 3200.0 + 11_000.0 * draw.uniform() * draw.uniform()
        foot = Vector(cosine(turn) * away, sine(turn) * away, 0.0)
        kind = draw.weighted({"bin": 3, "bollard": 3, "bush": 4, "bench": 2, "car": 2, "post": 2})
        mesh = loft(_thing(kind, foot, draw), seed=draw.below(1 << 30))
        things.append(Thing(foot.x, foot.y, _REACH.get(kind, 400.0), mesh))
    return tuple(things)


def _thing(kind: str, foot: Vector, draw: Stream) -> list[Tube]:
    along = Vector(1.0, 0.0, 0.0) if draw.below(2) else Vector(0.0, 1.0, 0.0)
    if kind == "bin":
        return [
            _box(foot, along, (260.0, 230.0), (0.0, 900.0), PANEL),
            _box(foot, along, (280.0, 250.0), (900.0, 960.0), METAL),
        ]
    if kind == "bollard":
        return [rod([foot, foot.plus(Vector(0.0, 0.0, 950.0))], 60.0, Part(METAL))]
    if kind == "bench":
        legs = [_box(foot.plus(along, side), along, (40.0, 200.0), (0.0, 420.0), METAL) for side in (-650.0, 650.0)]
        return [*legs, _box(foot, along, (800.0, 220.0), (420.0, 470.0), TWIGS)]
    if kind == "car":
        return [
            _box(foot, along, (2100.0, 850.0), (250.0, 800.0), PANEL),
            _box(foot, along, (1150.0, 760.0), (800.0, 1420.0), METAL),
        ]
    if kind == "post":
        return [
            rod([foot, foot.plus(Vector(0.0, 0.0, 2600.0)), foot.plus(Vector(0.0, 0.0, 5200.0))], 55.0, Part(METAL))
        ]
    reach = draw.uniform(250.0, 600.0)
    spots = [
        Vector(draw.normal(reach * 0.5), draw.normal(reach * 0.5), 80.0 + abs(draw.normal(300.0))) for _ in range(16)
    ]
    return [_clump(foot.plus(spot), draw.uniform(130.0, 240.0), draw) for spot in spots]


def _box(foot: Vector, along: Vector, half: tuple[float, float], heights: tuple[float, float], material: int) -> Tube:
    across = Vector(-along.y, along.x, 0.0)
    rings = [Ring(foot.plus(Vector(0.0, 0.0, z)), along.times(half[0]), across.times(half[1]), z) for z in heights]
    return Tube(tuple(rings), material, BOX)
