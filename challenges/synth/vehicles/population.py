"""Make the vehicles of a release: sessions before two drones, identities, confusable groups.

A session is a day at a pair of neighbouring places, each with a drone of its own at another altitude, as VRAI was
filmed; every vehicle of a session passes both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from challenges.synth.stream import Stream
from challenges.synth.vehicles.attributes import MODELS, Vehicle, draw_vehicle, lookalike
from challenges.synth.vehicles.sites import ALTITUDES, NEW, USUAL

GROUPED_PERCENT = 30
_PER_SESSION = 14


@dataclass(frozen=True)
class World:
    """Hold what a part draws from: cameras, models of types (all if a type is missing), and layouts of places."""

    cameras: tuple[str, ...]
    models: Mapping[str, tuple[int, ...]]
    layouts: tuple[int, ...]


USUAL_WORLD = World(USUAL, {}, (0, 0, 1, 2, 2, 3, 4))
_KEPT = {kind: number - max(1, number // 3) for kind, number in MODELS.items()}
OLD_WORLD = World(USUAL, {kind: tuple(range(_KEPT[kind])) for kind in MODELS}, (0, 1, 2))
"""What `shift` trains on: without the last models of each type, crossings and yards."""
NEW_WORLD = World(NEW, {kind: tuple(range(_KEPT[kind], MODELS[kind])) for kind in MODELS}, (3, 4, 2))
"""What `shift` tests on: other drones, other models, other places."""


@dataclass(frozen=True)
class Session:
    """Hold a day: each drone's camid and altitude (m), layout of the places, sun (turns), strengths of sun and sky."""

    name: str
    drones: tuple[tuple[str, int], tuple[str, int]]
    layout: int
    sun_azimuth: float
    sun_height: float
    sun: int
    sky: int
    seed: int


@dataclass(frozen=True)
class Identity:
    """Hold one identity: its public pseudonym, the vehicle, and what is hidden about it."""

    pid: str
    vehicle: Vehicle
    session: Session
    group: str
    cue: str
    split: str


def draw_population(
    stream: Stream, *, identities: int, world: World, grouped: int = GROUPED_PERCENT
) -> tuple[Identity, ...]:
    """Return the identities of one part of a release.

    About `grouped` per cent stand in groups of two to five of the same model, colour and options, each with one small
    cue of its own. Half of the identities are `public`, half `private`.
    """
    sessions = [_session(stream.fork("session", k), k, world) for k in range(max(1, -(-identities // _PER_SESSION)))]
    made: list[Identity] = []
    target = identities * grouped // 100
    while target - len(made) >= 2:
        size = min(2 + stream.fork("size", len(made)).below(4), target - len(made))
        size = size if target - len(made) - size != 1 or size == 2 else size - 1
        made += _group(stream.fork("group", len(made)), stream.pick(sessions), size, world)
    while len(made) < identities:
        own = stream.fork("single", len(made))
        vehicle = draw_vehicle(own, models=world.models)
        made.append(Identity(own.token(8), vehicle, stream.pick(sessions), "", "", ""))
    return _split(made, stream.fork("split"))


def _session(draw: Stream, number: int, world: World) -> Session:
    overcast = draw.below(100) < 35
    cameras, heights = list(world.cameras), list(ALTITUDES)
    draw.fork("cameras").shuffle(cameras)
    draw.fork("altitudes").shuffle(heights)
    return Session(
        name=f"day{number + 1}",
        drones=((cameras[0], heights[0]), (cameras[1], heights[1])),
        layout=draw.pick(world.layouts),
        sun_azimuth=draw.uniform(),
        sun_height=draw.uniform(0.07, 0.19),
        sun=draw.below(500) if overcast else 2700 + draw.below(1500),
        sky=2300 + draw.below(700) if overcast else 1200 + draw.below(600),
        seed=draw.below(1 << 40),
    )


def _group(stream: Stream, session: Session, size: int, world: World) -> list[Identity]:
    leader, name = draw_vehicle(stream.fork("leader"), models=world.models), stream.token(6)
    members = [Identity(stream.fork("pid", 0).token(8), leader, session, name, "leader", "")]
    for member in range(1, size):
        vehicle, cue = lookalike(leader, stream.fork("members"), member=member)
        members.append(Identity(stream.fork("pid", member).token(8), vehicle, session, name, cue, ""))
    return members


def _split(made: Sequence[Identity], stream: Stream) -> tuple[Identity, ...]:
    """Return the identities in random order, each half of them in one split."""
    order = list(range(len(made)))
    stream.shuffle(order)
    parts = {place: "public" if rank % 2 == 0 else "private" for rank, place in enumerate(order)}
    drawn = [replace(identity, split=parts[place]) for place, identity in enumerate(made)]
    stream.shuffle(drawn)
    return tuple(drawn)
