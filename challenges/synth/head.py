"""Shape head, hair, headwear and bags as tubes along a skeleton."""

from __future__ import annotations

from challenges.synth.attributes import Attributes
from challenges.synth.body import Part, rod, trunk_half_axes
from challenges.synth.exact import Frame, Vector
from challenges.synth.mesh import BOX, ROUND, SOFT, Ring, Tube
from challenges.synth.skeleton import Build, Skeleton

Section = tuple[float, float, float, float]
"""Height above the chin in head heights; half width and half depth in half heads; forward shift in stature."""

_SKULL: tuple[Section, ...] = (
    (-0.02, 0.45, 0.50, 0.016), (0.10, 0.70, 0.76, 0.010), (0.25, 0.86, 0.92, 0.006), (0.45, 0.97, 1.00, 0.002),
    (0.65, 1.00, 1.02, -0.001), (0.80, 0.92, 0.94, -0.003), (0.91, 0.68, 0.71, -0.004), (0.98, 0.32, 0.35, -0.004),
)  # fmt: skip
_CROWN: tuple[Section, ...] = (
    (0.80, 1.04, 1.03, -0.005), (0.92, 0.82, 0.84, -0.006), (1.01, 0.44, 0.47, -0.006), (1.03, 0.15, 0.16, -0.006),
)  # fmt: skip
_HAIR: dict[str, tuple[Section, ...]] = {
    "bald": (),
    "short": ((0.18, 0.70, 0.46, -0.030), (0.35, 1.00, 0.62, -0.026), (0.62, 1.06, 0.78, -0.018), *_CROWN),
    "medium": (
        (-0.28, 0.84, 0.46, -0.034), (0.0, 1.12, 0.66, -0.026), (0.35, 1.16, 0.74, -0.023), (0.62, 1.12, 0.84, -0.018), *_CROWN,
    ),
    "long": (
        (-1.35, 0.55, 0.22, -0.052), (-1.0, 0.95, 0.34, -0.052), (-0.4, 1.12, 0.48, -0.044), (0.0, 1.14, 0.60, -0.030),
        (0.35, 1.14, 0.70, -0.024), (0.62, 1.10, 0.82, -0.018), *_CROWN,
    ),
    "ponytail": ((0.22, 0.75, 0.46, -0.032), (0.40, 1.00, 0.62, -0.026), (0.62, 1.05, 0.78, -0.018), *_CROWN),
}  # fmt: skip
_CAP: tuple[Section, ...] = (
    (0.66, 1.10, 1.10, 0.000), (0.85, 1.07, 1.08, -0.002), (0.98, 0.84, 0.86, -0.004), (1.07, 0.40, 0.42, -0.005),
)  # fmt: skip
_BRIM: tuple[Section, ...] = (
    (0.72, 1.1, 1.1, 0.0),
    (0.70, 2.15, 2.05, 0.0),
    (0.735, 2.15, 2.05, 0.0),
    (0.76, 1.1, 1.1, 0.0),
)
_HAT: tuple[Section, ...] = (*_BRIM, (0.95, 1.08, 1.06, -0.002), (1.13, 0.88, 0.90, -0.003))
_SCARF: tuple[Section, ...] = (
    (-0.62, 1.70, 1.25, -0.006), (-0.30, 1.18, 1.10, -0.004), (-0.08, 1.06, 0.98, -0.004), (0.10, 1.12, 0.86, -0.018),
    (0.40, 1.20, 0.84, -0.023), (0.65, 1.16, 0.92, -0.016), (0.82, 1.08, 1.08, -0.004), *_CROWN[1:],
)  # fmt: skip


def head_tubes(build: Build, bones: Skeleton, labels: Attributes) -> list[Tube]:
    """Return neck, head, hair and headwear."""
    head, size = bones.head, build.head
    neck_low, neck_top = bones.spine(0.822), head.at(0.004 * bones.stature, 0.0, 0.012 * bones.stature)
    radius = 0.034 * bones.stature * (0.5 + 0.5 * build.girth)
    neck = [
        Ring(frame.origin, frame.forward.times(radius), frame.left.times(radius * 0.96), v)
        for frame, v in ((neck_low, 0.0), (neck_top, 90.0))
    ]
    tubes = [Tube(tuple(neck), Part.SKIN), _shell(head, bones.stature, size, _SKULL, Part.FACE)]
    # A scarf is worn over the hair; a cap or hat hides the crown but not what hangs below it.
    if labels.hairstyle != "bald" and labels.head != "scarf":
        tubes.append(_shell(head, bones.stature, size, _HAIR[labels.hairstyle], Part.HAIR, rough=4))
        if labels.hairstyle == "ponytail":
            tubes.append(_ponytail(head, bones.stature))
    if labels.head == "cap":
        tubes += [_shell(head, bones.stature, size, _CAP, Part.HEADWEAR), _visor(head, bones.stature)]
    elif labels.head in ("hat", "scarf"):
        tubes.append(_shell(head, bones.stature, size, _HAT if labels.head == "hat" else _SCARF, Part.HEADWEAR))
    if labels.upper == "hoodie":
        tubes.append(_lowered_hood(bones))
    elif labels.upper in ("shirt", "jacket", "coat"):
        tubes.append(_collar(build, bones))
    return tubes


def _shell(head: Frame, stature: float, size: float, sections: tuple[Section, ...], part: Part, rough: int = 0) -> Tube:
    height, half_width, half_depth = 0.134 * size * stature, 0.0445 * size * stature, 0.056 * size * stature
    rings = [
        Ring(
            head.point(shift * stature, 0.0, level * height),
            head.forward.times(depth * half_depth),
            head.left.times(width * half_width),
            level * 1000.0,
        )
        for level, width, depth, shift in sections
    ]
    return Tube(tuple(rings), part, ROUND, rough)


def _ponytail(head: Frame, stature: float) -> Tube:
    rows = (
        (-0.055, 0.098, 0.014),
        (-0.078, 0.085, 0.024),
        (-0.088, 0.045, 0.026),
        (-0.086, -0.01, 0.022),
        (-0.08, -0.06, 0.008),
    )
    rings = [
        Ring(
            head.point(x * stature, 0.0, z * stature),
            head.forward.times(radius * 0.8 * stature),
            head.left.times(radius * stature),
            (0.1 - z) * stature,
        )
        for x, z, radius in rows
    ]
    return Tube(tuple(rings), Part.HAIR, ROUND, rough=4)


def _visor(head: Frame, stature: float) -> Tube:
    rows = ((0.03, 0.092, 0.040), (0.06, 0.090, 0.042), (0.085, 0.084, 0.036), (0.102, 0.079, 0.020))
    rings = [
        Ring(head.point(x * stature, 0.0, z * stature), head.up.times(3.0), head.left.times(half * stature), x * 1000.0)
        for x, z, half in rows
    ]
    return Tube(tuple(rings), Part.HEADWEAR, ROUND)


def _lowered_hood(bones: Skeleton) -> Tube:
    frame, stature = bones.spine(0.826), bones.stature
    rings = [
        Ring(
            frame.point(-0.030 * stature, 0.0, z * stature),
            frame.forward.times(depth * stature),
            frame.left.times(width * stature),
            z * 2000.0,
        )
        for z, depth, width in (
            (-0.045, 0.030, 0.050),
            (-0.010, 0.052, 0.072),
            (0.018, 0.050, 0.066),
            (0.034, 0.034, 0.050),
        )
    ]
    return Tube(tuple(rings), Part.SLEEVE, ROUND, rough=6)


def _collar(build: Build, bones: Skeleton) -> Tube:
    frame, stature = bones.spine(0.828), bones.stature
    radius = 0.041 * stature * (0.5 + 0.5 * build.girth)
    rings = [
        Ring(
            frame.point(-0.006 * stature, 0.0, z * stature),
            frame.forward.times(radius * f),
            frame.left.times(radius * f),
            0.0,
        )
        for z, f in ((-0.012, 1.15), (0.012, 1.0), (0.024, 0.98))
    ]
    return Tube(tuple(rings), Part.SLEEVE, ROUND)


def bag_tubes(build: Build, bones: Skeleton, labels: Attributes) -> list[Tube]:
    """Return the bag and its straps; the shoulder bag hangs on the left, the hand bag from the right hand."""
    if labels.bag == "backpack":
        return _backpack(build, bones)
    if labels.bag == "shoulder":
        return _shoulder_bag(build, bones)
    if labels.bag == "hand":
        return _hand_bag(bones)
    return []


def _backpack(build: Build, bones: Skeleton) -> list[Tube]:
    stature = bones.stature
    rings = []
    for height, depth, width in (
        (0.590, 0.030, 0.070),
        (0.605, 0.046, 0.082),
        (0.70, 0.050, 0.084),
        (0.775, 0.042, 0.078),
        (0.805, 0.022, 0.055),
    ):
        frame = bones.spine(height)
        back = trunk_half_axes(build, 0.72)[1]
        centre = frame.point(-back - (0.008 + depth) * stature, 0.0, 0.0)
        rings.append(
            Ring(centre, frame.forward.times(depth * stature), frame.left.times(width * stature), height * 2000.0)
        )
    tubes = [Tube(tuple(rings), Part.BAG, SOFT, rough=4)]
    for side in (-1.0, 1.0):
        path = [_on_trunk(build, bones, height, side * across, ahead) for height, across, ahead in _STRAP]
        tubes.append(rod(path, 0.011 * stature, Part.STRAP))
    return tubes


_STRAP = (
    (0.79, 0.55, -1.05),
    (0.826, 0.62, -0.3),
    (0.826, 0.62, 0.5),
    (0.785, 0.62, 1.0),
    (0.72, 0.70, 1.0),
    (0.67, 0.95, 0.6),
    (0.64, 1.05, -0.2),
)


def _on_trunk(build: Build, bones: Skeleton, height: float, across: float, ahead: float) -> Vector:
    """Return a point on the clothed trunk; `across` and `ahead` are in half-axes, the surface lying at 1."""
    width, depth, shift = trunk_half_axes(build, height)
    ease = 0.016 * bones.stature
    return bones.spine(height).point(shift + (depth + ease) * ahead, (width + ease) * across, 0.0)


def _shoulder_bag(build: Build, bones: Skeleton) -> list[Tube]:
    stature, frame = bones.stature, bones.spine(0.52)
    side = trunk_half_axes(build, 0.53)[0] + 0.040 * stature
    rings = [
        Ring(
            frame.point(-0.01 * stature, side, z * stature),
            frame.forward.times(depth * stature),
            frame.left.times(0.026 * stature),
            z * 2000.0,
        )
        for z, depth in ((-0.075, 0.070), (-0.065, 0.080), (0.0, 0.078), (0.045, 0.070), (0.052, 0.06))
    ]
    path = [
        _on_trunk(build, bones, *row)
        for row in (
            (0.56, 1.12, 0.5),
            (0.64, 0.72, 0.92),
            (0.72, 0.18, 1.06),
            (0.79, -0.38, 0.98),
            (0.830, -0.70, 0.2),
            (0.80, -0.5, -0.9),
            (0.70, 0.2, -1.08),
            (0.60, 0.9, -0.8),
            (0.55, 1.12, -0.4),
        )
    ]
    return [Tube(tuple(rings), Part.BAG, BOX), rod(path, 0.010 * stature, Part.STRAP)]


def _hand_bag(bones: Skeleton) -> list[Tube]:
    stature, hand = bones.stature, bones.right_arm.end.at(0.0, 0.0, -0.07 * bones.stature).origin
    frame = Frame(hand)
    rings = [
        Ring(
            frame.point(0.0, 0.0, z * stature),
            frame.forward.times(depth * stature),
            frame.left.times(0.028 * stature),
            z * 2000.0,
        )
        for z, depth in ((-0.205, 0.078), (-0.195, 0.084), (-0.12, 0.080), (-0.065, 0.072))
    ]
    handles = [
        frame.point(x * stature, 0.0, z * stature)
        for x, z in ((-0.045, -0.065), (-0.03, -0.02), (0.0, 0.0), (0.03, -0.02), (0.045, -0.065))
    ]
    return [Tube(tuple(rings), Part.BAG, SOFT, rough=3), rod(handles, 0.006 * stature, Part.STRAP)]
