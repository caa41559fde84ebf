"""Render a shot of a vehicle: meshes, visible surfaces, light, the drone's sensor, and where its parts are seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from challenges.synth.camera import Camera, parallel_view
from challenges.synth.exact import UNIT, Vector, cosine, nearest, sine
from challenges.synth.layers import Layers, shares
from challenges.synth.mesh import SCALE, Mesh, joined
from challenges.synth.raster import DEPTH, MATERIAL, bounds, fill, fill_depth, placed, project
from challenges.synth.render import light_row
from challenges.synth.sensor import exposed
from challenges.synth.stream import Stream
from challenges.synth.vehicles.attributes import with_option
from challenges.synth.vehicles.fittings import Model, material_rows, vehicle_model
from challenges.synth.vehicles.light import FRAME_SIZE, Scene, shade_scene
from challenges.synth.vehicles.parts import PARTS, Material
from challenges.synth.vehicles.road import place_row
from challenges.synth.vehicles.scenery import occluder_mesh, scenery_rows
from challenges.synth.vehicles.shot import Placed, Shot
from challenges.synth.vehicles.sites import SENSORS

_SUN_CELLS = 288
_PAD = 4
"""Pixels rendered beyond the crop, so that blur finds neighbours at its edges."""
_LEAST = 16
"""A crop has at least this many pixels each way."""
_LEAST_PART = 5
"""A part is annotated where it shows on at least this many pixels' area."""
_NOTHING = Mesh(np.zeros((0, 8), dtype=np.int64), np.zeros((0, 4), dtype=np.int64))
_NO_FOOTPRINT = [-(1 << 30), -(1 << 30)]
"""Half length and width of what darkens no road round it."""
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Picture:
    """Hold a rendered crop.

    uint8 (height, width, 3); the fraction of the vehicle that is visible; the longer side of its whole box in pixels; the
    box (left, top, right, bottom in pixels of the crop, right and bottom beyond) of each part that is seen.
    """

    pixels: NDArray[np.uint8]
    visible: float
    size: int
    parts: Mapping[str, Box]


@dataclass(frozen=True)
class Raw:
    """Hold a picture before the sensor: of every sample radiance, part and whether it is the vehicle; and its measures.

    `corner` is the crop's left upper corner in pixels from the camera's principal point.
    """

    radiance: NDArray[np.int32]
    parts: NDArray[np.int8]
    seen: NDArray[np.bool_]
    samples: int
    corner: tuple[int, int]
    visible: float
    size: int


def render(shot: Shot) -> Picture:
    """Return the picture of a shot; equal shots give equal bytes on every machine."""
    raw = radiance_of(shot)
    return Picture(_exposed(shot, raw), raw.visible, raw.size, part_boxes(raw))


def render_layers(shot: Shot) -> tuple[Picture, Layers]:
    """Return the picture of a shot, the same bytes as `render`, and what it is made of."""
    raw = radiance_of(shot)
    picture = Picture(_exposed(shot, raw), raw.visible, raw.size, part_boxes(raw))
    edge = _PAD * raw.samples
    mask = shares(raw.seen[edge:-edge, edge:-edge], raw.samples)
    return picture, Layers(_exposed(shot, radiance_of(shot, with_vehicle=False)), mask)


def _exposed(shot: Shot, raw: Raw) -> NDArray[np.uint8]:
    pixels = exposed(
        raw.radiance,
        raw.samples,
        sensor=SENSORS[shot.camid],
        blur=shot.blur,
        exposure=shot.light.exposure,
        seed=shot.seed,
    )
    return np.ascontiguousarray(pixels[_PAD:-_PAD, _PAD:-_PAD])


def radiance_of(shot: Shot, *, with_vehicle: bool = True) -> Raw:
    """Return what falls on the sensor, with a border of four pixels beyond the crop.

    Without the vehicle it is what the same crop would show had the vehicle not been there.
    """
    model = vehicle_model(shot.target.vehicle)
    body = _standing(model, shot.target, 0)
    camera = _camera(shot, model)
    box = _edges(body, camera)
    left, top, right, bottom = box
    long, crop = max(right - left, bottom - top), shot.crop
    x0, y0 = nearest(left - crop.left * long), nearest(top - crop.top * long)
    width = max(_LEAST, nearest(right + crop.right * long) - x0)
    height = max(_LEAST, nearest(bottom + crop.bottom * long) - y0)
    samples = 3 if long < 64 else 2
    view = camera.view(x0 - _PAD, y0 - _PAD, samples)
    buffer = np.zeros(((height + 2 * _PAD) * samples, (width + 2 * _PAD) * samples, 7), dtype=np.int32)
    mesh, scene = _scene(shot, model, body if with_vehicle else None)
    corners = project(mesh.vertices, view)
    # Nearest first: what lies behind is then thrown away before its surface is worked out.
    fill(buffer, corners, mesh.triangles[np.argsort(corners[mesh.triangles[:, 0], 2], kind="stable")])
    seen = (buffer[:, :, DEPTH] > 0) & (buffer[:, :, MATERIAL] < Material.STEP)
    edge = _PAD * samples
    share = np.count_nonzero(seen[edge:-edge, edge:-edge]) / samples**2
    radiance, parts = shade_scene(buffer, view, scene)
    visible = min(1.0, share / max(1.0, _whole_area(body, camera, box)))
    return Raw(radiance, parts, seen, samples, (x0, y0), visible, nearest(long))


def _edges(body: Mesh, camera: Camera) -> tuple[float, float, float, float]:
    """Return the vehicle's whole box in pixels from the principal point: left, top, right, bottom."""
    left, top, right, bottom = bounds(project(body.vertices, camera.view(0.0, 0.0, 1)))
    return left / 16, top / 16, right / 16, bottom / 16


def part_boxes(raw: Raw) -> dict[str, Box]:
    """Return the box of each part that shows inside the crop, in pixels of the crop."""
    edge = _PAD * raw.samples
    parts, boxes = raw.parts[edge:-edge, edge:-edge], {}
    for number in range(1, len(PARTS)):
        shown = parts == number
        if np.count_nonzero(shown) < _LEAST_PART * raw.samples**2:
            continue
        rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
        boxes[PARTS[number]] = (
            int(columns[0]) // raw.samples,
            int(rows[0]) // raw.samples,
            int(columns[-1]) // raw.samples + 1,
            int(rows[-1]) // raw.samples + 1,
        )
    return boxes


def without_part(shot: Shot, name: str) -> Shot:
    """Return the shot of the same vehicle without one part: a mark, a load or a fitted thing."""
    vehicle = shot.target.vehicle
    if name in ("skylight", "luggage_rack", "spare_tyre", "bumper"):
        changed = with_option(vehicle, name, "no")
    elif name == "cargo":
        changed = replace(vehicle, cargo="none")
    else:
        changed = replace(vehicle, marks=tuple(mark for mark in vehicle.marks if mark.kind != name))
    return replace(shot, target=replace(shot.target, vehicle=changed))


def _camera(shot: Shot, model: Model) -> Camera:
    target = Vector(shot.target.x, shot.target.y, 0.4 * model.height)
    focal = shot.scale * shot.distance / 1000.0
    return Camera(target, shot.distance, shot.azimuth, shot.depression, shot.roll, focal)


def _standing(model: Model, here: Placed, number: int) -> Mesh:
    return placed(model.mesh, heading=here.heading, x=here.x, y=here.y, material=number * Material.STEP)


def _scene(shot: Shot, model: Model, body: Mesh | None) -> tuple[Mesh, Scene]:
    """Return everything that stands on the road and the tables that colour it; without a body not the vehicle itself."""
    meshes, models, everyone = [_NOTHING if body is None else body], [model], [shot.target, *shot.others]
    materials = [material_rows(shot.target.vehicle, 0)]
    for number, other in enumerate(shot.others, start=1):
        models.append(vehicle_model(other.vehicle))
        meshes.append(_standing(models[-1], other, number))
        materials.append(material_rows(other.vehicle, number))
    frames, first = [], 0
    for here, one in zip(everyone, models, strict=True):
        frames.append(_frame(here, one, first))
        first += len(one.decals)
    if shot.occluder.kind in ("tree", "pole"):
        meshes.append(occluder_mesh(shot, material=len(everyone) * Material.STEP))
        materials.append(scenery_rows(Stream("scenery", shot.occluder.seed), owner=len(everyone)))
        frames.append([UNIT, 0, 0, 0, 0, 0, *_NO_FOOTPRINT])
    if body is None:
        frames[0][-2:] = _NO_FOOTPRINT
    mesh, to_sun = joined(meshes), _to_sun(shot)
    cell = nearest((model.length + 2.2 * model.height) / _SUN_CELLS)
    centre = Vector(shot.target.x, shot.target.y, 0.3 * model.height)
    sun_view = parallel_view(to_sun.times(-1.0), centre, _SUN_CELLS, cell)
    depths = np.zeros((_SUN_CELLS, _SUN_CELLS), dtype=np.int32)
    if not shot.light.shaded and shot.light.sun > 0:
        fill_depth(depths, project(mesh.vertices, sun_view), mesh.triangles)
    return mesh, Scene(
        np.concatenate(materials),
        np.array(frames, dtype=np.int64),
        np.concatenate([one.decals for one in models]),
        light_row(shot.light, to_sun),
        sun_view,
        depths,
        place_row(shot.place),
    )


def _frame(here: Placed, model: Model, first: int) -> list[int]:
    row = [nearest(cosine(here.heading) * UNIT), nearest(sine(here.heading) * UNIT)]
    row += [nearest(here.x * SCALE), nearest(here.y * SCALE), first, first + len(model.decals)]
    row += [nearest(model.length / 2), nearest(model.width / 2)]
    return row + [0] * (FRAME_SIZE - len(row))


def _to_sun(shot: Shot) -> Vector:
    light = shot.light
    level = cosine(light.height)
    return Vector(cosine(light.azimuth) * level, sine(light.azimuth) * level, sine(light.height))


def _whole_area(body: Mesh, camera: Camera, box: tuple[float, float, float, float]) -> float:
    """Return the area in pixels that the whole vehicle would cover if nothing hid or cut it."""
    left, top, right, bottom = box
    buffer = np.zeros((int(bottom - top) + 3, int(right - left) + 3), dtype=np.int32)
    fill_depth(buffer, project(body.vertices, camera.view(left - 1.0, top - 1.0, 1)), body.triangles)
    return float(np.count_nonzero(buffer))
