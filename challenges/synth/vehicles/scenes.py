"""Draw pictures of vehicles before a drone, with the six nuisance factors each from a stream of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from challenges.synth.exact import cosine, sine
from challenges.synth.sensor import Blur
from challenges.synth.shot import Crop, Light
from challenges.synth.stream import Stream
from challenges.synth.vehicles.attributes import Vehicle, draw_vehicle
from challenges.synth.vehicles.population import Identity, Session
from challenges.synth.vehicles.shot import Occluder, Place, Placed, Shot
from challenges.synth.vehicles.sites import FOCALS

FACTORS = ("elevation", "size", "occlusion", "light", "blur", "viewpoint")
PRESETS: Mapping[str, Mapping[str, float]] = {
    "plain": dict.fromkeys(FACTORS, 0.0),
    "agreid": dict.fromkeys(FACTORS, 1.0),
    "hard": {"elevation": 1.2, "size": 1.8, "occlusion": 2.0, "light": 1.8, "blur": 1.8, "viewpoint": 1.0},
    "shift": dict.fromkeys(FACTORS, 1.0),
}
"""Strength of each factor: 0 fixes it at its plain value, 1 is the usual spread."""

STREET, HIGHWAY, CAR_PARK, CROSSING, YARD = range(5)
_LANES = {STREET: 3400, HIGHWAY: 3750, CAR_PARK: 2550, CROSSING: 3400, YARD: 4000}
_EDGES = {
    STREET: (-6800, 6800),
    HIGHWAY: (-7500, 11250),
    CAR_PARK: (-200_000, 200_000),
    CROSSING: (-6800, 6800),
    YARD: (-200_000, 200_000),
}
_PLAIN_ELEVATION = 55.0


def draw_shot(
    identity: Identity, camid: str, tracklet: tuple[int | str, ...], moment: int, strength: Mapping[str, float]
) -> Shot:
    """Return one picture of a tracklet: its pictures share place, lane, light, scale and the drone's path.

    `strength` has a number for each of `FACTORS`; each factor is drawn from a stream of its own, so that changing one
    leaves the others as they are.
    """
    start = Stream(*tracklet)
    passage = _passage(identity, camid, start, strength)
    return _shot(passage, moment, start, strength)


@dataclass(frozen=True)
class _Passage:
    """Hold what the pictures of a tracklet share, and where the first of them is."""

    identity: Identity
    camid: str
    altitude: int
    place: Place
    first: Placed
    others: tuple[Placed, ...]
    pace: float
    azimuth: float
    light: Light


def place_of(session: Session, camid: str) -> Place:
    """Return what a drone sees below it on a day: two drones never see the same place."""
    draw, layout = Stream("vehicles", "place", session.seed, camid), session.layout
    ground = 0 if layout != YARD else draw.pick((3, 3, 0))
    if layout == CAR_PARK and draw.below(100) < 30:
        ground = draw.pick((3, 4))
    return Place(
        layout=layout,
        direction=draw.uniform(),
        lane=_LANES[layout],
        edges=_EDGES[layout],
        ground=ground,
        verge=draw.pick((1, 2, 2, 4)),
        wear=15 + draw.below(80),
        seed=draw.below(1 << 40),
    )


def _passage(identity: Identity, camid: str, stream: Stream, strength: Mapping[str, float]) -> _Passage:
    session, where = identity.session, stream.fork("spot")
    place = place_of(session, camid)
    along = where.uniform(-60_000.0, 60_000.0)
    first, pace = _spot(identity, place, along, where)
    others = _neighbours(first, place, stream.fork("neighbours"), where.below(100) < 55)
    return _Passage(
        identity=identity,
        camid=camid,
        altitude=dict(session.drones)[camid],
        place=place,
        first=first,
        others=others,
        pace=pace,
        azimuth=_azimuth(first, session, stream.fork("viewpoint"), strength["viewpoint"]),
        light=_light(session, stream.fork("light"), strength["light"]),
    )


def _spot(identity: Identity, place: Place, along: float, draw: Stream) -> tuple[Placed, float]:
    """Return where a vehicle stands at first and how far it goes between two pictures (mm)."""
    heading, pace = place.direction + draw.normal(0.006), 0.0
    if place.layout == CAR_PARK:
        long = identity.vehicle.type in ("bus", "truck", "lorry")
        bay = round(along / place.lane)
        row, side = draw.below(3) - 1, draw.below(2)
        across = row * 16400.0 + (2600.0 if side else 13800.0)
        heading += 0.25 * (1 if draw.below(2) else -1)
        if long:  # Too long for a bay: it stands in the aisle.
            across, heading = row * 16400.0 + 8200.0, place.direction + 0.5 * draw.below(2) + draw.normal(0.01)
        along = (bay + 0.5) * place.lane + draw.normal(60.0)
        across += draw.normal(90.0)
    elif place.layout == YARD:
        across, heading = draw.uniform(-30_000.0, 30_000.0), draw.uniform()
    else:
        lane = draw.below(4) - 2 + (place.layout == HIGHWAY) * draw.below(2)
        across = (lane + 0.5) * place.lane + draw.normal(160.0)
        if lane < 0:
            heading += 0.5
        pace = draw.uniform(300.0, 5200.0) if draw.below(100) < 80 else 0.0
    return _at(identity.vehicle, place, along, across, heading), pace


def _at(vehicle: Vehicle, place: Place, along: float, across: float, heading: float) -> Placed:
    c, s = cosine(place.direction), sine(place.direction)
    return Placed(vehicle, along * c - across * s, along * s + across * c, heading % 1.0)


def _neighbours(first: Placed, place: Place, stream: Stream, crowded: bool) -> tuple[Placed, ...]:
    """Return the vehicles beside, before and behind: in the next bays of a car park, in lanes of a road."""
    if not crowded or place.layout == YARD:
        return ()
    c, s = cosine(first.heading), sine(first.heading)
    found = []
    for number in range(1 + stream.below(2)):
        own = stream.fork("other", number)
        vehicle = draw_vehicle(own)
        if place.layout == CAR_PARK:
            if vehicle.type in ("bus", "truck", "lorry") or first.vehicle.type in ("bus", "truck", "lorry"):
                continue
            ahead, aside = own.normal(120.0), (place.lane if number else -place.lane) + own.normal(70.0)
        elif own.below(2):
            ahead, aside = own.uniform(-5000.0, 5000.0), (1 if number else -1) * place.lane + own.normal(150.0)
        else:
            ahead, aside = (1 if number else -1) * (11_500.0 + own.uniform(0.0, 3500.0)), own.normal(200.0)
        turn = 0.5 if place.layout == CAR_PARK and own.below(2) else 0.0
        x, y = first.x + c * ahead - s * aside, first.y + s * ahead + c * aside
        found.append(Placed(vehicle, x, y, (first.heading + turn + own.normal(0.004)) % 1.0))
    return tuple(found)


def _shot(passage: _Passage, number: int, stream: Stream, strength: Mapping[str, float]) -> Shot:
    """Return the picture with this number of a tracklet: the vehicle further on, the drone moved a little."""
    moment, first = stream.fork("moment", number), passage.first
    gone = number * passage.pace
    dx, dy = gone * cosine(first.heading), gone * sine(first.heading)
    target = replace(first, x=first.x + dx, y=first.y + dy, heading=(first.heading + moment.normal(0.003)) % 1.0)
    others = tuple(replace(one, x=one.x + dx, y=one.y + dy) for one in passage.others)
    depression, distance = _viewpoint(passage.altitude, stream.fork("elevation"), moment, strength["elevation"])
    drift = stream.fork("drift").normal(0.03) * number + moment.normal(0.006)
    return Shot(
        target=target,
        others=others,
        camid=passage.camid,
        azimuth=(passage.azimuth + strength["viewpoint"] * drift) % 1.0,
        depression=depression,
        distance=distance,
        scale=_scale(passage.altitude, distance, stream.fork("size"), strength["size"]),
        roll=moment.normal(0.003),
        light=passage.light,
        place=passage.place,
        occluder=_occluder(stream.fork("occlusion"), moment, strength["occlusion"]),
        crop=_crop(moment.fork("box"), strength["occlusion"]),
        blur=_blur(moment.fork("blur"), strength["blur"]),
        seed=moment.below(1 << 40),
    )


def _azimuth(first: Placed, session: Session, draw: Stream, strength: float) -> float:
    """Return on which side of the vehicle the drone hangs: anywhere, or for plain conditions before its left front."""
    plain = first.heading + 0.10
    away = draw.uniform() - 0.5
    return (plain + strength * away) % 1.0


def _viewpoint(altitude: int, base: Stream, moment: Stream, strength: float) -> tuple[float, float]:
    """Return depression (turns, 30 to 88 degrees) and distance (mm), which follows from it and the altitude."""
    usual = base.pick((38.0, 46.0, 54.0, 60.0, 66.0, 74.0, 83.0)) + base.normal(3.0)
    degrees = _PLAIN_ELEVATION + strength * (usual - _PLAIN_ELEVATION) + strength * moment.normal(0.8)
    degrees = min(88.0, max(30.0, degrees))
    return degrees / 360.0, (altitude * 1000.0 - 600.0) / sine(degrees / 360.0)


def _scale(altitude: int, distance: float, draw: Stream, strength: float) -> float:
    """Return pixels a metre: the altitude's with its zoom, and some of the pilot's."""
    middle = 24.0
    natural = FOCALS[altitude] * 1000.0 / distance
    wanted = middle + strength * (natural * draw.uniform(0.74, 1.0) - middle)
    return min(40.0, max(11.0, wanted))


def _light(session: Session, draw: Stream, strength: float) -> Light:
    shaded = draw.below(100) < 18 * strength
    falling = session.sky * (7 if shaded else 10) // 10 + (0 if shaded else session.sun * 5 // 8)
    # A drone meters the whole street; shade comes out darker than sun, though not as much as it is.
    metered = 256 * 6000 // (1100 + falling)
    exposure = metered * (100 + round(strength * draw.normal(11.0))) // 100
    return Light(
        azimuth=session.sun_azimuth,
        height=session.sun_height,
        sun=session.sun,
        sky=session.sky if not shaded else session.sky * 7 // 10,
        warmth=700 if session.sun_height < 0.1 else 260,
        shaded=shaded,
        exposure=max(60, exposure),
    )


def _occluder(base: Stream, moment: Stream, strength: float) -> Occluder:
    kind = "none"
    if base.below(1000) < 170 * strength:
        kind = base.pick(("tree", "tree", "pole"))
    aside = base.uniform(900.0, 2600.0) * (1 if base.below(2) else -1) + moment.normal(260.0)
    before = base.uniform(300.0, 1900.0)
    if kind == "pole":
        aside, before = aside * 0.5, base.uniform(2300.0, 3600.0)
    return Occluder(kind, aside, before, base.uniform(2800.0, 5200.0), base.below(1 << 30))


def _crop(draw: Stream, strength: float) -> Crop:
    """Return a detector's box: jittered, and in one of eleven pictures cutting one side."""
    sides = [0.035 + draw.normal(0.010) + strength * draw.normal(0.016) for _ in range(4)]
    if draw.below(1000) < 90 * strength:
        sides[draw.below(4)] = -draw.uniform(0.05, 0.26)
    return Crop(*sides)


def _blur(draw: Stream, strength: float) -> Blur:
    moving, soft = draw.below(1000), draw.below(1000)
    right, down = (round(draw.normal(17.0)) if moving < 400 * strength else 0 for _ in range(2))
    return Blur(right, down, 3 + draw.below(4) if soft < 130 * strength else 0)
