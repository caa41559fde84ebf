"""Fix the cameras: what each sees behind people, and how its sensor renders light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from challenges.synth.sensor import Sensor


@dataclass(frozen=True)
class Site:
    """Hold one camera: platform, mounting, optics and surroundings.

    `height` is the lens above ground in metres and `focal` its focal length in pixels (a UAV's come from the session),
    `depression` the range in degrees, `pixels` the limits of a standing body's height in pixels, `grounds` and `walls`
    the families of `ground.GROUNDS` and `ground.WALLS` around it.
    """

    camid: str
    platform: str
    height: float
    focal: float
    depression: tuple[float, float]
    pixels: tuple[float, float]
    grounds: tuple[int, ...]
    walls: tuple[int, ...]
    sensor: Sensor


AERIAL, CCTV, WEARABLE = "uav", "cctv", "wearable"
ALTITUDES = (15, 30, 45)
SITES: Mapping[str, Site] = {
    site.camid: site
    for site in (
        Site("uav", AERIAL, 0.0, 0.0, (22.0, 84.0), (48.0, 150.0), (0, 1, 2, 4), (-1,),
             Sensor((246, 256, 274), "0.42", 12, 20, 160, 14, 2, 5)),
        Site("cctv-1", CCTV, 3.0, 410.0, (10.0, 27.0), (72.0, 170.0), (1, 4, 3), (0, 1, 2),
             Sensor((272, 256, 228), "0.46", 22, 40, 90, 8, 3, 9)),
        Site("cctv-2", CCTV, 3.3, 440.0, (12.0, 30.0), (72.0, 160.0), (5, 3), (1, 2),
             Sensor((236, 262, 258), "0.43", 26, 46, 120, 14, 3, 10)),
        Site("wearable", WEARABLE, 1.5, 360.0, (-1.0, 7.0), (84.0, 184.0), (0, 2, 1), (0, 3, 1),
             Sensor((260, 256, 246), "0.43", 13, 24, 240, 4, 2, 6)),
    )
}  # fmt: skip
"""The cameras of the small release by camid."""


def camera_ids(platforms: tuple[str, ...]) -> tuple[str, ...]:
    """Return the camids of these platforms in the order of the table."""
    return tuple(camid for camid, site in SITES.items() if site.platform in platforms)
