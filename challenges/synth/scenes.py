"""Draw shots: tracklets of a person before a camera, with the six nuisance factors each from a stream of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from challenges.synth.attributes import draw_attributes
from challenges.synth.exact import cosine, sine
from challenges.synth.population import Identity, Session, build_of
from challenges.synth.sensor import Blur
from challenges.synth.shot import Crop, Light, Occluder, Shot, Surroundings, Wearer
from challenges.synth.sites import AERIAL, SITES, WEARABLE, Site
from challenges.synth.skeleton import Build, Pose
from challenges.synth.stream import Stream
from challenges.synth.views import View, native_view, small_view


def draw_shot(
    identity: Identity, camid: str, tracklet: Stream, moment: int, strength: Mapping[str, float], *, native: bool
) -> Shot:
    """Return one picture of a tracklet: pictures of a tracklet share place, way of moving, scale and light.

    `strength` has a number for each of `presets.FACTORS`; each factor is drawn from a stream of its own, so that
    changing one leaves the others as they are. `native` takes the sizes that the optics give, else small ones.
    """
    start = Stream(*tracklet.keys)
    walk = _walk(identity, SITES[camid], start, strength)
    see = native_view if native else small_view
    view = see(walk.site, identity.session, start, moment, strength, stature=walk.build.stature)
    return _shot(walk, view, moment, start, strength)


@dataclass(frozen=True)
class _Walk:
    """Hold what the pictures of a tracklet share: who, in what build and light, and the first of them."""

    identity: Identity
    site: Site
    build: Build
    heading: float
    pose: Pose
    azimuth: float
    x: float
    y: float
    light: Light
    place: Surroundings


def _walk(identity: Identity, site: Site, stream: Stream, strength: Mapping[str, float]) -> _Walk:
    session, where = identity.session, stream.fork("spot")
    x, y = where.uniform(-2500.0, 2500.0), where.uniform(-1800.0, 1800.0)
    return _Walk(
        identity=identity,
        site=site,
        build=build_of(identity.labels, identity.body_key),
        heading=stream.fork("heading").uniform(),
        pose=_pose(stream.fork("pose"), strength["pose"]),
        azimuth=_azimuth(session, site, where),
        x=x,
        y=y,
        light=_light(session, stream.fork("light"), strength["light"]),
        place=surroundings(session, site),
    )


def _shot(walk: _Walk, view: View, number: int, stream: Stream, strength: Mapping[str, float]) -> Shot:
    """Return the picture with this number of a tracklet: a step further, the camera moved a little."""
    identity, site, session = walk.identity, walk.site, walk.identity.session
    moment, pose = stream.fork("moment", number), walk.pose
    phase = (pose.phase + number * 0.27 + moment.normal(0.03)) % 1.0
    look = pose.look + moment.normal(0.01)
    now = replace(pose, phase=phase, look=look)
    heading = (walk.heading + moment.normal(0.012)) % 1.0
    gone = number * 420.0 * pose.stride
    return Shot(
        wearer=Wearer(identity.labels, walk.build, now, heading, identity.garment_key, identity.tint_key),
        camid=site.camid,
        azimuth=(walk.azimuth + moment.normal(0.02 if site.platform != AERIAL else 0.03)) % 1.0,
        depression=view.depression,
        distance=view.distance,
        pixels=view.pixels,
        roll=moment.normal(0.010 if site.platform == WEARABLE else 0.003),
        x=walk.x + gone * cosine(heading),
        y=walk.y + gone * sine(heading),
        light=walk.light,
        surroundings=walk.place,
        occluder=_occluder(session, stream.fork("occlusion"), moment, strength["occlusion"]),
        crop=_crop(moment.fork("box"), strength["occlusion"]),
        blur=_blur(moment.fork("blur"), site, strength["blur"], view.pixels),
        seed=moment.below(1 << 40),
    )


def surroundings(session: Session, site: Site) -> Surroundings:
    """Return what a camera sees in a session: a fixed camera the same every day, a moving one another place."""
    draw = Stream("surroundings", session.seed if site.platform != "cctv" else 0, site.camid)
    ground, other = draw.pick(site.grounds), draw.pick(site.grounds)
    return Surroundings(
        ground=ground,
        other=other,
        border=draw.uniform(),
        border_offset=draw.normal(1200.0),
        line=120 if ground == 0 and draw.below(2) else 0,
        wall=draw.pick(site.walls),
        wall_distance=draw.uniform(4500.0, 9000.0),
        seed=draw.below(1 << 20),
    )


def _azimuth(session: Session, site: Site, where: Stream) -> float:
    """Return from which side a camera looks: fixed for CCTV, drifting for a UAV, any for a wearable camera."""
    if site.platform == "cctv":
        return (Stream("mount", site.camid).uniform() + where.normal(0.035)) % 1.0
    if site.platform == AERIAL:
        return (Stream("drone", session.seed).uniform() + where.normal(0.12)) % 1.0
    return where.uniform()


def _pose(draw: Stream, strength: float) -> Pose:
    """Return a tracklet's way of moving: mostly walking, some stand, some hold something up before them."""
    kind, phase = draw.below(100), draw.uniform()
    stride = 1.0 + strength * draw.normal(0.12)
    if kind < 16 * strength:
        stride = 0.06
    bend_left = draw.uniform(0.20, 0.30) if 60 <= kind < 60 + 10 * strength else 0.0
    bend_right = draw.uniform(0.20, 0.31) if 75 <= kind < 75 + 12 * strength else 0.0
    return Pose(phase, min(1.25, max(0.0, stride)), bend_left, bend_right, strength * draw.normal(0.05))


def _light(session: Session, draw: Stream, strength: float) -> Light:
    shaded = draw.below(100) < 22 * strength
    # A camera meters what falls on the scene; shade comes out darker than sun, though not as much as it is.
    falling = session.sky * (7 if shaded else 10) // 10 + (0 if shaded else session.sun * 5 // 8)
    metered = 256 * 5400 // (1100 + falling)
    exposure = metered * (100 + round(strength * draw.normal(15.0))) * (3 if shaded else 4) // 400
    return Light(
        azimuth=session.sun_azimuth,
        height=session.sun_height,
        sun=session.sun,
        sky=session.sky if not shaded else session.sky * 7 // 10,
        warmth=700 if session.sun_height < 0.1 else 260,
        shaded=shaded,
        exposure=max(60, exposure),
    )


def _occluder(session: Session, base: Stream, moment: Stream, strength: float) -> Occluder:
    chance = base.below(1000)
    kind = "none"
    if chance < 210 * strength:
        kind = base.pick(("person", "pole", "plant"))
    aside = base.uniform(140.0, 420.0) * (1 if base.below(2) else -1) + moment.normal(60.0)
    other = None
    if kind == "person":
        labels = draw_attributes(base.fork("other"), season=session.season, away=session.away)
        pose = Pose(base.uniform(), base.uniform(0.3, 1.1))
        key = ("passer-by", base.token(10))
        other = Wearer(labels, build_of(labels, key), pose, base.uniform(), key, key)
    before = {"person": base.uniform(380.0, 700.0), "pole": base.uniform(300.0, 900.0)}.get(
        kind, base.uniform(350.0, 800.0)
    )
    return Occluder(kind, aside if kind != "pole" else aside * 0.4, before, other, base.below(1 << 30))


def _crop(draw: Stream, strength: float) -> Crop:
    """Return a detector's box: jittered, and in one of nine pictures cutting the feet, a side or the head."""
    sides = [0.045 + draw.normal(0.012) + strength * draw.normal(0.018) for _ in range(4)]
    if draw.below(1000) < 110 * strength:
        cut = draw.below(4)
        sides[(3, 3, 0, 2)[cut]] = -draw.uniform(0.05, 0.30 if cut < 2 else 0.12)
    return Crop(*sides)


def _blur(draw: Stream, site: Site, strength: float, pixels: float) -> Blur:
    """Return an exposure's blur: its path grows with the body's size in the picture, as a movement's does."""
    spread = {AERIAL: 24.0, "cctv": 20.0, WEARABLE: 34.0}[site.platform] * max(1.0, pixels / 150.0) * max(1.0, strength)
    moving, soft = draw.below(1000), draw.below(1000)
    right = round(draw.normal(spread)) if moving < 450 * strength else 0
    down = round(draw.normal(spread * 0.5)) if moving < 450 * strength else 0
    defocus = 3 + draw.below(4 + round(pixels / 100.0)) if soft < 140 * strength else 0
    return Blur(right, down, defocus)
