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
    the families of `ground.GROUNDS` and `ground.WALLS` around it. `native` are focal length, depression and limits of a body's
    height in a release of native size. Cameras marked `away` see the test of the preset `shift` alone.
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
    native: tuple[float, tuple[float, float], tuple[float, float]]
    away: bool = False


AERIAL, CCTV, WEARABLE = "uav", "cctv", "wearable"
ALTITUDES = (15, 30, 45)
_UAV_NATIVE = (2300.0, (20.0, 89.0), (43.0, 739.0))
_CCTV_NATIVE = ((4.0, 46.0), (23.0, 622.0))
_WEARABLE_NATIVE = (1000.0, (-2.0, 8.0), (25.0, 1080.0))
"""Limits as in AG-ReID2023 (Nguyen et al., IJCB 2023, section 3), which gives no means: focal lengths are our guess."""
SITES: Mapping[str, Site] = {
    site.camid: site
    for site in (
        Site("uav", AERIAL, 0.0, 0.0, (22.0, 84.0), (48.0, 150.0), (0, 1, 2, 4), (-1,),
             Sensor((246, 256, 274), "0.42", 12, 20, 160, 14, 3, 5), _UAV_NATIVE),
        Site("cctv-1", CCTV, 3.0, 410.0, (10.0, 27.0), (72.0, 170.0), (1, 4, 3), (0, 1, 2),
             Sensor((272, 256, 228), "0.46", 22, 40, 90, 8, 4, 9), (420.0, *_CCTV_NATIVE)),
        Site("cctv-2", CCTV, 3.3, 440.0, (12.0, 30.0), (72.0, 160.0), (5, 3), (1, 2),
             Sensor((236, 262, 258), "0.43", 26, 46, 120, 14, 4, 10), (450.0, *_CCTV_NATIVE)),
        Site("wearable", WEARABLE, 1.5, 360.0, (-1.0, 7.0), (84.0, 184.0), (0, 2, 1), (0, 3, 1),
             Sensor((260, 256, 246), "0.43", 13, 24, 240, 4, 3, 6), _WEARABLE_NATIVE),
        Site("uav-2", AERIAL, 0.0, 0.0, (22.0, 84.0), (48.0, 150.0), (6, 3, 0, 5), (-1,),
             Sensor((270, 256, 240), "0.47", 22, 34, 60, 26, 4, 9), _UAV_NATIVE, away=True),
        Site("cctv-3", CCTV, 3.6, 430.0, (12.0, 34.0), (66.0, 165.0), (5, 6, 0), (2, 4),
             Sensor((244, 250, 280), "0.40", 34, 60, 200, 4, 3, 14), (400.0, *_CCTV_NATIVE), away=True),
        Site("wearable-2", WEARABLE, 1.6, 340.0, (-1.0, 7.0), (78.0, 176.0), (4, 5, 6), (4, 2, 0),
             Sensor((250, 258, 262), "0.48", 20, 34, 120, 10, 4, 8), _WEARABLE_NATIVE, away=True),
    )
}  # fmt: skip
"""The cameras by camid."""


def camera_ids(platforms: tuple[str, ...], *, away: bool = False) -> tuple[str, ...]:
    """Return the camids of these platforms in the order of the table, at home or away."""
    return tuple(camid for camid, site in SITES.items() if site.platform in platforms and site.away == away)
