"""Plan a release: which images there are, in which track and role, under which name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from challenges.synth.population import Identity, draw_population
from challenges.synth.scenes import Preset, shots_for
from challenges.synth.shot import Shot
from challenges.synth.sites import AERIAL, CCTV, WEARABLE, camera_ids
from challenges.synth.stream import Stream

AIR, GROUND = camera_ids((AERIAL,)), camera_ids((CCTV, WEARABLE))
TRACKS = {"aerial_ground": (AIR, GROUND), "ground_aerial": (GROUND, AIR)}
"""Cameras of the queries and of the gallery of each track."""

_QUERY_COUNTS = {"1": 14, "2": 32, "3": 28, "4": 15, "5": 7, "6": 4}
_NAME_LENGTH = 12


@dataclass(frozen=True)
class Item:
    """Hold one planned image: where it stands in the release and the shot to be taken."""

    name: str
    track: str
    role: str
    identity: Identity
    shot: Shot


def plan_test(stream: Stream, *, identities: int, preset: Preset) -> list[Item]:
    """Return the images of a test or validation part: every identity in queries and gallery of both tracks.

    An identity has one to six queries and eight to eleven gallery images in each track. No image serves twice. Within
    a track and role the order is random and the names are random, so neither tells who is who.
    """
    people = draw_population(stream.fork("people"), identities=identities)
    items: list[Item] = []
    for track, cameras in TRACKS.items():
        for role, pool in zip(("query", "gallery"), cameras, strict=True):
            draw = stream.fork(track, role)
            part = [
                (identity, shot)
                for identity in people
                for shot in shots_for(
                    identity, pool, _count(role, draw.fork(identity.pid)), draw.fork(identity.pid), preset
                )
            ]
            draw.fork("order").shuffle(part)
            items += [Item("", track, role, identity, shot) for identity, shot in part]
    return _named(items, stream.fork("names"))


def plan_train(stream: Stream, *, identities: int, preset: Preset, per_identity: int = 12) -> list[Item]:
    """Return the training images: `per_identity` of each, half from the air."""
    people = draw_population(stream.fork("people"), identities=identities)
    part: list[tuple[Identity, Shot]] = []
    for identity in people:
        own = stream.fork("train", identity.pid)
        air = shots_for(identity, AIR, per_identity // 2, own.fork("air"), preset)
        part += [(identity, shot) for shot in (*air, *shots_for(identity, GROUND, per_identity // 2, own, preset))]
    stream.fork("order").shuffle(part)
    return _named([Item("", "", "", identity, shot) for identity, shot in part], stream.fork("names"))


def _count(role: str, draw: Stream) -> int:
    if role == "query":
        return int(draw.fork("count").weighted(_QUERY_COUNTS))
    return 8 + draw.fork("count").below(4)


def _named(items: Sequence[Item], stream: Stream) -> list[Item]:
    """Give each item a random name that no other has."""
    names: dict[str, None] = {}
    while len(names) < len(items):
        names[stream.token(_NAME_LENGTH)] = None
    return [
        Item(name, item.track, item.role, item.identity, item.shot) for name, item in zip(names, items, strict=True)
    ]
