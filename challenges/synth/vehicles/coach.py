"""Shape cars and vans: a hull along the sills, a cabin over it, and the decals of windows, lamps, arches and seams.

Measures in mm; x runs forward from the middle of the vehicle, y to its left, z up from the road.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from challenges.synth.mesh import Mesh
from challenges.synth.stream import Stream
from challenges.synth.vehicles.forms import Point, block, hull, plan_ring, skin, wheel
from challenges.synth.vehicles.parts import (
    ACROSS,
    ALONG,
    ANY,
    BOTH,
    PARTS,
    UPWARD,
    Decal,
    Look,
    Material,
    Panel,
    both,
    even,
)


@dataclass(frozen=True)
class CarModel:
    """Hold a model's measures (mm): `bonnet` from the nose to the windscreen's foot, `screen` and `rear` the horizontal
    run of windscreen and rear window, `deck` from the rear window's foot to the tail; heights above the road."""

    length: float
    width: float
    height: float
    bonnet: float
    screen: float
    rear: float
    deck: float
    nose: float
    belt: float
    tail: float
    wheel: float
    roof: float
    square: int
    open_bed: float = 0.0


_SEDAN = CarModel(4680, 1815, 1455, 1180, 790, 700, 560, 730, 930, 960, 325, 0.765, 6)
_HATCH = CarModel(4080, 1745, 1490, 980, 760, 380, 240, 740, 930, 960, 315, 0.775, 6)
_SUV = CarModel(4560, 1850, 1690, 1090, 690, 360, 260, 880, 1060, 1080, 365, 0.79, 7)
_VAN = CarModel(4780, 1790, 1900, 420, 640, 170, 120, 860, 1090, 1110, 320, 0.86, 9)
_PICKUP = CarModel(5250, 1850, 1790, 1120, 640, 220, 1650, 900, 1080, 1080, 375, 0.78, 7, open_bed=1450)


def car_model(kind: str, number: int) -> CarModel:
    """Return the measures of a model, the same in every release."""
    if kind == "other":
        return {
            0: _VAN,
            1: replace(_VAN, length=5350, width=1920, height=2250, bonnet=760, nose=950, belt=1230),
            2: _PICKUP,
        }[number]
    base = {"sedan": _SEDAN, "hatchback": _HATCH, "suv": _SUV}[kind]
    draw = Stream("car model", kind, number)
    size = draw.uniform(0.93, 1.07)
    return replace(
        base,
        length=base.length * size,
        width=base.width * (0.4 + 0.6 * size) * draw.uniform(0.99, 1.01),
        height=base.height * draw.uniform(0.975, 1.03),
        bonnet=base.bonnet * size * draw.uniform(0.92, 1.08),
        screen=base.screen * draw.uniform(0.9, 1.12),
        rear=base.rear * draw.uniform(0.75, 1.25),
        deck=base.deck * size * draw.uniform(0.8, 1.2),
        nose=base.nose + draw.uniform(-40.0, 40.0),
        belt=base.belt + draw.uniform(-25.0, 25.0),
        tail=base.tail + draw.uniform(-30.0, 45.0),
        roof=base.roof + draw.uniform(-0.02, 0.03),
        square=base.square + draw.below(3),
    )


@dataclass(frozen=True)
class Body:
    """Hold a vehicle's shape: meshes, decals, the panels that take marks, and its measures (mm)."""

    meshes: tuple[Mesh, ...]
    decals: tuple[Decal, ...]
    panels: dict[str, Panel]
    length: float
    width: float
    height: float


def car_body(model: CarModel, *, sunroof: str) -> Body:
    """Return a car; `sunroof` is `none`, `small` or `long`."""
    meshes = [_lower(model), _cabin(model), *_mirrors(model)]
    for x in _axles(model):
        for side in (-1, 1):
            y = side * (model.width / 2 - 6.0)
            meshes += wheel(x, y, model.wheel, 200.0, (Material.TYRE, Material.RIM))
    if model.open_bed:
        meshes += _bed(model)
    panels = _panels(model)
    decals = [*_glass(model, panels), *_lamps(model), *_seams(model, panels)]
    if sunroof != "none":
        share = (0.50, 0.86) if sunroof == "small" else (0.16, 0.88)
        part = PARTS.index("skylight")
        decals.append(Decal(panels["roof"].piece(share, (0.14, 0.86)), Look.GLASS, (46, 48, 52), part=part))
    return Body(tuple(meshes), tuple(decals), panels, model.length, model.width, model.height)


def _axles(model: CarModel) -> tuple[float, float]:
    front = model.length / 2 - max(640.0, model.wheel + 0.16 * model.bonnet + 330.0)
    return front, -model.length / 2 + 0.178 * model.length + 60.0


def _lower(model: CarModel) -> Mesh:
    """Return the hull from nose to tail; its upper edge runs over bonnet, belt and deck."""
    half_length = model.length / 2
    cowl, foot = model.bonnet, model.length - model.deck
    tops = (
        (0.0, model.nose - 170.0), (35.0, model.nose - 85.0), (110.0, model.nose - 20.0), (260.0, model.nose + 8.0),
        (cowl * 0.55, model.nose + 0.62 * (model.belt - model.nose)), (cowl * 0.88, model.belt - 14.0),
        (cowl + 120.0, model.belt), (cowl + 700.0, model.belt + 8.0), ((cowl + foot) / 2, model.belt + 12.0),
        (foot - 500.0, model.belt + 16.0), (foot, model.tail), (model.length - 140.0, model.tail - 12.0),
        (model.length - 45.0, model.tail - 50.0), (model.length, model.tail - 190.0),
    )  # fmt: skip
    stations = []
    for ahead, top in tops:
        front, back = max(0.0, 1.0 - ahead / 520.0), max(0.0, 1.0 - (model.length - ahead) / 420.0)
        half = model.width / 2 * (1.0 - 0.27 * front * front * front - 0.20 * back * back * back)
        sill = 210.0 + 130.0 * front * front + 150.0 * back * back
        stations.append(_section(half_length - ahead, half, sill, top))
    return hull(stations, Material.PAINT)


def _section(x: float, half: float, sill: float, top: float) -> list[Point]:
    """Return half a cross-section from the middle of the floor round the flank to the middle of the bonnet."""
    tall = top - sill
    rows = (
        (0.0, 0.0), (0.90, 0.0), (0.975, 0.10), (1.0, 0.42), (0.995, 0.62), (0.982, 0.80), (0.955, 0.905),
        (0.90, 0.965), (0.80, 0.995), (0.5, 1.02), (0.22, 1.03), (0.0, 1.032),
    )  # fmt: skip
    return [(x, half * across, sill + tall * up) for across, up in rows]


def _cabin(model: CarModel) -> Mesh:
    """Return the glasshouse and roof as one surface that rounds off at the edge of the roof."""
    base = min(model.belt, model.tail) - 70.0
    rings = [_cabin_ring(model, base, share) for share in (0.0, 0.3, 0.62, 0.86, 0.95, 1.0)]
    roof = rings[-1]
    middle = (roof[0][0] + roof[AROUND_FRONT][0]) / 2
    for shrink, rise in ((0.95, 12.0), (0.86, 24.0), (0.6, 38.0), (0.3, 44.0), (0.01, 46.0)):
        rings.append([(middle + (x - middle) * shrink, y * shrink, z + rise) for x, y, z in roof])
    return skin(rings, Material.PAINT)


AROUND_FRONT = 14
"""The foremost point of a ring of 28 sides."""


def _cabin_ring(model: CarModel, base: float, share: float) -> list[Point]:
    foot, cowl = -model.length / 2 + model.deck, model.length / 2 - model.bonnet
    bulge = 0.28 * share * (1.0 - share)
    back = foot + model.rear * (share - bulge)
    front = cowl + 60.0 - (model.screen + 60.0) * (share - bulge)
    half = model.width / 2 * (0.935 + (model.roof - 0.935) * (share - bulge * 0.6))
    z = base + (model.height - 46.0 - base) * share
    return plan_ring(back, front, half, z, model.square)


def _mirrors(model: CarModel) -> list[Mesh]:
    x, z = model.length / 2 - model.bonnet - 300.0, model.belt + 20.0
    meshes = []
    for side in (-1.0, 1.0):
        inner, outer = side * (model.width / 2 - 30.0), side * (model.width / 2 + 165.0)
        low, high = min(inner, outer), max(inner, outer)
        meshes += block((x - 85.0, low, z), (x + 75.0, high, z + 125.0), Material.PAINT, square=3)
    return meshes


def _bed(model: CarModel) -> list[Mesh]:
    """Return the dark floor of a pickup's bed, sunk into the eye by its colour: it lies on the deck."""
    back = -model.length / 2
    half = model.width / 2 * 0.80
    z = model.tail + 14.0
    return block((back + 130.0, -half, z), (back + 130.0 + model.open_bed, half, z + 8.0), Material.BED)


def _panels(model: CarModel) -> dict[str, Panel]:
    """Return the panels that take marks, and those of the windows."""
    nose, tail = model.length / 2, -model.length / 2
    cowl, foot = nose - model.bonnet, tail + model.deck
    roof_front, roof_back = cowl - model.screen, foot + model.rear
    top, half = (model.height - 190.0, model.height + 100.0), model.width / 2
    low, high = model.belt + 45.0, model.height - 105.0
    wide, narrow = half * 0.85, half * model.roof * 0.90
    roof_half = half * model.roof
    deck = (tail + 60.0, max(tail + 150.0, foot - 60.0))
    at_belt = (foot + 0.28 * model.rear + 130.0, cowl - 210.0)
    at_roof = (roof_back + 90.0, roof_front - 40.0)
    return {
        "roof": even(UPWARD, 1, top, (roof_back, roof_front), both(roof_half)),
        "bonnet": Panel(
            UPWARD, 1, (500.0, model.belt + 60.0), (cowl + 50.0, nose - 150.0), both(half * 0.80), both(half * 0.62)
        ),
        "deck": Panel(UPWARD, 1, (500.0, model.tail + 60.0), deck, both(half * 0.7), both(half * 0.78)),
        "flank": Panel(
            ACROSS,
            BOTH,
            both(half + 9.0),
            (330.0, model.belt - 60.0),
            (tail + 0.3 * model.length, nose - 0.32 * model.length),
            (tail + 0.25 * model.length, nose - 0.3 * model.length),
        ),
        "tail": even(ALONG, -1, (tail - 9.0, tail + 300.0), (480.0, model.tail - 130.0), both(half * 0.7)),
        "screen": Panel(ALONG, 1, (roof_front - 400.0, cowl + 200.0), (low - 42.0, high), both(wide), both(narrow)),
        "rear window": Panel(
            ALONG,
            -1,
            (foot - 200.0, roof_back + 250.0),
            (max(low - 30.0, model.tail + 14.0), high),
            both(wide),
            both(narrow),
        ),
        "windows": Panel(ACROSS, BOTH, both(half), (low - 5.0, high + 15.0), at_belt, at_roof),
    }


def _glass(model: CarModel, panels: dict[str, Panel]) -> list[Decal]:
    tinted = (70, 74, 78)
    decals = [
        Decal(panels["screen"], Look.SCREEN, (96, 100, 104), part=PARTS.index("windscreen")),
        Decal(panels["windows"], Look.GLASS, tinted),
    ]
    if model.height < 2000.0:
        decals.append(Decal(panels["rear window"], Look.GLASS, tinted))
    pillars = (0.46, 0.80) if model.deck < 450 or model.height > 1600 else (0.50,)
    posts = [panels["windows"].piece((0.0, 1.0), (share, share + 0.035)) for share in pillars]
    decals += [Decal(post, Look.FLAT, (60, 60, 64)) for post in posts]
    cowl = model.length / 2 - model.bonnet
    half = model.width / 2 * 0.84
    vent = Panel(UPWARD, ANY, (600.0, model.belt + 70.0), (cowl - 75.0, cowl + 22.0), both(half), both(half * 0.95))
    return [*decals, Decal(vent, Look.FLAT, (44, 44, 47))]


def _lamps(model: CarModel) -> list[Decal]:
    nose, half = model.length / 2, model.width / 2
    decals = []
    for side in (-1, 1):
        inner, outer = side * half * 0.52, side * (half + 9.0)
        a = (min(inner, outer), max(inner, outer))
        head = even(ALONG, ANY, (nose - 400.0, nose + 9.0), (model.nose - 175.0, model.nose + 16.0), a)
        inner = side * half * 0.58
        b = (min(inner, outer), max(inner, outer))
        back = even(ALONG, ANY, (-nose - 9.0, -nose + 190.0), (model.tail - 240.0, model.tail - 55.0), b)
        decals += [Decal(head, Look.LAMP, (2300, 2350, 2400)), Decal(back, Look.LAMP, (1250, 60, 60))]
    grille = Panel(
        ALONG,
        1,
        (nose - 200.0, nose + 9.0),
        (330.0, model.nose - 170.0),
        both(half * 0.5),
        both(half * 0.58),
    )
    plate = even(ALONG, BOTH, both(nose + 9.0), (460.0, 590.0), (-230.0, 230.0))
    return [Decal(grille, Look.SLATS, (40, 40, 43)), Decal(plate, Look.FLAT, (420, 640, 1500)), *decals]


def _seams(model: CarModel, panels: dict[str, Panel]) -> list[Decal]:
    """Return wheel arches, sills and the gaps round bonnet, boot and doors."""
    half, radius = model.width / 2, model.wheel + 48.0
    decals = []
    for x in _axles(model):
        arch = Panel(
            ACROSS,
            ANY,
            both(half + 9.0),
            (model.wheel - radius, model.wheel + radius),
            (x - radius, x + radius),
            (x - radius, x + radius),
        )
        decals.append(Decal(arch, Look.FLAT, (34, 34, 36), is_round=True, parameter=int(half * 0.8)))
    sill = Panel(
        ACROSS,
        BOTH,
        both(half + 9.0),
        (150.0, 285.0),
        (-model.length / 2 + 500.0, model.length / 2 - 500.0),
        (-model.length / 2 + 500.0, model.length / 2 - 500.0),
    )
    decals.append(Decal(sill, Look.FLAT, (60, 60, 63)))
    gaps = ((0.0, 0.47), (0.47, 0.97))
    decals += [Decal(panels["flank"].piece((0.0, 1.0), gap), Look.SEAM, parameter=17) for gap in gaps]
    decals.append(Decal(panels["bonnet"], Look.SEAM, parameter=17))
    if model.deck > 450 and not model.open_bed:
        decals.append(Decal(panels["deck"], Look.SEAM, parameter=17))
    return decals
