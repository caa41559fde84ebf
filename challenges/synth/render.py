"""Render a shot: build the meshes, rasterise, light and expose them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from challenges.synth.body import Part, body_tubes
from challenges.synth.camera import Camera, parallel_view
from challenges.synth.exact import UNIT, Vector, cosine, nearest, sine
from challenges.synth.ground import PLACE_SIZE
from challenges.synth.head import bag_tubes, head_tubes
from challenges.synth.layers import Layers, shares
from challenges.synth.materials import leaf_materials, person_materials
from challenges.synth.mesh import Mesh, joined, loft
from challenges.synth.privacy import face_box, pixelate
from challenges.synth.props import furniture, plant_mesh, pole_mesh
from challenges.synth.raster import DEPTH, MATERIAL, bounds, fill, fill_depth, placed, project
from challenges.synth.sensor import exposed
from challenges.synth.shade import shade
from challenges.synth.shot import Light, Occluder, Shot, Surroundings, Wearer
from challenges.synth.sites import SITES
from challenges.synth.skeleton import posed
from challenges.synth.stream import Stream

_SUN_CELLS, _SUN_CELL_MM = 288, 16
_PAD = 4
"""Pixels rendered beyond the crop, so that blur finds neighbours at its edges."""
_LEAST = 12
"""A crop has at least this many pixels each way."""


@dataclass(frozen=True)
class Picture:
    """Hold a rendered crop: uint8 (height, width, 3), the fraction of the body that is visible, its height in pixels."""

    pixels: NDArray[np.uint8]
    visible: float
    body_height: int


def render(shot: Shot) -> Picture:
    """Return the picture of a shot; equal shots give equal bytes on every machine."""
    frame = _framed(shot)
    return _pictured(frame, _drawn(frame, with_person=True))


def render_layers(shot: Shot) -> tuple[Picture, Layers]:
    """Return the picture of a shot, the same bytes as `render`, and what it is made of."""
    frame = _framed(shot)
    whole, empty = _drawn(frame, with_person=True), _drawn(frame, with_person=False)
    return _pictured(frame, whole), Layers(_exposed(frame, empty), shares(frame.seen(whole), frame.samples))


@dataclass(frozen=True)
class _Frame:
    """Hold where a crop lies: the body, its box in the image (left, top, right, bottom) and the window around it.

    `corner` is that of the crop in pixels from the principal point.
    """

    shot: Shot
    camera: Camera
    body: Mesh
    box: tuple[float, float, float, float]
    corner: tuple[int, int]
    height: int
    width: int
    samples: int
    view: NDArray[np.int64]

    def seen(self, drawn: _Drawn) -> NDArray[np.bool_]:
        """Mark the samples of the crop in which the person is what is seen."""
        inside = _inside(drawn.buffer, self.samples)
        seen: NDArray[np.bool_] = (inside[:, :, DEPTH] > 0) & (inside[:, :, MATERIAL] < Part.STEP)
        return seen


@dataclass(frozen=True)
class _Drawn:
    """Hold the visible surfaces of a window, before light falls on them."""

    scene: Mesh
    materials: NDArray[np.int64]
    buffer: NDArray[np.int32]


def _framed(shot: Shot) -> _Frame:
    camera = _camera(shot)
    body = wearer_mesh(shot.wearer, shot.x, shot.y)
    left, top, right, bottom = (edge / 16 for edge in bounds(project(body.vertices, camera.view(0.0, 0.0, 1))))
    crop = shot.crop
    tall = bottom - top
    x0, y0 = nearest(left - crop.left * tall), nearest(top - crop.top * tall)
    width = max(_LEAST, nearest(right + crop.right * tall) - x0)
    height = max(_LEAST, nearest(bottom + crop.bottom * tall) - y0)
    samples = 3 if height < 72 else 2 if height < 320 else 1
    view = camera.view(x0 - _PAD, y0 - _PAD, samples)
    return _Frame(shot, camera, body, (left, top, right, bottom), (x0, y0), height, width, samples, view)


def _drawn(frame: _Frame, *, with_person: bool) -> _Drawn:
    shape = ((frame.height + 2 * _PAD) * frame.samples, (frame.width + 2 * _PAD) * frame.samples, 7)
    buffer = np.zeros(shape, dtype=np.int32)
    nobody = Mesh(frame.body.vertices[:0], frame.body.triangles[:0])
    scene, materials = _scene(frame.shot, frame.body if with_person else nobody)
    fill(buffer, project(scene.vertices, frame.view), scene.triangles)
    return _Drawn(scene, materials, buffer)


def _exposed(frame: _Frame, drawn: _Drawn) -> NDArray[np.uint8]:
    shot = frame.shot
    radiance = _lit(shot, drawn.scene, (drawn.buffer, frame.samples), frame.view, drawn.materials)
    sensor, exposure = SITES[shot.camid].sensor, shot.light.exposure
    picture = exposed(radiance, 1, sensor=sensor, blur=shot.blur, exposure=exposure, seed=shot.seed)
    return np.ascontiguousarray(_trimmed(picture))


def _pictured(frame: _Frame, drawn: _Drawn) -> Picture:
    share = np.count_nonzero(frame.seen(drawn)) / frame.samples**2
    whole = _whole_area(frame.body, frame.camera, frame.box)
    pixels = _exposed(frame, drawn)
    face = face_box(frame.shot.wearer, frame.camera, frame.shot.x, frame.shot.y)
    if face is not None:
        x, y = frame.corner
        pixelate(pixels, (face[0] - x, face[1] - y, face[2] - x, face[3] - y))
    return Picture(pixels, min(1.0, share / max(1.0, whole)), nearest(frame.box[3] - frame.box[1]))


def _camera(shot: Shot) -> Camera:
    stature = shot.wearer.build.stature
    target = Vector(shot.x, shot.y, 0.52 * stature)
    focal = shot.pixels * shot.distance / stature
    return Camera(target, shot.distance, shot.azimuth, shot.depression, shot.roll, focal)


def wearer_mesh(wearer: Wearer, x: float, y: float, *, material: int = 0) -> Mesh:
    """Return a dressed person standing at (x, y) mm."""
    bones = posed(wearer.build, wearer.pose)
    tubes = body_tubes(wearer.build, bones, wearer.labels) + head_tubes(wearer.build, bones, wearer.labels)
    tubes += bag_tubes(wearer.build, bones, wearer.labels)
    mesh = loft(tubes, seed=Stream("cloth", *wearer.tints).below(1 << 30))
    return placed(mesh, heading=wearer.heading, x=x, y=y, material=material)


def _scene(shot: Shot, body: Mesh) -> tuple[Mesh, NDArray[np.int64]]:
    """Return everything in front of the camera and the table of its materials."""
    materials = [person_materials(shot.wearer)]
    meshes = [body]
    occluder = shot.occluder
    x, y = _beside(shot, occluder)
    if occluder.kind == "person" and occluder.other is not None:
        meshes.append(wearer_mesh(occluder.other, x, y, material=Part.STEP))
        materials.append(person_materials(occluder.other))
    elif occluder.kind in ("pole", "plant"):
        make = pole_mesh if occluder.kind == "pole" else plant_mesh
        height = occluder.before * sine(shot.depression) / max(0.05, cosine(shot.depression))
        thing = make(Stream("thing", occluder.seed), lift=max(0.0, height - 300.0))
        meshes.append(placed(thing, heading=0.0, x=x, y=y, material=Part.STEP))
        materials.append(leaf_materials(Stream("leaves", occluder.seed)))
    first = sum(len(rows) for rows in materials)
    meshes += [placed(thing, heading=0.0, x=0.0, y=0.0, material=first) for thing in _standing(shot)]
    materials.append(leaf_materials(Stream("standing", shot.surroundings.seed)))
    return joined(meshes), np.concatenate(materials)


def _standing(shot: Shot) -> list[Mesh]:
    """Return the place's furniture but what the person would walk into, or what lies towards the camera.

    Occlusion is a factor of its own.
    """
    c, s = cosine(shot.azimuth), sine(shot.azimuth)
    meshes = []
    for thing in furniture(shot.surroundings.seed):
        x, y = thing.x - shot.x, thing.y - shot.y
        near = x * x + y * y < (thing.reach + 900.0) * (thing.reach + 900.0)
        before, aside = x * c + y * s, abs(y * c - x * s)
        if not near and (before < 0.0 or aside > 0.6 * before + thing.reach):
            meshes.append(thing.mesh)
    return meshes


def _beside(shot: Shot, occluder: Occluder) -> tuple[float, float]:
    """Return the ground point `before` mm towards the camera and `aside` mm to its right of the person."""
    c, s = cosine(shot.azimuth), sine(shot.azimuth)
    return shot.x + c * occluder.before - s * occluder.aside, shot.y + s * occluder.before + c * occluder.aside


def _lit(
    shot: Shot, scene: Mesh, seen: tuple[NDArray[np.int32], int], view: NDArray[np.int64], materials: NDArray[np.int64]
) -> NDArray[np.int32]:
    light = shot.light
    to_sun = Vector(
        cosine(light.azimuth) * cosine(light.height), sine(light.azimuth) * cosine(light.height), sine(light.height)
    )
    sun_view = parallel_view(to_sun.times(-1.0), Vector(shot.x, shot.y, 700.0), _SUN_CELLS, _SUN_CELL_MM)
    depths = np.zeros((_SUN_CELLS, _SUN_CELLS), dtype=np.int32)
    if not light.shaded and light.sun > 0:
        fill_depth(depths, project(scene.vertices, sun_view), scene.triangles)
    place = _place(shot.surroundings, shot)
    return shade(*seen, view, materials, light_row(light, to_sun), sun_view, depths, place)


def light_row(light: Light, to_sun: Vector) -> NDArray[np.int64]:
    """Return the 13 integers of a light as `shade` reads them."""
    warm = light.warmth
    sun = (light.sun * (4096 + warm) >> 12, light.sun, light.sun * (4096 - warm) >> 12)
    # Open shade is lit by the blue sky alone, some 9,000 K against the 6,500 K of sky and sun together.
    tint = (3300, 4050, 5000) if light.shaded else (3850, 4050, 4500)
    sky = tuple(light.sky * part >> 12 for part in tint)
    bounce = tuple((level * 9 >> 5) + (beam >> 3) for level, beam in zip(sky, sun, strict=True))
    direction = [nearest(part * UNIT) for part in to_sun]
    return np.array([*direction, *sun, *sky, *bounce, int(light.shaded)], dtype=np.int64)


_GROUND_TINTS = (
    (610, 620, 640),
    (1250, 1200, 1120),
    (330, 470, 210),
    (1350, 1330, 1280),
    (980, 720, 600),
    (1500, 1480, 1420),
    (1150, 1020, 840),
)
_WALL_TINTS = ((900, 520, 400), (1900, 1780, 1560), (420, 470, 520), (190, 300, 120), (1300, 1290, 1260))


def _place(here: Surroundings, shot: Shot) -> NDArray[np.int64]:
    """Return the integers of the backdrop; small differences of tint belong to the place's seed."""
    draw = Stream("place", here.seed)
    row = [
        here.ground,
        here.other,
        here.seed % (1 << 20),
        nearest(cosine(here.border) * UNIT),
        nearest(sine(here.border) * UNIT),
    ]
    row += [nearest(here.border_offset), here.line, here.wall]
    c, s = cosine(shot.azimuth), sine(shot.azimuth)
    away = here.wall_distance - (c * shot.x + s * shot.y)
    row += [nearest(away), nearest(-c * UNIT), nearest(-s * UNIT)]
    for tint in (_GROUND_TINTS[here.ground], _GROUND_TINTS[here.other], _WALL_TINTS[max(0, here.wall)]):
        gain = 80 + draw.below(45)
        row += [channel * gain // 100 for channel in tint]
    row += [min(4095, shot.light.sky * part >> 5) for part in (30, 33, 38)]
    return np.array(row + [0] * (PLACE_SIZE - len(row)), dtype=np.int64)


def _inside(buffer: NDArray[np.int32], samples: int) -> NDArray[np.int32]:
    edge = _PAD * samples
    return buffer[edge:-edge, edge:-edge]


def _trimmed(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return picture[_PAD:-_PAD, _PAD:-_PAD]


def _whole_area(body: Mesh, camera: Camera, box: tuple[float, float, float, float]) -> float:
    """Return the area in pixels that the whole body would cover if nothing hid or cut it."""
    left, top, right, bottom = box
    samples = 2 if bottom - top < 128 else 1
    buffer = np.zeros((int((bottom - top + 3) * samples), int((right - left + 3) * samples)), dtype=np.int32)
    fill_depth(buffer, project(body.vertices, camera.view(left - 1.0, top - 1.0, samples)), body.triangles)
    return np.count_nonzero(buffer) / samples**2
