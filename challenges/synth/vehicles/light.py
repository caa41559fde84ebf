"""Light vehicles and their surroundings: paint under lacquer, glass, matt things and the road, in integers.

The diffuse part, shadows and the sky come from `challenges.synth.shade`; here are added what a lacquer mirrors (sky,
horizon, the sun's glint, by Schlick's approximation of Fresnel's law), what decals do to a coachwork, and the darkness
on the road round a vehicle.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from challenges.synth.mesh import scramble
from challenges.synth.native import Whole
from challenges.synth.noise import rough_noise, value_noise
from challenges.synth.shade import BOUNCE, SHADE, SKY, SUN, SUN_COLOUR, lit, look
from challenges.synth.vehicles.native import borrowing, kernel
from challenges.synth.vehicles.road import road

KIND, COLOUR, GLOSS, GRAIN, SEED, OWNER, PART, DUST = 0, 1, 4, 5, 6, 7, 8, 9
MATERIAL_SIZE = 10
"""Offsets in a material's integers: surface, colour (linear 0 … 4095), gloss (reflectance seen straight on, 1/16384),
grain (1/256), seed, number of the vehicle it belongs to, part, dust (0 … 100)."""
COSINE, SINE, X, Y, FIRST, LAST, HALF_LENGTH, HALF_WIDTH = 0, 1, 2, 3, 4, 5, 6, 7
FRAME_SIZE = 8
"""Offsets in a vehicle's integers: heading (1/UNIT), place (1/16 mm), its decals (first, beyond the last), half measures."""


class Scene(NamedTuple):
    """Hold all that a pixel's colour depends on beside the buffer and the view: tables of int64, one row each."""

    materials: NDArray[np.int64]
    frames: NDArray[np.int64]
    decals: NDArray[np.int64]
    light: NDArray[np.int64]
    sun_view: NDArray[np.int64]
    depths: NDArray[np.int32]
    place: NDArray[np.int64]


@kernel
def shade_scene(
    buffer: NDArray[np.int32], view: NDArray[np.int64], scene: Scene
) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """Return radiance int32 (height, width, 3), 4096 being white in a light of one, and the part seen, int8."""
    height, width = buffer.shape[0], buffer.shape[1]
    out = np.empty((height, width, 3), np.int32)
    parts = np.zeros((height, width), np.int8)
    ray, point, normal = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    colour, local = np.empty(3, np.int64), np.empty(6, np.int64)
    for y in range(height):
        for x in range(width):
            # On a chessboard: every other sample of a surface is its neighbour's. Outlines keep all their samples.
            if (x + y) & 1 and x > 0 and _alike(buffer, x, y):
                for channel in range(3):
                    out[y, x, channel] = out[y, x - 1, channel]
                parts[y, x] = parts[y, x - 1]
                continue
            look(view, x, y, ray)
            gloss = np.int64(0)
            if buffer[y, x, 0] > 0:
                for axis in range(3):
                    point[axis] = view[axis] + ray[axis] * np.int64(buffer[y, x, 0]) // 16384
                    normal[axis] = buffer[y, x, 4 + axis]
                if normal[0] * ray[0] + normal[1] * ray[1] + normal[2] * ray[2] > 0:
                    normal[0], normal[1], normal[2] = -normal[0], -normal[1], -normal[2]
                gloss, part = _surface(buffer[y, x], point, normal, scene, colour, local)
                if scene.materials[buffer[y, x, 1], OWNER] == 0:  # Others' parts are not asked for.
                    parts[y, x] = part
            else:
                _ground(view, ray, scene, point, normal, colour)
            _finish(ray, point, normal, colour, gloss, scene)
            for channel in range(3):
                out[y, x, channel] = min(np.int64(65535), colour[channel])
    return out, parts


@borrowing
def _alike(buffer: NDArray[np.int32], x: Whole, y: Whole) -> Whole:
    """Tell whether a sample and the one to its left are of one surface that does not bend between them."""
    here, beside = buffer[y, x], buffer[y, x - 1]
    if here[0] == 0 or beside[0] == 0:
        return here[0] == beside[0]
    bend = abs(here[4] - beside[4]) + abs(here[5] - beside[5]) + abs(here[6] - beside[6])
    return here[1] == beside[1] and bend < 2500 and abs(here[0] - beside[0]) < 1600


@borrowing
def _ground(
    view: NDArray[np.int64],
    ray: NDArray[np.int64],
    scene: Scene,
    point: NDArray[np.int64],
    normal: NDArray[np.int64],
    colour: NDArray[np.int64],
) -> None:
    """Set point, normal and reflectance of the road, darkened under and beside vehicles."""
    depth = view[2] * 16384 // max(np.int64(400), -ray[2])
    for axis in range(3):
        point[axis] = view[axis] + ray[axis] * depth // 16384
    point[2] = 0
    normal[0], normal[1], normal[2] = 0, 0, 16384
    road(scene.place, point[0] >> 4, point[1] >> 4, colour)
    for number in range(len(scene.frames)):
        frame = scene.frames[number]
        dx, dy = (point[0] - frame[X]) >> 4, (point[1] - frame[Y]) >> 4
        along = abs((dx * frame[COSINE] + dy * frame[SINE]) >> 14) - frame[HALF_LENGTH]
        across = abs((dy * frame[COSINE] - dx * frame[SINE]) >> 14) - frame[HALF_WIDTH]
        away = max(along, across, np.int64(-400))
        if along > 0 and across > 0:
            away = max(along, across) + min(along, across) // 2
        if away < 900:
            open_sky = min(np.int64(256), 110 + (away + 400) * 146 // 1300)
            for axis in range(3):
                colour[axis] = colour[axis] * open_sky >> 8


@borrowing
def _surface(
    sample: NDArray[np.int32],
    point: NDArray[np.int64],
    normal: NDArray[np.int64],
    scene: Scene,
    colour: NDArray[np.int64],
    local: NDArray[np.int64],
) -> tuple[Whole, Whole]:
    """Set the reflectance of a drawn sample and return its gloss and its part."""
    row = scene.materials[sample[1]]
    frame = scene.frames[row[OWNER]]
    c, s = frame[COSINE], frame[SINE]
    dx, dy = (point[0] - frame[X]) >> 4, (point[1] - frame[Y]) >> 4
    local[0], local[1], local[2] = (dx * c + dy * s) >> 14, (dy * c - dx * s) >> 14, point[2] >> 4
    local[3], local[4] = (normal[0] * c + normal[1] * s) >> 14, (normal[1] * c - normal[0] * s) >> 14
    local[5] = normal[2]
    for axis in range(3):
        colour[axis] = row[COLOUR + axis]
    gloss, part = row[GLOSS], row[PART]
    if row[KIND] == 1:
        _dusted(row, local, colour)
        for index in range(frame[FIRST], frame[LAST]):
            decal = scene.decals[index]
            if _covers(decal, local):
                gloss = _applied(decal, local, normal, colour, gloss)
                part = decal[16] if decal[16] > 0 else part
    else:
        _textured(row, local, np.int64(sample[2]), np.int64(sample[3]), colour)
    return gloss, part


@borrowing
def _dusted(row: NDArray[np.int64], local: NDArray[np.int64], colour: NDArray[np.int64]) -> None:
    """Blend dust over paint, more of it low on the flanks; flakes of metallic paint glitter a little."""
    spread = value_noise(local[0] // 3, local[1] // 3 + local[2] // 2, row[SEED]) >> 3
    veil = row[DUST] * (70 + max(np.int64(0), 700 - local[2]) // 5 + spread) // 160
    veil = min(np.int64(150), max(np.int64(0), veil))
    gain = 4096 + value_noise(local[0] * 30, (local[1] + local[2]) * 30, row[SEED] + 3) * row[GRAIN] // 128
    for axis in range(3):
        base = colour[axis] * gain >> 12
        colour[axis] = base + ((1150 - 130 * axis - base) * veil >> 8)


@borrowing
def _covers(decal: NDArray[np.int64], local: NDArray[np.int64]) -> Whole:
    """Tell whether a decal covers a point of the coachwork, given with its normal in the vehicle's own axes."""
    axis = decal[0]
    depth = local[axis]
    if depth < decal[2] or depth > decal[3]:
        return False
    a, b = local[1], local[2]
    if axis == 1:
        a = local[0]
    elif axis == 2:
        b = local[0]
    if b < decal[4] or b > decal[5]:
        return False
    if not _faces(decal[1], axis, local):
        return False
    share = (b - decal[4]) * 1024 // max(np.int64(1), decal[5] - decal[4])
    left = decal[6] + ((decal[8] - decal[6]) * share >> 10)
    right = decal[7] + ((decal[9] - decal[7]) * share >> 10)
    if a < left or a > right:
        return False
    if decal[10] == 0:
        return True
    # An ellipse that fits the box; a wheel arch is seen at the flank alone.
    u = (2 * a - left - right) * 1024 // max(np.int64(1), right - left)
    v = 2 * share - 1024
    return u * u + v * v < 1 << 20 and (axis != 1 or abs(depth) >= decal[17])


@borrowing
def _faces(side: Whole, axis: Whole, local: NDArray[np.int64]) -> Whole:
    """Tell whether a surface faces a decal's side of the vehicle: a pillar at a corner belongs to neither window."""
    facing = local[3 + axis]
    if side == 0:
        return True
    if (side == 1 and facing < 3600) or (side == -1 and facing > -3600) or abs(facing) < 3600:
        return False
    return axis == 2 or abs(facing) * 4 > abs(local[4 - axis]) * 5


@borrowing
def _applied(
    decal: NDArray[np.int64],
    local: NDArray[np.int64],
    normal: NDArray[np.int64],
    colour: NDArray[np.int64],
    gloss: Whole,
) -> Whole:
    """Change colour or normal as the decal says and return the gloss; the numbers are those of `parts.Look`."""
    kind, axis = decal[11], decal[0]
    a, b = local[1], local[2]
    if axis == 1:
        a = local[0]
    elif axis == 2:
        b = local[0]
    if kind == 3:
        if _border(decal, a, b) <= decal[17]:
            for channel in range(3):
                colour[channel] = colour[channel] * 110 >> 8
        return gloss
    if kind == 5:
        _dented(decal, a, b, axis, normal)
        return gloss
    if kind in (4, 6) and not _inked(decal, a, b):
        return gloss
    for channel in range(3):
        colour[channel] = decal[12 + channel]
    return _finished(decal, a, b, colour)


@borrowing
def _border(decal: NDArray[np.int64], a: Whole, b: Whole) -> Whole:
    """Return how far a point is from the border of a trapezoid, in mm along an axis."""
    share = (b - decal[4]) * 1024 // max(np.int64(1), decal[5] - decal[4])
    left = decal[6] + ((decal[8] - decal[6]) * share >> 10)
    right = decal[7] + ((decal[9] - decal[7]) * share >> 10)
    return min(b - decal[4], decal[5] - b, a - left, right - a)


@borrowing
def _finished(decal: NDArray[np.int64], a: Whole, b: Whole, colour: NDArray[np.int64]) -> Whole:
    """Return the gloss of a painted decal; lamps sparkle, and behind a windscreen seats can be guessed."""
    kind = decal[11]
    if kind == 7:
        _behind_glass(decal, a, b, colour)
    elif kind == 2:
        gain = 3000 + value_noise(a * 6, b * 6, decal[15])
        for channel in range(3):
            colour[channel] = colour[channel] * gain >> 12
    if kind in (1, 2, 7):
        return np.int64(900)
    if kind in (4, 8):
        return np.int64(500)
    return np.int64(300 if kind == 9 and b % 70 > 42 else 160)


@borrowing
def _dented(decal: NDArray[np.int64], a: Whole, b: Whole, axis: Whole, normal: NDArray[np.int64]) -> None:
    """Tilt the normal as in a hollow: towards its middle, nothing at its rim."""
    u = (2 * a - decal[6] - decal[7]) * 1024 // max(np.int64(1), decal[7] - decal[6])
    v = (2 * b - decal[4] - decal[5]) * 1024 // max(np.int64(1), decal[5] - decal[4])
    depth = max(np.int64(0), (np.int64(1) << 20) - u * u - v * v) >> 10
    if axis == 2:
        normal[0] -= v * depth // 90
        normal[1] -= u * depth // 90
    else:
        normal[2] -= v * depth // 80


@borrowing
def _inked(decal: NDArray[np.int64], a: Whole, b: Whole) -> Whole:
    """Tell whether there is ink (look 4: letters of five by seven cells) or mud (look 6) at this point."""
    if decal[11] == 6:
        u = (2 * a - decal[6] - decal[7]) * 256 // max(np.int64(1), decal[7] - decal[6])
        v = (2 * b - decal[4] - decal[5]) * 256 // max(np.int64(1), decal[5] - decal[4])
        return rough_noise(a * 2, b * 2, decal[15]) + 640 > max(abs(u), abs(v)) * 5
    # Letters run along the longer side.
    first, last, low, high = decal[6], decal[7], decal[4], decal[5]
    along, across = a - first, b - low
    if high - low > last - first:
        along, across, high, low = b - low, a - first, last, first
    tall = max(np.int64(7), high - low)
    cell = max(np.int64(1), tall // 7)
    column, row = along // cell, across // cell
    letter, inner = column // 6, column % 6
    if inner == 5 or row >= 7:
        return False
    bits = scramble(letter, row * 8 + min(inner, 4 - inner), decal[15])
    return bits & 7 < (6 if inner in (0, 2, 4) or row in (0, 3, 6) else 2)


@borrowing
def _behind_glass(decal: NDArray[np.int64], a: Whole, b: Whole, colour: NDArray[np.int64]) -> None:
    """Let seats and the dashboard be guessed behind the windscreen."""
    rise = (b - decal[4]) * 256 // max(np.int64(1), decal[5] - decal[4])
    gain = 230 - rise // 3
    if rise > 60 and 120 < abs(a) < 520 and rise < 190:
        gain += 90
    for channel in range(3):
        colour[channel] = colour[channel] * gain >> 8


@borrowing
def _textured(row: NDArray[np.int64], local: NDArray[np.int64], u: Whole, v: Whole, colour: NDArray[np.int64]) -> None:
    """Give cloth its folds, heaps their grains, boards their joints, leaves their gaps."""
    kind, seed = row[KIND], row[SEED]
    gain = 4096 + value_noise(local[0] * 8, (local[1] + local[2]) * 8, seed) * row[GRAIN] // 64
    if kind == 2:
        gain = 2600 + rough_noise(u * 9 + local[0] * 3, v * 9 + local[1] * 3, seed) * 5 // 2
    elif kind == 3:
        gain += value_noise(local[0] + local[1] // 2, local[1] * 2 + local[2], seed + 1)
    elif kind == 4:
        gain += rough_noise(local[0] * 2, local[1] * 2, seed + 1)
    elif kind == 5:
        gain = gain * 3 >> 2 if local[0] % 280 < 120 else gain
    elif kind == 6:
        board = local[1] // 150
        gain += (scramble(board, 1, seed) & 1023) - 512 - 1500 * (local[1] % 150 < 14)
    for axis in range(3):
        colour[axis] = max(np.int64(0), colour[axis] * max(np.int64(300), gain) >> 12)


@borrowing
def _finish(
    ray: NDArray[np.int64],
    point: NDArray[np.int64],
    normal: NDArray[np.int64],
    colour: NDArray[np.int64],
    gloss: Whole,
    scene: Scene,
) -> None:
    """Turn reflectance into radiance: diffuse light, and under a lacquer the mirrored surroundings, in place."""
    # The sun's view has coarse cells: a point lifted off its surface does not shade itself.
    for axis in range(3):
        point[axis] += normal[axis] * 55 >> 10
    lit(point, normal, colour, scene.light, scene.sun_view, scene.depths)
    if gloss == 0:
        return
    facing = -(ray[0] * normal[0] + ray[1] * normal[1] + ray[2] * normal[2]) >> 14
    facing = min(np.int64(16384), max(np.int64(0), facing))
    away = 16384 - facing
    power = away * away >> 14
    power = (power * power >> 14) * away >> 14
    share = gloss + ((16384 - gloss) * power >> 14)
    rx, ry = ray[0] + (2 * facing * normal[0] >> 14), ray[1] + (2 * facing * normal[1] >> 14)
    rz = ray[2] + (2 * facing * normal[2] >> 14)
    glint = _glint(rx, ry, rz, scene.light)
    from_sky, from_ground = _mirrored(rx, ry, rz, scene.place[0])
    for axis in range(3):
        seen = scene.light[SKY + axis] * from_sky + scene.light[BOUNCE + axis] * from_ground
        seen += glint * scene.light[SUN_COLOUR + axis]
        colour[axis] = (colour[axis] * (16384 - share) + (seen >> 12) * share) >> 14


@borrowing
def _glint(rx: Whole, ry: Whole, rz: Whole, light: NDArray[np.int64]) -> Whole:
    """Return how bright the sun's mirror image is, in 1/4096 of its light: a narrow lobe with a faint wide skirt."""
    if light[SHADE] != 0:
        return np.int64(0)
    towards = (rx * light[SUN] + ry * light[SUN + 1] + rz * light[SUN + 2]) >> 14
    lobe = max(np.int64(0), towards - 16290)
    skirt = max(np.int64(0), towards - 14800)
    return lobe * lobe * 24 + skirt * skirt // 700


@borrowing
def _mirrored(rx: Whole, ry: Whole, rz: Whole, seed: Whole) -> tuple[Whole, Whole]:
    """Return how much of sky and of ground a lacquer mirrors in a direction, in 1/4096 of their light.

    Between them stands a broken line of trees and houses, which is dark.
    """
    if rz <= 0:
        return np.int64(0), np.int64(2300)
    if rz < 4700 and rz < 2600 + value_noise((rx + ry * 2) // 24, (ry - rx) // 24, seed) * 2:
        return np.int64(900), np.int64(0)
    cloud = max(np.int64(-600), value_noise(rx // 18, ry // 18, seed + 1) * 2)
    return 5400 - rz // 8 + cloud, np.int64(0)
