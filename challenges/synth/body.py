"""Shape the naked and clothed body as tubes along a skeleton: trunk, limbs, hands and feet.

All measures are fractions of stature (0.01 is 17 mm of a person of 1.70 m).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from itertools import pairwise

from challenges.synth.attributes import Attributes
from challenges.synth.exact import Frame, Vector
from challenges.synth.mesh import ROUND, SOFT, Ring, Tube
from challenges.synth.skeleton import ANKLE, FOREARM, HIP, SHANK, THIGH, UPPER_ARM, Build, Limb, Skeleton

Station = tuple[float, float, float]
"""Where along a limb (0 root, 1 middle joint, 2 end) and the half-axes forward and left."""


class Part(IntEnum):
    """Number the materials of one person; another person in the picture adds a multiple of STEP."""

    SKIN = 0
    FACE = 1
    HAIR = 2
    UPPER = 3
    SLEEVE = 4
    LOWER = 5
    FEET = 6
    BAG = 7
    HEADWEAR = 8
    STRAP = 9
    STEP = 16


_TRUNK = (  # height, half width, half depth, forward shift of an average body
    (0.455, 0.070, 0.052, 0.000),
    (0.490, 0.092, 0.064, -0.004),
    (0.530, 0.096, 0.068, -0.006),
    (0.570, 0.089, 0.060, -0.001),
    (0.610, 0.081, 0.055, 0.003),
    (0.660, 0.083, 0.058, 0.005),
    (0.710, 0.093, 0.065, 0.005),
    (0.750, 0.102, 0.067, 0.002),
    (0.780, 0.110, 0.062, -0.002),
    (0.802, 0.107, 0.055, -0.005),
    (0.818, 0.094, 0.047, -0.007),
    (0.832, 0.062, 0.041, -0.007),
    (0.844, 0.042, 0.036, -0.006),
)
_LEG: tuple[Station, ...] = (
    (-0.08, 0.050, 0.044), (0.15, 0.052, 0.047), (0.45, 0.044, 0.041), (0.8, 0.035, 0.034), (1.0, 0.034, 0.032),
    (1.1, 0.033, 0.031), (1.3, 0.036, 0.032), (1.55, 0.029, 0.027), (1.8, 0.021, 0.020), (2.0, 0.021, 0.019),
)  # fmt: skip
_ARM: tuple[Station, ...] = (
    (-0.11, 0.014, 0.012), (-0.05, 0.027, 0.022), (0.05, 0.034, 0.030), (0.25, 0.031, 0.030), (0.6, 0.026, 0.025),
    (1.0, 0.023, 0.021), (1.3, 0.023, 0.021), (1.7, 0.017, 0.016), (2.0, 0.015, 0.013),
)  # fmt: skip
_HEM = {
    "t-shirt": 0.475,
    "shirt": 0.465,
    "sweater": 0.485,
    "hoodie": 0.475,
    "jacket": 0.462,
    "coat": 0.330,
    "tank-top": 0.48,
}
_EASE = {
    "t-shirt": 0.006,
    "shirt": 0.007,
    "sweater": 0.009,
    "hoodie": 0.012,
    "jacket": 0.014,
    "coat": 0.015,
    "tank-top": 0.003,
}
_SLEEVE = {"t-shirt": 0.62, "tank-top": 0.0}
_LEG_ENDS = {"trousers": 1.93, "leggings": 1.86, "shorts": 0.86, "skirt": 0.0, "long-skirt": 0.0}
_LEG_EASE = {"trousers": 0.008, "leggings": 0.001, "shorts": 0.013}


def body_tubes(build: Build, bones: Skeleton, labels: Attributes) -> list[Tube]:
    """Return the tubes of trunk, limbs and garments of a person in these clothes."""
    tubes = [_trunk(build, bones, labels), _waist(build, bones, labels)]
    for limb in (bones.left_leg, bones.right_leg):
        tubes += _leg(build, limb, labels)
        tubes += _foot(bones.stature, limb, labels)
    for limb in (bones.left_arm, bones.right_arm):
        tubes += _arm(build, limb, labels)
        tubes.append(_hand(bones.stature, limb))
    return tubes


def trunk_half_axes(build: Build, height: float) -> tuple[float, float, float]:
    """Return half width, half depth and forward shift of the trunk at this height, in mm."""
    below = max(row for row in _TRUNK if row[0] <= max(height, _TRUNK[0][0]))
    above = min(row for row in _TRUNK if row[0] >= min(height, _TRUNK[-1][0]))
    part = 0.0 if above[0] == below[0] else (height - below[0]) / (above[0] - below[0])
    part = min(1.0, max(0.0, part))
    width, depth, shift = (low + part * (high - low) for low, high in zip(below[1:], above[1:], strict=True))
    chest = 1.0 if height < 0.62 else build.chest_depth
    belly = 1.0 if height > 0.70 else build.waist
    across = build.hips if height < 0.55 else build.shoulders if height > 0.72 else build.waist
    size = build.stature * build.girth
    return width * across * size, depth * chest * belly * size, shift * build.stature


def _trunk_ring(build: Build, bones: Skeleton, height: float, ease: float) -> Ring:
    width, depth, shift = trunk_half_axes(build, height)
    frame = bones.spine(height)
    extra = ease * bones.stature
    # Cloth that hangs below the hips is pushed out by the thigh that swings forward.
    pushed = max(0.0, HIP - height) * _reach(bones) * 0.8 * bones.stature if ease > 0.0 else 0.0
    return Ring(
        frame.point(shift, 0.0, 0.0),
        frame.forward.times(depth + extra + pushed),
        frame.left.times(width + extra),
        (height - 0.45) * 2000.0,
    )


def _trunk(build: Build, bones: Skeleton, labels: Attributes) -> Tube:
    hem, ease = _HEM[labels.upper], _EASE[labels.upper]
    heights = [row[0] for row in _TRUNK if row[0] > hem + 0.012]
    if labels.upper == "tank-top":
        heights = [height for height in heights if height < 0.80] + [0.80]
    flare = 0.010 if labels.upper in ("coat", "tank-top", "t-shirt") else 0.0
    # Thighs swing forward under the garment: below the hips it hangs wider than the body.
    rings = [_trunk_ring(build, bones, height, ease + _hang(height)) for height in heights]
    rings.insert(0, _trunk_ring(build, bones, hem, ease + _hang(hem) + flare))
    if hem < 0.45:  # A coat hangs from the hips over the legs instead of following them.
        rings.insert(1, _trunk_ring(build, bones, 0.43, ease + 0.026))
        rings[0] = _trunk_ring(build, bones, hem, ease + 0.036)
    return Tube(tuple(rings), Part.UPPER, SOFT, rough=5)


def _reach(bones: Skeleton) -> float:
    """Return how far a knee is from below the hips, as a fraction of the thigh."""
    away = (abs(limb.lower.origin.x - bones.pelvis.origin.x) for limb in (bones.left_leg, bones.right_leg))
    return max(away) / (THIGH * bones.stature)


def _hang(height: float) -> float:
    """Return how much wider than the body a garment hangs at this height, smoothly from the waist down."""
    return 0.016 * min(1.0, max(0.0, (0.63 - height) / 0.13))


def _waist(build: Build, bones: Skeleton, labels: Attributes) -> Tube:
    if "skirt" not in labels.lower:
        rings = [_trunk_ring(build, bones, height, 0.001) for height in (0.455, 0.49, 0.53, 0.565)]
        return Tube(tuple(rings), Part.LOWER, SOFT, rough=2)
    long = labels.lower == "long-skirt"
    sweep = 0.040 + THIGH * _reach(bones) * (1.35 if long else 0.80)
    hem = 0.085 if long else 0.300
    rings = [_trunk_ring(build, bones, height, 0.002) for height in (0.59, 0.565, 0.53)]
    for part in (0.25, 0.5, 0.75, 1.0):
        height = 0.50 + (hem - 0.50) * part
        base = _trunk_ring(build, bones, 0.53, 0.006)
        frame = bones.pelvis.at(0.0, 0.0, (height - 0.53) * bones.stature)
        wide = (base.left.dot(bones.pelvis.left)) + part * (0.02 if long else 0.012) * bones.stature
        deep = base.forward.dot(bones.pelvis.forward) * (1 - 0.3 * part) + part * sweep * bones.stature
        rings.append(Ring(frame.origin, frame.forward.times(deep), frame.left.times(wide), (height - 0.45) * 2000.0))
    return Tube(tuple(rings), Part.LOWER, ROUND, rough=9)


def limb_tube(
    limb: Limb, lengths: tuple[float, float], stations: Sequence[Station], part: Part, rough: int = 0
) -> Tube:
    """Return a tube down a limb; `lengths` are those of its two bones and the stations' half-axes are in mm too."""
    rings = []
    for at, forward, left in stations:
        frame, along = (limb.upper, at * lengths[0]) if at <= 1.0 else (limb.lower, (at - 1.0) * lengths[1])
        ahead = frame.forward
        if 0.9 < at < 1.15:
            ahead = limb.upper.forward.plus(limb.lower.forward).unit()
        distance = along if at <= 1.0 else lengths[0] + along
        rings.append(Ring(frame.point(0.0, 0.0, -along), ahead.times(forward), frame.left.times(left), distance))
    return Tube(tuple(rings), part, ROUND, rough)


def _cut(stations: Sequence[Station], start: float, end: float, factor: float, ease: float) -> list[Station]:
    """Return the stations between two points of a limb with interpolated ends, scaled and eased."""
    inside = [row for row in stations if start < row[0] < end]
    rows = [_between(stations, start), *inside, _between(stations, end)]
    return [(at, forward * factor + ease, left * factor + ease) for at, forward, left in rows]


def _between(stations: Sequence[Station], at: float) -> Station:
    for low, high in pairwise(stations):
        if low[0] <= at <= high[0]:
            part = (at - low[0]) / (high[0] - low[0])
            return at, low[1] + part * (high[1] - low[1]), low[2] + part * (high[2] - low[2])
    return (at, *stations[0][1:]) if at < stations[0][0] else (at, *stations[-1][1:])


def _leg(build: Build, limb: Limb, labels: Attributes) -> list[Tube]:
    stature = build.stature
    lengths, factor = (THIGH * stature, SHANK * stature), stature * build.girth
    end = _LEG_ENDS[labels.lower]
    tubes = []
    if end > 0.0:
        ease = _LEG_EASE[labels.lower] * stature
        rows = _cut(_LEG, -0.08, end, factor, ease)
        if labels.lower == "trousers":  # Trousers fall straight from the knee; bodies taper.
            straight = 0.036 * stature
            rows = [
                (at, max(f, straight), max(side, straight * 0.94)) if at > 0.9 else (at, f, side)
                for at, f, side in rows
            ]
        tubes.append(limb_tube(limb, lengths, rows, Part.LOWER, rough=2 if labels.lower == "leggings" else 6))
    if end < 1.9:
        tubes.append(limb_tube(limb, lengths, _cut(_LEG, max(0.0, end - 0.15), 2.0, factor, 0.0), Part.SKIN))
    return tubes


def _arm(build: Build, limb: Limb, labels: Attributes) -> list[Tube]:
    stature = build.stature
    lengths, factor = (UPPER_ARM * stature, FOREARM * stature), stature * (0.4 + 0.6 * build.girth)
    end = _SLEEVE.get(labels.upper, 1.95)
    tubes = []
    if end > 0.0:
        ease = (_EASE[labels.upper] * 0.7 + (0.004 if labels.upper == "t-shirt" else 0.0)) * stature
        rows = _cut(_ARM, -0.11, end, factor, ease)
        tubes.append(limb_tube(limb, lengths, rows, Part.SLEEVE, rough=4))
    if end < 1.9:
        tubes.append(limb_tube(limb, lengths, _cut(_ARM, max(-0.11, end - 0.2), 2.0, factor, 0.0), Part.SKIN))
    return tubes


def _hand(stature: float, limb: Limb) -> Tube:
    frame = limb.end
    rows = (
        (-0.01, 0.015, 0.012),
        (0.015, 0.021, 0.013),
        (0.045, 0.022, 0.014),
        (0.075, 0.014, 0.013),
        (0.088, 0.006, 0.007),
    )
    rings = [
        Ring(
            frame.point(0.12 * along * stature, 0.0, -along * stature),
            frame.forward.times(deep * stature),
            frame.left.times(wide * stature),
            along * stature,
        )
        for along, deep, wide in rows
    ]
    return Tube(tuple(rings), Part.SKIN)


_FOOT = (  # forward from the ankle, half height, half width, centre height above the sole
    (-0.040, 0.012, 0.014, 0.015),
    (-0.032, 0.023, 0.020, 0.022),
    (-0.005, 0.029, 0.021, 0.028),
    (0.030, 0.024, 0.023, 0.022),
    (0.065, 0.015, 0.026, 0.015),
    (0.095, 0.012, 0.024, 0.012),
    (0.112, 0.007, 0.014, 0.009),
)


def _foot(stature: float, limb: Limb, labels: Attributes) -> list[Tube]:
    frame: Frame = limb.end
    bulk = {"trainers": 1.12, "shoes": 0.98, "boots": 1.14, "sandals": 0.92}[labels.feet]
    rings = []
    for ahead, half_height, half_width, centre in _FOOT:
        rings.append(
            Ring(
                frame.point(ahead * stature, 0.0, (centre * bulk - ANKLE) * stature),
                frame.up.times(half_height * bulk * stature),
                frame.left.times(half_width * bulk * stature),
                (ahead + 0.04) * 6400.0,
            )
        )
    tubes = [Tube(tuple(rings), Part.FEET, SOFT)]
    if labels.feet == "boots":
        lengths = (THIGH * stature, SHANK * stature)
        rows = [(at, 0.036 * stature, 0.034 * stature) for at in (1.62, 1.75, 1.9, 2.02)]
        tubes.append(limb_tube(limb, lengths, rows, Part.FEET, rough=2))
    return tubes


def rod(points: Sequence[Vector], radius: float, part: Part) -> Tube:
    """Return a thin tube of `radius` mm through these points."""
    rings = []
    for index, point in enumerate(points):
        ahead = points[min(index + 1, len(points) - 1)].plus(points[max(index - 1, 0)], -1.0).unit()
        side = ahead.cross(Vector(0.31, 0.27, 0.91)).unit()
        rings.append(Ring(point, side.times(radius), ahead.cross(side).times(radius), index * 50.0))
    return Tube(tuple(rings), part)
