"""Name the values of the six nuisance factors of a picture: a continuous value and a label each."""

from __future__ import annotations

from challenges.synth.conditions import blur_values, light_values, step_of, visible_values
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
    bearing = (shot.azimuth - shot.wearer.heading) % 1.0
    return {
        "elevation": f"{elevation:.1f}",
        "elevation_label": step_of(elevation, (10.0, 30.0, 60.0), ("level", "raised", "high", "overhead")),
        "pixel_height": str(picture.body_height),
        "pixel_height_label": step_of(picture.body_height, (64, 112), ("small", "medium", "large")),
        **visible_values(picture.visible, shot.crop, shot.occluder.kind),
        **light_values(shot.light),
        **blur_values(shot.blur),
        "pose": f"{shot.wearer.pose.phase:.3f}",
        "pose_label": _pose(shot),
        "bearing": f"{bearing * 360.0:.1f}",
        "view": ("front", "left", "back", "right")[int(bearing * 4 + 0.5) % 4],
    }


def _pose(shot: Shot) -> str:
    pose = shot.wearer.pose
    if pose.bend_left or pose.bend_right:
        return "holding"
    return "standing" if pose.stride < 0.3 else "walking"
