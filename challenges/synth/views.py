"""Place the camera before a person: from how high it looks, from how far, and how large the body is in its picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from challenges.synth.exact import cosine, sine
from challenges.synth.population import Session
from challenges.synth.sites import AERIAL, CCTV, WEARABLE, Site
from challenges.synth.stream import Stream

_UAV_FOCAL = {15: 1450.0, 30: 2150.0, 45: 2850.0}
"""The small release's lens zooms with altitude, but not enough to undo it: bodies are about 130, 95 and 85 px."""
_EYES = 880.0
"""Height in mm at which a body is looked at."""


@dataclass(frozen=True)
class View:
    """Hold a viewpoint: depression (turns), distance (mm), and the height in pixels of the body seen from the side."""

    depression: float
    distance: float
    pixels: float


def small_view(
    site: Site, session: Session, stream: Stream, number: int, strength: Mapping[str, float], *, stature: float
) -> View:
    """Return a viewpoint whose bodies are about a hundred pixels high, which renders in no time.

    The distance of a UAV or CCTV camera follows from its depression; `number` is the moment of the tracklet.
    """
    base, moment = stream.fork("elevation"), stream.fork("moment", number, "view")
    degrees = _spread(site.depression, base.uniform(), strength["elevation"]) + strength["elevation"] * moment.normal(
        0.8
    )
    degrees = min(site.depression[1], max(site.depression[0], degrees))
    if site.platform == WEARABLE:
        distance = max(1800.0, 5000.0 + strength["size"] * (base.uniform(3200.0, 7200.0) - 5000.0))
    else:
        height = session.altitude * 1000.0 if site.platform == AERIAL else site.height * 1000.0
        distance = (height - _EYES) / sine(degrees / 360.0)
    focal = _UAV_FOCAL[session.altitude] if site.platform == AERIAL else site.focal
    natural = min(site.pixels[1], max(site.pixels[0], focal * stature / distance))
    return View(
        degrees / 360.0, distance, natural * (1.0 + strength["size"] * stream.fork("size").uniform(-0.14, 0.14))
    )


def native_view(
    site: Site, session: Session, stream: Stream, number: int, strength: Mapping[str, float], *, stature: float
) -> View:
    """Return a viewpoint at native size: what focal length and distance give, within the limits of AG-ReID2023.

    Heights are heavy-tailed: most people are far from a camera, some pass close by it.
    """
    focal, depressions, limits = site.native
    base, size, moment = stream.fork("elevation"), stream.fork("size"), stream.fork("moment", number, "view")
    part = base.uniform()
    degrees = _spread(depressions, part * part if site.platform == CCTV else part, strength["elevation"])
    degrees = min(depressions[1], max(depressions[0], degrees + strength["elevation"] * moment.normal(0.8)))
    if site.platform == WEARABLE:
        away = size.uniform()
        distance = max(1800.0, 9000.0 + strength["size"] * (3000.0 + 57_000.0 * away * away - 9000.0))
    else:
        height = session.altitude * 1000.0 if site.platform == AERIAL else site.height * 1000.0
        distance = (height - _EYES) / sine(degrees / 360.0)
    near = size.uniform()
    zoom = 1.0 + strength["size"] * (size.uniform(-0.3, 0.3) + 1.6 * near * near * near * near * near * near)
    pixels = max(0.2, zoom) * focal * stature / distance
    # What is close to the camera is larger than parallel rays would show it: the limits keep a distance.
    seen = cosine(degrees / 360.0) + 0.28 * sine(degrees / 360.0)
    return View(degrees / 360.0, distance, min(0.92 * limits[1], max(1.04 * limits[0], pixels * seen)) / seen)


def _spread(limits: tuple[float, float], part: float, strength: float) -> float:
    """Return the middle of a range, moved towards the drawn part of it by the strength; above 1 the ends are likelier."""
    middle = (limits[0] + limits[1]) / 2
    return min(limits[1], max(limits[0], middle + strength * (limits[1] - limits[0]) * (part - 0.5)))
