"""Draw the road that vehicles stand on: lanes with their lines, car parks, crossings and yards, worn and stained.

Coordinates are those of the place: `along` the direction of its lanes, `across` to their left, in mm from a corner.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from challenges.synth.exact import UNIT, cosine, nearest, sine
from challenges.synth.ground import ground_gain
from challenges.synth.mesh import scramble
from challenges.synth.native import Whole
from challenges.synth.noise import rough_noise, value_noise
from challenges.synth.stream import Stream
from challenges.synth.vehicles.native import borrowing
from challenges.synth.vehicles.shot import Place

LAYOUTS = ("street", "highway", "car park", "crossing", "yard")
PLACE_SIZE = 20
SEED, LAYOUT, COSINE, SINE, LANE, EDGE_LOW, EDGE_HIGH, FAMILY, VERGE = 0, 1, 2, 3, 4, 5, 6, 7, 8
TINT, VERGE_TINT, WEAR, PAINT = 9, 12, 15, 16
"""Offsets in a place's integers: seed, layout, direction of the lanes (1/UNIT), width of a lane or bay (mm), the road's
edges (mm across), ground families of road and verge (`ground.GROUNDS`), their colours, wear of the surface (0 … 100),
brightness of painted lines."""

_TINTS = ((470, 478, 490), (1250, 1200, 1120), (330, 470, 210), (1120, 1105, 1060), (980, 720, 600), (1300, 1290, 1240))
"""Linear reflectance of the families of `ground.GROUNDS`."""


def place_row(place: Place) -> NDArray[np.int64]:
    """Return the integers of a place; shades of its asphalt and paint belong to its seed."""
    draw = Stream("road", place.seed)
    row = [place.seed % (1 << 20), place.layout, nearest(cosine(place.direction) * UNIT)]
    row += [nearest(sine(place.direction) * UNIT), place.lane, *place.edges, place.ground, place.verge]
    for family in (place.ground, place.verge):
        gain, warm = 78 + draw.below(60), draw.below(13) - 6
        row += [channel * (gain + warm * (1 - axis)) // 100 for axis, channel in enumerate(_TINTS[family])]
    row += [place.wear, 2300 + draw.below(900)]
    return np.array(row + [0] * (PLACE_SIZE - len(row)), dtype=np.int64)


@borrowing
def road(place: NDArray[np.int64], x: Whole, y: Whole, colour: NDArray[np.int64]) -> None:
    """Set the reflectance of the ground at (x, y) in mm."""
    along = (x * place[COSINE] + y * place[SINE]) >> 14
    across = (y * place[COSINE] - x * place[SINE]) >> 14
    seed = place[SEED]
    if across < place[EDGE_LOW] or across > place[EDGE_HIGH]:
        _verge(place, along, across, colour)
        return
    gain = _surface_gain(place, along, across)
    for axis in range(3):
        colour[axis] = place[TINT + axis] * gain >> 12
    line = _line(place, along, across)
    if line > 0:
        worn = 3600 + rough_noise(along // 2, across * 2, seed + 5) * (60 + place[WEAR]) // 40
        worn = min(np.int64(4096), max(np.int64(300), worn))
        for axis in range(3):
            paint = place[PAINT] * (100 - 45 * (axis == 2)) // 100 if line == 2 else place[PAINT]
            colour[axis] += (paint - colour[axis]) * worn >> 12


@borrowing
def _surface_gain(place: NDArray[np.int64], along: Whole, across: Whole) -> Whole:
    """Return the road's local reflectance, 4096 being its tint: grain, repairs, cracks, tracks of wheels, oil."""
    seed, wear = place[SEED], place[WEAR]
    gain = ground_gain(place[FAMILY], along, across, seed)
    gain += (
        value_noise(along // 9, across // 7, seed + 11) // 3 + value_noise(along // 40, across // 30, seed + 12) // 2
    )
    lane = across % place[LANE]
    if place[LAYOUT] != 2 and place[LAYOUT] != 4:
        track = min(abs(lane - place[LANE] * 27 // 100), abs(lane - place[LANE] * 73 // 100))
        gain -= max(np.int64(0), 420 - track) * wear // 90
        middle = abs(lane - place[LANE] // 2)
        gain -= max(np.int64(0), 260 - middle) * wear // 130
    elif place[LAYOUT] == 2:
        spot = value_noise(along // 2, across // 2, seed + 13) - 620
        gain -= max(np.int64(0), spot) * wear // 24
    block = scramble(along // 6100, across // 2300, seed + 14)
    if block % 100 < wear // 5:  # A patch of newer asphalt.
        gain -= 700
    if block % 7 < 3 and abs(rough_noise(along // 3, across // 3, seed + 15)) < wear // 5:  # A crack.
        gain = gain * 5 >> 3
    return max(np.int64(700), gain)


@borrowing
def _line(place: NDArray[np.int64], along: Whole, across: Whole) -> Whole:
    """Return the colour of a painted line at a point of the road: 0 none, 1 white, 2 yellow."""
    layout = place[LAYOUT]
    if layout == 2:
        return _bay_line(place, along, across)
    if layout == 4:
        return np.int64(0)
    if abs(across - place[EDGE_LOW] - 420) < 70 or abs(across - place[EDGE_HIGH] + 420) < 70:
        return np.int64(1)
    if layout == 3 and 0 < along % 24000 < 4200:  # A zebra crossing and, behind it, the line to stop at.
        step = along % 24000
        return np.int64(step > 3900 or (step < 3300 and across % 1000 < 480))
    return _lane_line(place, along, across)


@borrowing
def _lane_line(place: NDArray[np.int64], along: Whole, across: Whole) -> Whole:
    """Return the lines between lanes: dashes, and in the middle of a street a yellow line."""
    lane = place[LANE]
    beside = across % lane
    if beside > 75 and beside < lane - 75:
        return np.int64(0)
    if place[LAYOUT] != 1 and (across + lane // 2) // lane == 0:
        return np.int64(2)
    period = 15000 if place[LAYOUT] == 1 else 6000
    return np.int64(along % period < period * 2 // 5)


@borrowing
def _bay_line(place: NDArray[np.int64], along: Whole, across: Whole) -> Whole:
    """Return the lines between bays: rows of bays 5.2 m deep to both sides of an aisle."""
    row = across % 16400
    if 5200 < row < 11200:
        return np.int64(0)
    beside = along % place[LANE]
    if beside < 55 or beside > place[LANE] - 55:
        return np.int64(1)
    return np.int64(1 if row < 60 or row > 16340 else 0)


@borrowing
def _verge(place: NDArray[np.int64], along: Whole, across: Whole, colour: NDArray[np.int64]) -> None:
    """Set the reflectance beside the road: a kerb, then pavement, grass or earth."""
    beyond = max(place[EDGE_LOW] - across, across - place[EDGE_HIGH])
    gain = ground_gain(place[VERGE], along, across, place[SEED] + 21)
    gain += value_noise(along // 12, across // 12, place[SEED] + 22) // 2
    if beyond < 170:
        gain = 4096 + value_noise(along, across, place[SEED]) // 3
        joint = along % 1000 < 18 or beyond < 20
        for axis in range(3):
            colour[axis] = (1500 - 40 * axis) * (gain >> joint) >> 12
        return
    for axis in range(3):
        colour[axis] = place[VERGE_TINT + axis] * max(np.int64(900), gain) >> 12
