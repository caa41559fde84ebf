"""Name the values of the six nuisance factors of a picture of a vehicle, and its discriminative parts."""

from __future__ import annotations

from challenges.synth.conditions import blur_values, light_values, step_of, visible_values
from challenges.synth.exact import sine
from challenges.synth.vehicles.attributes import Vehicle
from challenges.synth.vehicles.render import Picture
from challenges.synth.vehicles.shot import Shot

FACTOR_COLUMNS = (
    "altitude", "elevation", "elevation_label", "pixel_size", "pixel_size_label", "visible", "visible_label",
    "light", "light_label", "blur", "blur_label", "bearing", "viewpoint",
)  # fmt: skip
"""Metres above the road; degrees above the horizon from which the vehicle is seen; the longer side of its whole box in
pixels; its visible fraction; mean light that falls on it (1 is full sun's white); path of the blur in pixels; and the
side seen: degrees from its front to its left, and UAV-VeID's four viewpoints."""

SLOTS = 6
PART_COLUMNS = tuple(
    f"part{slot}{suffix}" for slot in range(1, SLOTS + 1) for suffix in ("", "_x0", "_y0", "_x1", "_y1")
)
"""Up to six parts: name, and the box in which it is seen in pixels of the image; empty where it is not seen."""


def factor_values(shot: Shot, picture: Picture) -> dict[str, str]:
    """Return the columns of one picture as text."""
    elevation = shot.depression * 360.0
    bearing = (shot.azimuth - shot.target.heading) % 1.0
    return {
        "altitude": f"{altitude_of(shot):.0f}",
        "elevation": f"{elevation:.1f}",
        "elevation_label": step_of(elevation, (45.0, 60.0, 75.0), ("oblique", "raised", "high", "overhead")),
        "pixel_size": str(picture.size),
        "pixel_size_label": step_of(picture.size, (90, 150), ("small", "medium", "large")),
        **visible_values(picture.visible, shot.crop, _before(shot)),
        **light_values(shot.light),
        **blur_values(shot.blur),
        "bearing": f"{bearing * 360.0:.1f}",
        "viewpoint": ("front", "left", "rear", "right")[int(bearing * 4 + 0.5) % 4],
    }


def altitude_of(shot: Shot) -> float:
    """Return the drone's height above the road in metres, to the nearest 5."""
    from_target = shot.distance * sine(shot.depression)
    return 5.0 * round((from_target + 600.0) / 5000.0)


def named_parts(vehicle: Vehicle) -> list[str]:
    """Return the parts by which a vehicle can be told: its marks, load and fitted things, then the windscreen."""
    parts = [mark.kind for mark in vehicle.marks]
    parts += ["cargo"] if vehicle.cargo != "none" else []
    fitted = ("skylight", "luggage_rack", "spare_tyre", "bumper")
    parts += [name for name in fitted if getattr(vehicle, name) == "yes"]
    return [*parts, "windscreen"][:SLOTS]


def part_values(vehicle: Vehicle, picture: Picture) -> dict[str, str]:
    """Return the columns of the parts of one picture as text."""
    row = dict.fromkeys(PART_COLUMNS, "")
    for slot, name in enumerate(named_parts(vehicle), start=1):
        row[f"part{slot}"] = name
        for suffix, value in zip(("_x0", "_y0", "_x1", "_y1"), picture.parts.get(name, ()), strict=False):
            row[f"part{slot}{suffix}"] = str(value)
    return row


def _before(shot: Shot) -> str:
    """Name what may stand before the vehicle: a tree or post, else a vehicle beside it."""
    return shot.occluder.kind if shot.occluder.kind != "none" else "vehicle" if shot.others else "none"
