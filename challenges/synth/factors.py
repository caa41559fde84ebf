"""Name the values of the six nuisance factors of a picture: a continuous value and a label each."""

from __future__ import annotations

from challenges.synth.render import Picture
from challenges.synth.shot import Shot

FACTOR_COLUMNS = (
    "elevation", "elevation_label", "pixel_height", "pixel_height_label", "visible", "visible_label",
    "light", "light_label", "blur", "blur_label", "pose", "pose_label", "bearing", "view",
)  # fmt: skip
"""Degrees above the horizon from which the person is seen; height of the body in the image; visible fraction of it; mean
light that falls on it (1 is full sun's white); path of the blur in pixels; phase of the step; and the side seen."""


def factor_values(shot: Shot, picture: Picture) -> dict[str, str]:
    """Return the columns of one picture as text."""
    elevation = shot.depression * 360.0
    light = shot.light
    beam = 0 if light.shaded else light.sun
    level = (light.sky + beam) / 4096.0 * light.exposure / 256.0
    motion = max(abs(shot.blur.right), abs(shot.blur.down)) / 16.0
    defocus = shot.blur.defocus / 2.0
    bearing = (shot.azimuth - shot.wearer.heading) % 1.0
    return {
        "elevation": f"{elevation:.1f}",
        "elevation_label": _step(elevation, (10.0, 30.0, 60.0), ("level", "raised", "high", "overhead")),
        "pixel_height": str(picture.body_height),
        "pixel_height_label": _step(picture.body_height, (64, 112), ("small", "medium", "large")),
        "visible": f"{picture.visible:.3f}",
        "visible_label": _visible(shot, picture.visible),
        "light": f"{level:.3f}",
        "light_label": "shade" if light.shaded else "overcast" if light.sun < 1000 else "sun",
        "blur": f"{max(motion, defocus):.2f}",
        "blur_label": "sharp" if max(motion, defocus) < 1.0 else "motion" if motion > defocus else "defocus",
        "pose": f"{shot.wearer.pose.phase:.3f}",
        "pose_label": _pose(shot),
        "bearing": f"{bearing * 360.0:.1f}",
        "view": ("front", "left", "back", "right")[int(bearing * 4 + 0.5) % 4],
    }


def _step(value: float, edges: tuple[float, ...], names: tuple[str, ...]) -> str:
    return names[sum(value >= edge for edge in edges)]


def _visible(shot: Shot, visible: float) -> str:
    """Name what hides the person; at 97 % and more nothing does."""
    if visible >= 0.97:
        return "whole"
    cut = min(shot.crop.left, shot.crop.top, shot.crop.right, shot.crop.bottom) < -0.03
    return "frame" if cut or shot.occluder.kind == "none" else shot.occluder.kind


def _pose(shot: Shot) -> str:
    pose = shot.wearer.pose
    if pose.bend_left or pose.bend_right:
        return "holding"
    return "standing" if pose.stride < 0.3 else "walking"
