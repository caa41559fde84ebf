"""Shape buses, lorries, trucks and three-wheelers from blocks: cab, chassis, body or bed, and their decals. In mm."""

from __future__ import annotations

from challenges.synth.exact import Vector
from challenges.synth.mesh import Mesh
from challenges.synth.vehicles.coach import Body
from challenges.synth.vehicles.forms import block, disc_ring, drum, plan_ring, prism, skin, wheel
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

_TINTED = (64, 68, 72)
_WHEELS = (Material.TYRE, Material.RIM)
SIZES = {
    ("bus", 0): (11600.0, 2520.0, 3050.0), ("bus", 1): (9200.0, 2450.0, 3150.0), ("bus", 2): (6900.0, 2100.0, 2750.0),
    ("lorry", 0): (6100.0, 2050.0, 2950.0), ("lorry", 1): (6000.0, 2050.0, 2250.0), ("lorry", 2): (7200.0, 2300.0, 2450.0),
    ("lorry", 3): (5200.0, 1750.0, 2000.0), ("truck", 0): (8600.0, 2500.0, 3050.0), ("truck", 1): (9800.0, 2500.0, 3200.0),
    ("truck", 2): (11800.0, 2500.0, 3800.0), ("truck", 3): (8400.0, 2500.0, 3600.0), ("other", 3): (3100.0, 1250.0, 1600.0),
}  # fmt: skip
"""Length, width and height of the models that are not cars."""


def _wheels(places: tuple[float, ...], width: float, radius: float, wide: float = 300.0) -> list[Mesh]:
    meshes: list[Mesh] = []
    for x in places:
        for side in (-1, 1):
            meshes += wheel(x, side * (width / 2 - 4.0), radius, wide, _WHEELS)
    return meshes


def bus_body(number: int, *, hatches: bool) -> Body:
    """Return a bus: rounded box, band of windows, roof with coolers and, where it has them, glass hatches."""
    length, width, height = SIZES["bus", number]
    nose, half = length / 2, width / 2
    square = 14 if number < 2 else 9
    outline = [plan_ring(-nose, nose, half, 330.0, square), plan_ring(-nose, nose, half, height * 0.62, square)]
    outline += [
        plan_ring(-nose + inset, nose - inset * 1.6, half - inset * 0.7, height - drop, square)
        for inset, drop in ((40.0, 260.0), (80.0, 90.0), (150.0, 25.0), (330.0, 0.0))
    ]
    meshes = prism(outline, Material.PAINT, crown=25.0)
    radius = 480.0 if number < 2 else 380.0
    axles = (nose - 0.22 * length, -nose + 0.25 * length)
    meshes += _wheels(axles, width, radius)
    for share in (-0.22, 0.2) if number < 2 else (-0.1,):
        x = share * length
        meshes += block(
            (x - 850.0, -half * 0.62, height - 20.0), (x + 850.0, half * 0.62, height + 190.0), Material.BOX, square=8
        )
    low, high = (1250.0, height - 560.0) if number < 2 else (1150.0, height - 420.0)
    sides = (-nose + 450.0, nose - 350.0)
    panels = {
        "roof": even(
            UPWARD, 1, (height - 250.0, height + 60.0), (-nose + 0.36 * length, nose - 0.38 * length), both(half * 0.8)
        ),
        "flank": even(
            ACROSS, BOTH, both(half + 9.0), (520.0, low - 90.0), (-nose + 0.34 * length, nose - 0.32 * length)
        ),
        "tail": even(ALONG, -1, (-nose - 9.0, -nose + 300.0), (600.0, low), both(half * 0.8)),
        "screen": even(ALONG, 1, (nose - 600.0, nose + 60.0), (low - 220.0, height - 300.0), both(half * 0.9)),
        "windows": even(ACROSS, BOTH, both(half + 9.0), (low, high), sides),
    }
    decals = _bus_decals(panels, length, half, hatches=hatches)
    decals += _arches(axles, half, radius)
    return Body(tuple(meshes), tuple(decals), panels, length, width, height)


def _bus_decals(panels: dict[str, Panel], length: float, half: float, *, hatches: bool) -> list[Decal]:
    decals = [Decal(panels["windows"], Look.GLASS, _TINTED)]
    count = max(4, int(length / 1500.0))
    decals += [
        Decal(panels["windows"].piece((0.0, 1.0), (k / count, k / count + 0.010)), Look.FLAT, (90, 90, 94))
        for k in range(1, count)
    ]
    decals += _front(panels["screen"], length / 2, half, 900.0)
    shares, part = ((0.0, 0.16), (0.84, 1.0)) if hatches else (), PARTS.index("skylight")
    holes = [panels["roof"].piece(share, (0.32, 0.68)) for share in shares]
    return [*decals, *(Decal(hole, Look.GLASS, (58, 60, 64), part=part) for hole in holes)]


def _front(screen: Panel, nose: float, half: float, lamp: float) -> list[Decal]:
    """Return windscreen, lamps, grille and plate of a flat-fronted vehicle."""
    decals = [Decal(screen, Look.SCREEN, (92, 96, 100), part=PARTS.index("windscreen"))]
    grille = Panel(
        ALONG,
        1,
        (nose - 200.0, nose + 60.0),
        (lamp - 260.0, lamp + 60.0),
        both(half * 0.5),
        both(half * 0.5),
    )
    decals.append(Decal(grille, Look.SLATS, (44, 44, 47)))
    for side in (-1, 1):
        a = (min(side * half * 0.6, side * half), max(side * half * 0.6, side * half))
        decals.append(
            Decal(
                even(ALONG, 1, (nose - 300.0, nose + 60.0), (lamp - 120.0, lamp + 110.0), a),
                Look.LAMP,
                (2200, 2250, 2300),
            )
        )
        decals.append(
            Decal(
                even(ALONG, -1, (-nose - 60.0, -nose + 260.0), (lamp - 150.0, lamp + 60.0), a),
                Look.LAMP,
                (1200, 70, 60),
            )
        )
    return decals


def _arches(axles: tuple[float, ...], half: float, radius: float) -> list[Decal]:
    reach = radius + 70.0
    panels = [
        Panel(
            ACROSS,
            ANY,
            both(half + 9.0),
            (radius - reach, radius + reach),
            (x - reach, x + reach),
            (x - reach, x + reach),
        )
        for x in axles
    ]
    return [Decal(panel, Look.FLAT, (34, 34, 36), is_round=True, parameter=int(half * 0.8)) for panel in panels]


def goods_body(kind: str, number: int) -> Body:
    """Return a lorry or truck: cab over the front axle, chassis, and what it carries its load in."""
    length, width, height = SIZES[kind, number]
    nose, half = length / 2, width / 2
    cab = {"lorry": 1650.0, "truck": 2150.0}[kind] * (0.9 if length < 5500.0 else 1.0)
    cab_top = min(height, 2180.0 if kind == "lorry" else 2900.0) - (230.0 if length < 5500.0 else 0.0)
    back = nose - cab
    radius = 500.0 if kind == "truck" else 390.0 if length > 5500.0 else 310.0
    meshes, decals, panels = _cab(nose, half * 0.97, back, cab_top, 430.0 if kind == "lorry" else 600.0)
    axles: tuple[float, ...] = (nose - 0.62 * cab, -nose + 0.2 * length)
    if kind == "truck":
        axles = (*axles, -nose + 0.2 * length + 1350.0)
    meshes += _wheels(axles, width, radius)
    floor = 2 * radius + 60.0
    meshes += block((-nose + 60.0, -half * 0.42, floor - 330.0), (nose - 400.0, half * 0.42, floor), Material.TRIM)
    load = _load(kind, number, (-nose, back - 110.0), half, (floor, height))
    panels |= load[1]
    panels.setdefault("flank", panels["cab flank"])
    panels.setdefault(
        "tail",
        Panel(
            ALONG,
            -1,
            (-nose - 30.0, -nose + 60.0),
            (floor, floor + 300.0),
            both(half * 0.8),
            both(half * 0.8),
        ),
    )
    decals += _arches(axles[:1], half * 0.97, radius)
    return Body((*meshes, *load[0]), tuple(decals), panels, length, width, height)


def _cab(
    nose: float, half: float, back: float, top: float, sill: float
) -> tuple[list[Mesh], list[Decal], dict[str, Panel]]:
    belt = sill + 0.42 * (top - sill)
    rows = (
        (0.0, sill, 1.0),
        (0.0, belt, 1.0),
        (150.0, belt + 0.75 * (top - belt), 0.96),
        (230.0, top - 70.0, 0.93),
        (330.0, top - 15.0, 0.88),
    )
    rings = [plan_ring(back, nose - inset, half * share, z, 11) for inset, z, share in rows]
    meshes = prism(rings, Material.PAINT, crown=25.0)
    for side in (-1.0, 1.0):
        low, high = sorted((side * (half + 60.0), side * (half + 260.0)))
        meshes += block((nose - 330.0, low, belt + 60.0), (nose - 230.0, high, belt + 560.0), Material.TRIM, square=4)
    roof = half * 0.86
    panels = {
        "roof": even(UPWARD, 1, (top - 120.0, top + 80.0), (back + 120.0, nose - 380.0), both(roof)),
        "screen": Panel(
            ALONG, 1, (nose - 420.0, nose + 40.0), (belt + 20.0, top - 150.0), both(half * 0.9), both(half * 0.84)
        ),
        "cab flank": even(ACROSS, BOTH, both(half + 30.0), (sill + 60.0, belt - 30.0), (back + 120.0, nose - 350.0)),
    }
    window = Panel(
        ACROSS,
        BOTH,
        both(half + 30.0),
        (belt + 40.0, top - 230.0),
        (back + 420.0, nose - 140.0),
        (back + 420.0, nose - 330.0),
    )
    decals = [Decal(window, Look.GLASS, _TINTED), *_front(panels["screen"], nose, half, sill + 330.0)]
    return meshes, [*decals, Decal(panels["cab flank"], Look.SEAM, parameter=12)], panels


def _load(
    kind: str, number: int, ends: tuple[float, float], half: float, heights: tuple[float, float]
) -> tuple[list[Mesh], dict[str, Panel]]:
    """Return what stands behind the cab and the panels that it gives or replaces."""
    (back, front), (floor, top) = ends, heights
    if (kind, number) in (("lorry", 0), ("truck", 2)):
        meshes = block((back, -half, floor), (front, half, top), Material.BOX)
        return meshes, _box_panels(back, front, half, floor, top)
    if (kind, number) == ("truck", 1):
        return _tank(back, front, half, floor), {}
    if (kind, number) == ("truck", 3):
        return _mixer(back, front, half, floor), {}
    walls = {0: 1150.0, 1: 480.0, 2: 900.0, 3: 380.0}
    return _open_bed(back, front, half, floor, walls[number if kind == "lorry" else 0])


def _tank(back: float, front: float, half: float, floor: float) -> list[Mesh]:
    """Return a lying cylinder with a walk and three lids on it."""
    z = floor + half * 0.9
    rows = ((0.0, 0.05), (0.0, 0.8), (160.0, 0.98))
    ends = [(back + inset, share) for inset, share in rows] + [(front - inset, share) for inset, share in rows[::-1]]
    meshes = [skin([disc_ring(Vector(x, 0.0, z), half * share, 0, 24) for x, share in ends], Material.BOX)]
    low, high = (back + 600.0, -230.0, z + half * 0.94), (front - 600.0, 230.0, z + half * 0.99)
    meshes += block(low, high, Material.TRIM)
    for share in (0.25, 0.5, 0.75):
        x = back + share * (front - back)
        meshes += drum(Vector(x, 0.0, z + half * 0.95), Vector(x, 0.0, z + half * 1.09), 260.0, 2, Material.METAL)
    return meshes


def _mixer(back: float, front: float, half: float, floor: float) -> list[Mesh]:
    """Return a mixer's drum, rising to the back, and its chute."""
    rows = ((0.0, 0.25), (0.06, 0.62), (0.3, 0.98), (0.55, 1.0), (0.85, 0.62), (0.95, 0.34), (1.0, 0.02))
    rings = []
    for share, wide in rows:
        centre = Vector(front - share * (front - back), 0.0, floor + half * (0.85 + 0.42 * share))
        rings.append(disc_ring(centre, half * 0.94 * wide, 0, 24))
    chute = block((back - 250.0, -350.0, floor + 800.0), (back + 300.0, 350.0, floor + 1000.0), Material.METAL)
    return [skin(rings, Material.BOX), *chute]


def _box_panels(back: float, front: float, half: float, floor: float, top: float) -> dict[str, Panel]:
    return {
        "roof": even(UPWARD, 1, (top - 30.0, top + 30.0), (back + 200.0, front - 200.0), both(half * 0.86)),
        "flank": even(ACROSS, BOTH, both(half + 30.0), (floor + 250.0, top - 250.0), (back + 300.0, front - 300.0)),
        "tail": even(ALONG, -1, (back - 30.0, back + 40.0), (floor + 300.0, top - 300.0), both(half * 0.85)),
    }


def _open_bed(back: float, front: float, half: float, floor: float, wall: float) -> tuple[list[Mesh], dict[str, Panel]]:
    """Return a floor between four boards; the panel `bed` says where a load stands."""
    top = floor + wall
    meshes = block((back, -half, floor - 80.0), (front, half, floor), Material.BED)
    for low, high in (
        ((back, -half, floor - 80.0), (front, -half + 55.0, top)),
        ((back, half - 55.0, floor - 80.0), (front, half, top)),
    ):
        meshes += block(low, high, Material.BOX)
    for x in (back, front - 55.0):
        meshes += block((x, -half + 20.0, floor - 80.0), (x + 55.0, half - 20.0, top), Material.BOX)
    reach = (-half + 110.0, half - 110.0)
    return meshes, {
        "bed": even(UPWARD, 1, (floor, top), (back + 120.0, front - 120.0), reach),
        "flank": even(ACROSS, BOTH, both(half + 30.0), (floor, top), (back + 300.0, front - 300.0)),
    }


def tricycle_body() -> Body:
    """Return a three-wheeler with a small cab and an open bed."""
    length, width, height = SIZES["other", 3]
    nose, half = length / 2, width / 2
    rows = ((0.0, 420.0, 0.62), (0.0, 900.0, 0.72), (190.0, height - 90.0, 0.66), (300.0, height, 0.55))
    rings = [plan_ring(nose - 1350.0 + inset / 3, nose - inset, half * share, z, 5) for inset, z, share in rows]
    meshes = prism(rings, Material.PAINT, crown=35.0)
    meshes += wheel(nose - 300.0, 60.0, 240.0, 120.0, _WHEELS)
    meshes += _wheels((-nose + 500.0,), width, 250.0, 130.0)
    load, panels = _open_bed(-nose, nose - 1420.0, half, 560.0, 300.0)
    meshes += load
    roof = half * 0.56
    panels |= {
        "roof": even(UPWARD, 1, (height - 60.0, height + 60.0), (nose - 1200.0, nose - 330.0), both(roof)),
        "screen": Panel(
            ALONG, 1, (nose - 330.0, nose + 40.0), (940.0, height - 130.0), both(half * 0.6), both(half * 0.5)
        ),
        "tail": even(ALONG, -1, (-nose - 30.0, -nose + 60.0), (560.0, 860.0), both(half * 0.8)),
    }
    window = Panel(
        ACROSS,
        BOTH,
        both(half),
        (940.0, height - 150.0),
        (nose - 1200.0, nose - 250.0),
        (nose - 1150.0, nose - 330.0),
    )
    decals = [
        Decal(panels["screen"], Look.SCREEN, (92, 96, 100), part=PARTS.index("windscreen")),
        Decal(window, Look.GLASS, _TINTED),
    ]
    return Body(tuple(meshes), tuple(decals), panels, length, width, height)
