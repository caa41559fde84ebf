"""Plan a release of vehicles: which images there are, in which role, under which name.

An item holds the keys of its shot, not the shot: many are planned in a second, and each is drawn where it is rendered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from challenges.synth.layers import Layers
from challenges.synth.populations import PARTS, Row, Settings
from challenges.synth.stream import Stream
from challenges.synth.vehicles.attributes import ATTRIBUTE_NAMES
from challenges.synth.vehicles.factors import FACTOR_COLUMNS, PART_COLUMNS, factor_values, part_values
from challenges.synth.vehicles.population import (
    GROUPED_PERCENT,
    NEW_WORLD,
    OLD_WORLD,
    USUAL_WORLD,
    Identity,
    World,
    draw_population,
)
from challenges.synth.vehicles.render import Picture, render, render_layers
from challenges.synth.vehicles.scenes import PRESETS, draw_shot
from challenges.synth.vehicles.shot import Shot

TRACK = "cross_camera"
"""The one track: queries from every drone, and one gallery of all."""
HIDDEN_COLUMNS = ("session", "group", "cue", *ATTRIBUTE_NAMES, "model", "dust", *FACTOR_COLUMNS, *PART_COLUMNS)
SMALL_IDENTITIES = 48
HARD_GROUPED_PERCENT = 50
"""In `hard` half of the vehicles have a double, as persons have there."""
_QUERY_COUNTS = {"1": 22, "2": 38, "3": 28, "4": 12}
"""Query images of an identity: 2.3 in the mean, as VRAI's 15,747 of 6,720."""
_NAME_LENGTH = 10


@dataclass(frozen=True)
class VehicleItem:
    """Hold one planned image of a vehicle; `tracklet` are the keys of its stream and `moment` its place in it."""

    name: str
    track: str
    role: str
    identity: Identity
    camid: str
    tracklet: tuple[int | str, ...]
    moment: int
    strength: tuple[tuple[str, float], ...]

    @property
    def pid(self) -> str:
        """Return which vehicle is seen."""
        return self.identity.pid

    @property
    def shot(self) -> Shot:
        """Return what is rendered."""
        return draw_shot(self.identity, self.camid, self.tracklet, self.moment, dict(self.strength))

    def render(self) -> tuple[NDArray[np.uint8], Row]:
        """Return the picture and all that is known of it."""
        shot = self.shot
        picture = render(shot)
        return picture.pixels, annotation_row(self, shot, picture)

    def layers(self) -> tuple[NDArray[np.uint8], Row, Layers]:
        """Return the picture, all that is known of it, and what it is made of."""
        shot = self.shot
        picture, layers = render_layers(shot)
        return picture.pixels, annotation_row(self, shot, picture), layers


def annotation_row(item: VehicleItem, shot: Shot, picture: Picture) -> dict[str, str]:
    """Return the row of a picture, column by column."""
    identity, vehicle = item.identity, item.identity.vehicle
    row = {
        "track": item.track,
        "role": item.role,
        "image_id": item.name,
        "pid": identity.pid,
        "camid": item.camid,
        "split": identity.split,
        "session": identity.session.name,
        "group": identity.group,
        "cue": identity.cue,
        "model": f"{vehicle.type}-{vehicle.model + 1}",
        "dust": str(vehicle.dust),
    }
    row |= {name: str(getattr(vehicle, name)) for name in ATTRIBUTE_NAMES}
    return row | factor_values(shot, picture) | part_values(vehicle, picture)


def plan_vehicles(stream: Stream, settings: Settings) -> dict[str, list[VehicleItem]]:
    """Return the images of training, validation and test, of different vehicles; validation has a quarter as many."""
    number = SMALL_IDENTITIES if settings.identities is None else settings.identities
    counts = {"train": number, "val": max(2, number // 4), "test": number}
    strength = settings.strengths(PRESETS[settings.preset])
    worlds = dict.fromkeys(PARTS, USUAL_WORLD)
    if settings.preset == "shift":
        worlds = {**dict.fromkeys(PARTS, OLD_WORLD), "test": NEW_WORLD}
    grouped = HARD_GROUPED_PERCENT if settings.preset == "hard" else GROUPED_PERCENT
    plan = {}
    for part in PARTS:
        own, world = stream.fork(part), worlds[part]
        people = draw_population(own.fork("vehicles"), identities=counts[part], world=world, grouped=grouped)
        plan[part] = _planned(part, own, people, strength)
    return plan


def plan_part(
    part: str, stream: Stream, *, identities: int, strength: Mapping[str, float], world: World = USUAL_WORLD
) -> list[VehicleItem]:
    """Return the images of one part: 12 of each identity for training, else 1 to 4 queries and 6 to 11 for the gallery.

    Every identity is seen by two drones, in the gallery at least three times by each, so that each query has matches
    before the other. Names and order are random within a role, so neither tells what is which.
    """
    return _planned(
        part, stream, draw_population(stream.fork("vehicles"), identities=identities, world=world), strength
    )


def _planned(part: str, stream: Stream, people: Sequence[Identity], strength: Mapping[str, float]) -> list[VehicleItem]:
    named = tuple(strength.items())
    items: list[VehicleItem] = []
    for track, role in (("", ""),) if part == "train" else ((TRACK, "query"), (TRACK, "gallery")):
        draw = stream.fork("role", role)
        made = [
            VehicleItem("", track, role, one, camid, keys, moment, named)
            for one in people
            for camid, keys, moment in _moments(one, _count(role, draw.fork(one.pid, "count")), draw.fork(one.pid))
        ]
        draw.fork("order").shuffle(made)
        items += made
    return _named(items, stream.fork("names"))


def _count(role: str, draw: Stream) -> int:
    if role == "query":
        return int(draw.weighted(_QUERY_COUNTS))
    return 6 + draw.below(6) if role == "gallery" else 12


def _moments(identity: Identity, count: int, stream: Stream) -> Iterator[tuple[str, tuple[int | str, ...], int]]:
    """Yield camera, tracklet and place in it of `count` images, shared by both drones, in tracklets of two to four."""
    cameras = [camid for camid, _ in identity.session.drones]
    stream.fork("cameras").shuffle(cameras)
    for place, camid in enumerate(cameras):
        left, number = count // 2 + (place < count % 2), 0
        while left > 0:
            tracklet = stream.fork(camid, "tracklet", number)
            length = min(left, 2 + tracklet.below(3))
            for moment in range(length):
                yield camid, stream.fork(camid, "tracklet", number).keys, moment
            left, number = left - length, number + 1


def _named(items: Sequence[VehicleItem], stream: Stream) -> list[VehicleItem]:
    """Give each item a random name that no other has."""
    names: dict[str, None] = {}
    while len(names) < len(items):
        names[stream.token(_NAME_LENGTH)] = None
    return [replace(item, name=name) for name, item in zip(names, items, strict=True)]
