"""Put a vehicle together: the model's body, what its owner fitted, its load and its marks, and the paint on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from challenges.synth.exact import Vector
from challenges.synth.mesh import Mesh, joined
from challenges.synth.palette import Colour, dimmed, linear, tinted
from challenges.synth.stream import Stream
from challenges.synth.vehicles.attributes import CARS, Mark, Vehicle
from challenges.synth.vehicles.coach import Body, car_body, car_model
from challenges.synth.vehicles.forms import block, drum, plan_ring, prism, skin
from challenges.synth.vehicles.heavy import bus_body, goods_body, tricycle_body
from challenges.synth.vehicles.light import MATERIAL_SIZE
from challenges.synth.vehicles.parts import BOTH, PARTS, Decal, Look, Material, Panel, Surface

PAINTS = {
    "white": ((224, 225, 224), (232, 230, 222), (206, 209, 212)),
    "black": ((28, 28, 31), (36, 38, 44), (22, 22, 23)),
    "gray": ((148, 151, 155), (106, 110, 114), (178, 180, 181), (84, 88, 94)),
    "red": ((168, 28, 32), (128, 24, 34), (190, 44, 36)),
    "green": ((44, 96, 66), (84, 128, 72), (30, 74, 62)),
    "blue": ((34, 64, 130), (58, 106, 168), (28, 42, 88)),
    "yellow": ((222, 176, 44), (232, 200, 70), (206, 160, 62)),
    "brown": ((96, 70, 52), (158, 134, 102), (124, 96, 70), (70, 50, 42)),
    "other": ((206, 104, 40), (106, 60, 122), (206, 118, 148), (62, 150, 158)),
}
"""Shades of each colour, 8 bits."""
_CARGO = {
    "none": (0, 0, 0),
    "boxes": (168, 136, 96),
    "pipes": (150, 154, 158),
    "sand": (176, 150, 112),
    "timber": (168, 130, 88),
}
_CLOTHS = ((52, 84, 64), (44, 74, 128), (120, 118, 108), (150, 66, 44))


@dataclass(frozen=True)
class Model:
    """Hold a vehicle's finished shape: mesh, rows of its decals, and length, width and height (mm)."""

    mesh: Mesh
    decals: NDArray[np.int64]
    length: float
    width: float
    height: float


def vehicle_model(vehicle: Vehicle) -> Model:
    """Return the shape of a vehicle with its marks."""
    body, mesh = _fitted(replace(vehicle, colour="white", marks=(), dust=0, tint=_load_key(vehicle)))
    decals = [*body.decals]
    if vehicle.type in ("bus", "lorry", "truck"):
        decals += _livery(vehicle, body)
    for mark in vehicle.marks:
        decals += _marked(mark, vehicle, body)
    rows = np.array([decal.row() for decal in decals], dtype=np.int64)
    return Model(mesh, rows, body.length, body.width, body.height)


def _load_key(vehicle: Vehicle) -> tuple[int | str, ...]:
    """Return what the shape depends on beside the labels: the arrangement of a load, or which sunroof it is."""
    return vehicle.tint[:2] if vehicle.cargo != "none" or vehicle.skylight == "yes" else ()


@lru_cache(maxsize=256)
def _fitted(vehicle: Vehicle) -> tuple[Body, Mesh]:
    stream = Stream("fitting", *vehicle.tint)
    body = _plain_body(vehicle, stream)
    meshes = list(body.meshes)
    if vehicle.luggage_rack == "yes":
        meshes += _rack(body, rails=vehicle.model % 2 == 0 or vehicle.type == "suv")
    if vehicle.spare_tyre == "yes":
        meshes += _spare(vehicle, body)
    if vehicle.bumper == "yes":
        meshes += _bar(vehicle, body)
    if vehicle.cargo != "none":
        bed = body.panels.get("bed") or body.panels["deck"].piece((0.1, 0.9), (0.15, 0.85))
        meshes += _cargo(vehicle.cargo, bed, stream.fork("cargo"))
    return body, joined(meshes)


def _plain_body(vehicle: Vehicle, stream: Stream) -> Body:
    if vehicle.type == "bus":
        return bus_body(vehicle.model, hatches=vehicle.skylight == "yes")
    if vehicle.type in ("lorry", "truck"):
        return goods_body(vehicle.type, vehicle.model)
    if vehicle.type == "other" and vehicle.model == 3:
        return tricycle_body()
    sunroof = "none" if vehicle.skylight == "no" else stream.fork("sunroof").pick(("small", "small", "long"))
    return car_body(car_model(vehicle.type, vehicle.model), sunroof=sunroof)


def _rack(body: Body, *, rails: bool) -> list[Mesh]:
    """Return two rails along the roof, or a basket of cross bars."""
    roof = body.panels["roof"]
    (back, front), top = roof.b, body.height
    half = roof.a_low[1] * 0.80
    meshes = []
    for y in (-half, half):
        meshes += block(
            (back + 90.0, y - 24.0, top - 30.0), (front - 70.0, y + 24.0, top + 62.0), Material.RACK, square=6
        )
    bars = 2 if rails else 6
    for k in range(bars):
        x = back + 160.0 + (front - back - 330.0) * k / (bars - 1)
        meshes += block((x - 26.0, -half, top + 20.0), (x + 26.0, half, top + 66.0), Material.RACK, square=6)
    return meshes


def _spare(vehicle: Vehicle, body: Body) -> list[Mesh]:
    """Return a spare wheel: on the back of a car, behind the cab of a lorry."""
    nose = body.length / 2
    if vehicle.type in ("lorry", "truck"):
        bed = body.panels.get("bed")
        x = (bed.b[1] if bed else nose - 2300.0) + 70.0
        return drum(
            Vector(x, 300.0, body.height * 0.72), Vector(x + 210.0, 300.0, body.height * 0.72), 470.0, 0, Material.SPARE
        )
    return drum(Vector(-nose - 215.0, 0.0, 900.0), Vector(-nose + 30.0, 0.0, 900.0), 345.0, 0, Material.SPARE)


def _bar(vehicle: Vehicle, body: Body) -> list[Mesh]:
    """Return a bar of tubes before the front."""
    nose, half = body.length / 2, body.width / 2
    tall = 560.0 if vehicle.type in CARS else 700.0
    meshes = []
    for z, wide in ((tall, 0.86), (tall + 190.0, 0.62)):
        meshes += drum(
            Vector(nose + 105.0, -half * wide, z), Vector(nose + 105.0, half * wide, z), 44.0, 1, Material.BAR
        )
    for y in (-half * 0.6, -half * 0.22, half * 0.22, half * 0.6):
        meshes += drum(
            Vector(nose + 105.0, y, tall - 120.0), Vector(nose + 105.0, y, tall + 215.0), 34.0, 2, Material.BAR
        )
    for y in (-half * 0.7, half * 0.7):
        meshes += drum(Vector(nose - 160.0, y, tall), Vector(nose + 105.0, y, tall), 40.0, 0, Material.BAR)
    return meshes


def _cargo(kind: str, bed: Panel, stream: Stream) -> list[Mesh]:
    """Return a load on the bed; its arrangement comes from the stream."""
    (back, front), half, (floor, top) = bed.b, bed.a_low[1], bed.depth
    length = front - back
    if kind == "sand":
        rings = [plan_ring(back, front, half, floor, 8)]
        tall = (top - floor) * stream.uniform(0.7, 1.15) + 160.0
        for share, rise in ((0.98, 0.55), (0.8, 0.75), (0.5, 0.95), (0.02, 1.0)):
            shift = stream.uniform(-0.06, 0.06) * length * (1.0 - share)
            middle, reach = (back + front) / 2 + shift, length / 2 * share
            rings.append(plan_ring(middle - reach, middle + reach, half * share, floor + tall * rise, 5))
        return [skin(rings, Material.CARGO)]
    if kind == "tarpaulin":
        tall = top + stream.uniform(120.0, 700.0)
        rings = [
            plan_ring(back - 60.0, front + 40.0, half + 80.0, top - 60.0, 9),
            plan_ring(back, front, half * 0.98, tall, 7),
        ]
        return prism(rings, Material.CARGO, crown=stream.uniform(40.0, 160.0))
    meshes: list[Mesh] = []
    if kind in ("pipes", "timber"):
        radius = stream.uniform(55.0, 130.0) if kind == "pipes" else 75.0
        count, rows = int(half * 1.7 / (2 * radius)), 1 + stream.below(3)
        for layer in range(rows):
            for k in range(count - layer):
                y = (k - (count - layer - 1) / 2) * 2 * radius
                z, slip = floor + radius + layer * radius * 1.75, stream.uniform(0.0, 0.12) * length
                meshes += drum(
                    Vector(back + slip, y, z),
                    Vector(front - stream.uniform(0.0, 0.1) * length, y, z),
                    radius,
                    0,
                    Material.CARGO,
                )
        return meshes
    for _ in range(3 + stream.below(6)):
        size, deep = stream.uniform(320.0, 800.0), stream.uniform(300.0, 700.0)
        x, y = stream.uniform(back, front - size), stream.uniform(-half, half - deep)
        z = floor + (stream.uniform(250.0, 900.0))
        meshes += block((x, y, floor), (x + size, y + deep, z), Material.CARGO)
    return meshes


def _livery(vehicle: Vehicle, body: Body) -> list[Decal]:
    """Return the band or skirt of a second colour that buses carry; goods vehicles keep to one."""
    draw = Stream("livery", *vehicle.tint[:2])
    if vehicle.type != "bus":
        return []
    band = linear(draw.pick(((230, 230, 226), (40, 90, 150), (190, 60, 44), (60, 130, 80), (226, 180, 60))))
    flank = body.panels["flank"]
    nose = body.length / 2
    low = draw.uniform(0.0, 0.5)
    whole = replace(flank, a_low=(-nose, nose), a_high=(-nose, nose))
    return [Decal(whole.piece((low, low + draw.uniform(0.25, 0.5)), (0.0, 1.0)), Look.SHEET, band)]


_INKS = ((232, 232, 228), (24, 24, 26), (196, 34, 36), (32, 76, 160), (232, 190, 40), (40, 130, 70), (226, 116, 36))


def _ink(vehicle: Vehicle, draw: Stream) -> Colour:
    """Return a colour that shows on the vehicle's paint."""
    base = sum(PAINTS[vehicle.colour][0])
    inks = [ink for ink in _INKS if abs(sum(ink) - base) > 140]
    return linear(draw.pick(inks))


def _marked(mark: Mark, vehicle: Vehicle, body: Body) -> list[Decal]:
    """Return the decals of one mark; on a body without the usual panel it moves to another."""
    draw, panels = Stream("mark", mark.seed), body.panels
    part, ink = PARTS.index(mark.kind), _ink(vehicle, draw)
    if mark.kind == "dashboard":
        return _dashboard(panels["screen"], draw, part)
    if mark.kind == "stripe":
        return _stripes(panels, draw, ink, part)
    home = {"roof": "roof", "side": "flank", "bonnet": "bonnet", "rear": "tail"}.get(mark.kind.partition("_")[0], "")
    if not home:
        home = draw.pick(
            ("bonnet", "flank", "flank", "roof", "tail") if mark.kind != "mud" else ("flank", "flank", "tail")
        )
    panel = panels.get(home, panels["roof"])
    side = draw.pick((-1, 1)) if home == "flank" and mark.kind != "side_text" else None
    wide = {"patch": 0.36, "mud": 0.42, "side_text": 0.5, "roof_text": 0.5}.get(mark.kind, 0.24)
    tall = {"patch": 0.8, "mud": 0.95, "side_text": 0.42, "roof_text": 0.28, "roof_decal": 0.30}.get(mark.kind, 0.6)
    wide, tall = wide * draw.uniform(0.7, 1.2), tall * draw.uniform(0.75, 1.05)
    if home in ("roof", "bonnet"):  # Their width runs across the vehicle.
        wide, tall = min(0.9, wide * 1.6), min(0.9, tall * 0.8)
    a, b = draw.uniform(0.04, 0.96 - wide), draw.uniform(0.02, max(0.03, 0.98 - tall))
    piece = panel.piece((b, b + tall), (a, a + wide), side)
    look = {"roof_text": Look.TEXT, "side_text": Look.TEXT, "dent": Look.DENT, "mud": Look.MUD}.get(
        mark.kind, Look.SHEET
    )
    if mark.kind == "patch":
        shade = draw.pick(
            (dimmed(linear(PAINTS[vehicle.colour][0]), draw.pick((58, 72, 150))), linear((118, 120, 118)))
        )
        return [Decal(piece, Look.FLAT, shade, seed=mark.seed, part=part)]
    if mark.kind == "mud":
        ink = linear(draw.pick(((136, 112, 84), (112, 92, 70), (150, 134, 110))))
    is_round = look in (Look.DENT,) or (look is Look.SHEET and draw.below(2) == 1)
    return [Decal(piece, look, ink, is_round=is_round, seed=mark.seed, part=part)]


def _dashboard(screen: Panel, draw: Stream, part: int) -> list[Decal]:
    """Return what lies behind a windscreen: papers, a box, a row of ornaments or a sun screen."""
    kind = draw.below(4)
    if kind == 0:
        shade = linear(draw.pick(((196, 198, 200), (160, 164, 168), (150, 130, 96), (96, 120, 160))))
        return [Decal(screen.piece((0.0, 0.8), (0.03, 0.97)), Look.SHEET, shade, part=part)]
    count = 1 if kind == 1 else 2 + draw.below(3)
    decals = []
    for _ in range(count):
        wide, tall = draw.uniform(0.09, 0.24), draw.uniform(0.14, 0.3)
        a, b = draw.uniform(0.02, 0.98 - wide), draw.uniform(0.0, 0.12)
        ink = linear(draw.pick(_INKS))
        decals.append(
            Decal(screen.piece((b, b + tall), (a, a + wide)), Look.SHEET, ink, is_round=draw.below(3) == 0, part=part)
        )
    return decals


def _stripes(panels: dict[str, Panel], draw: Stream, ink: Colour, part: int) -> list[Decal]:
    """Return one or two stripes along the top, or a band along both flanks."""
    if draw.below(2) or "bonnet" not in panels:
        low = draw.uniform(0.1, 0.7)
        piece = panels["flank"].piece((low, low + draw.uniform(0.12, 0.24)), (0.0, 1.0), BOTH)
        return [Decal(piece, Look.SHEET, ink, part=part)]
    wide = draw.uniform(0.09, 0.16)
    spots = (0.36, 0.64 - wide) if draw.below(2) else (draw.uniform(0.15, 0.7),)
    tops = [panels[name] for name in ("bonnet", "roof", "deck") if name in panels]
    return [Decal(panel.piece((0.0, 1.0), (a, a + wide)), Look.SHEET, ink, part=part) for panel in tops for a in spots]


def material_rows(vehicle: Vehicle, owner: int) -> NDArray[np.int64]:
    """Return the materials of one vehicle, int64 (Material.STEP, light.MATERIAL_SIZE); `owner` is its number."""
    stream = Stream("paint", *vehicle.tint)
    model = Stream("paint", *vehicle.tint[:2])
    shade = model.pick(PAINTS[vehicle.colour])
    paint = tinted(shade, stream.fork("shade"), spread=3)
    bright = linear((206, 209, 211))
    box = {"lorry": bright, "truck": bright, "bus": linear((196, 198, 200))}.get(vehicle.type, paint)
    if vehicle.type in ("lorry", "truck") and model.fork("box").below(100) < 60:
        box = paint
    cargo = model.fork("cloth").pick(_CLOTHS) if vehicle.cargo == "tarpaulin" else _CARGO[vehicle.cargo]
    kinds = {"tarpaulin": Surface.CLOTH, "sand": Surface.HEAP, "timber": Surface.PLANKS}
    metal = model.fork("metal").pick(((150, 152, 156), (40, 40, 42)))
    ribbed = (vehicle.type, vehicle.model) == ("truck", 2)
    coach = Surface.COACH
    rows: dict[Material, tuple[int, Colour, int, int, int]] = {  # Surface, colour, gloss, grain, part.
        Material.PAINT: (coach, paint, 700, 14, 0),
        Material.TYRE: (Surface.SOLID, linear((40, 40, 41)), 0, 16, 0),
        Material.RIM: (Surface.SOLID, linear(metal if vehicle.type in CARS else (150, 150, 150)), 500, 20, 0),
        Material.TRIM: (Surface.SOLID, linear((46, 46, 48)), 160, 10, 0),
        Material.METAL: (Surface.SOLID, linear((150, 152, 154)), 700, 10, 0),
        Material.BED: (Surface.PLANKS, linear((74, 70, 66)), 0, 40, 0),
        Material.CARGO: (kinds.get(vehicle.cargo, Surface.SOLID), linear(cargo), 0, 40, PARTS.index("cargo")),
        Material.BOX: (Surface.RIBBED if ribbed else coach, box, 420, 14, 0),
        Material.RACK: (Surface.SOLID, linear(metal), 600, 10, PARTS.index("luggage_rack")),
        Material.SPARE: (Surface.SOLID, linear((48, 48, 50)), 200, 16, PARTS.index("spare_tyre")),
        Material.BAR: (Surface.SOLID, linear((176, 178, 182)), 1600, 8, PARTS.index("bumper")),
    }
    table = np.zeros((Material.STEP, MATERIAL_SIZE), dtype=np.int64)
    for number, (kind, colour, gloss, grain, part) in rows.items():
        seed = stream.fork("surface", int(number)).below(1 << 20)
        table[number] = (int(kind), *colour, gloss, grain, seed, owner, part, min(100, vehicle.dust))
    return table
