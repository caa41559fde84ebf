"""Test sets with defects planted in their numbers: an audit that cannot fail is none."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from challenges.audit.persons import PERSONS_ASKED
from challenges.audit.sights import BACKGROUND, COLOUR, OUTLINE, STATISTICS, TestSet
from challenges.synth.attributes import ATTRIBUTE_NAMES

IDENTITIES, SESSIONS = 60, 5
COUNTS = {"query": 5, "gallery": 4}
TRACKS = {"aerial_ground": ("uav", "cctv-1"), "ground_aerial": ("cctv-1", "uav")}
VALUES = 24


@dataclass(frozen=True)
class World:
    """Say how far apart identities are in colour, what views do to it, and which defects there are."""

    identity: float = 60.0
    view: float = 60.0
    noise: float = 10.0
    hardening: float = 160.0
    defects: Collection[str] = ()
    seed: int = 7


def built(world: World) -> TestSet:
    """Return the test set of a world: 60 identities, two tracks, 3 queries and 5 gallery images of each identity."""
    draw = np.random.default_rng(world.seed)
    places = [
        (track, role, number, camera)
        for track, cameras in TRACKS.items()
        for role, camera in zip(("query", "gallery"), cameras, strict=True)
        for number in np.repeat(np.arange(IDENTITIES), COUNTS[role])
    ]
    hard = draw.random(len(places))
    rows = [_row(place, f"i{name}", hard[name], world, draw) for name, place in enumerate(places)]
    number = np.array([place[2] for place in places])
    from_air = np.array([place[3] == "uav" for place in places])
    person, seen = draw.normal(size=(IDENTITIES, VALUES)), draw.normal(size=(2, IDENTITIES, VALUES))
    spread = world.noise + (0.0 if "flat" in world.defects else world.hardening) * hard
    colour = 2000 + person[number] * (0 if "colourless" in world.defects else world.identity)
    colour += seen[from_air.astype(int), number] * world.view
    colour += draw.normal(size=(len(places), VALUES)) * spread[:, None]
    described = {COLOUR: colour.astype(np.int16)}
    for name in (BACKGROUND, STATISTICS, OUTLINE):
        own = person[number] * 3.0 if name in world.defects else 0.0
        described[name] = own + from_air[:, None] * 5.0 + draw.normal(size=(len(places), VALUES))
    return TestSet(tuple(rows), described, PERSONS_ASKED)


def _row(
    place: tuple[str, str, int, str], name: str, hard: float, world: World, draw: np.random.Generator
) -> dict[str, str]:
    track, role, number, camera = place
    row = {"track": track, "role": role, "image_id": name, "pid": f"p{number}", "camid": camera}
    row |= {"session": f"day{number % SESSIONS}", "group": ""}
    shared = 1 if "mute" in world.defects else IDENTITIES if "telling" in world.defects else 4
    row |= dict.fromkeys(ATTRIBUTE_NAMES, f"{number % shared}")
    row |= {"elevation": f"{hard}", "pixel_height": f"{-hard}", "visible": f"{-hard}", "light": f"{-hard}"}
    return row | {"blur": f"{hard if 'backwards' not in world.defects else -hard}"}
