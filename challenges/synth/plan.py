"""Plan a release of persons: which images there are, in which track and role, under which name.

An item holds the keys of its shot, not the shot: a hundred thousand are planned in seconds, and each is drawn where it
is rendered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from challenges.synth.annotations import annotation_row
from challenges.synth.layers import Layers
from challenges.synth.population import Identity, draw_population
from challenges.synth.populations import PARTS, SMALL, Row, Settings
from challenges.synth.presets import PRESETS
from challenges.synth.render import render, render_layers
from challenges.synth.scenes import draw_shot
from challenges.synth.shot import Shot
from challenges.synth.sites import AERIAL, CCTV, WEARABLE
from challenges.synth.sizes import Cell, cells_of_test, cells_of_train, identities_of
from challenges.synth.stream import Stream

TRACKS = {"aerial_ground": ((AERIAL,), (CCTV, WEARABLE)), "ground_aerial": ((CCTV, WEARABLE), (AERIAL,))}
"""Platforms of the queries and of the gallery of each track."""

Strength = tuple[tuple[str, float], ...]
_NAME_LENGTH = 10


@dataclass(frozen=True)
class PersonItem:
    """Hold one planned image of a person; `tracklet` are the keys of its stream and `moment` its place in it."""

    name: str
    track: str
    role: str
    identity: Identity
    camid: str
    tracklet: tuple[int | str, ...]
    moment: int
    strength: Strength
    native: bool

    @property
    def pid(self) -> str:
        """Return who is seen."""
        return self.identity.pid

    @property
    def shot(self) -> Shot:
        """Return what is rendered."""
        return draw_shot(
            self.identity, self.camid, Stream(*self.tracklet), self.moment, dict(self.strength), native=self.native
        )

    def render(self) -> tuple[NDArray[np.uint8], Row]:
        """Return the picture and all that is known of it."""
        shot = self.shot
        picture = render(shot)
        return picture.pixels, annotation_row(self, self.identity, shot, picture)

    def layers(self) -> tuple[NDArray[np.uint8], Row, Layers]:
        """Return the picture, all that is known of it, and what it is made of."""
        shot = self.shot
        picture, layers = render_layers(shot)
        return picture.pixels, annotation_row(self, self.identity, shot, picture), layers


def plan_persons(stream: Stream, settings: Settings) -> dict[str, list[PersonItem]]:
    """Return the images of training, validation and test, of different people."""
    return {part: plan_part(part, stream.fork(part), settings) for part in PARTS}


def plan_part(part: str, stream: Stream, settings: Settings) -> list[PersonItem]:
    """Return the images of one part. In a test or validation part every identity is in queries and gallery of both tracks.

    No image serves twice. Within a track and role the order is random and the names are random, so neither tells who
    is who.
    """
    preset, size = PRESETS[settings.preset], settings.size
    people = draw_population(
        stream.fork("people"),
        identities=identities_of(settings)[part],
        grouped=preset.grouped,
        away=preset.away and part == "test",
    )
    items: list[PersonItem] = []
    if part == "train":
        items += _items("", "", cells_of_train(people, size, stream), stream.fork("train"), settings)
    else:
        for track, sides in TRACKS.items():
            for role, platforms in zip(("query", "gallery"), sides, strict=True):
                draw = stream.fork(track, role)
                items += _items(track, role, cells_of_test(people, role, platforms, size, draw), draw, settings)
    return _named(items, stream.fork("names"))


def _items(track: str, role: str, cells: Sequence[Cell], stream: Stream, settings: Settings) -> list[PersonItem]:
    """Return the images of the cells in random order."""
    strength = tuple(settings.strengths(PRESETS[settings.preset].strength).items())
    native = settings.size != SMALL
    made = [
        PersonItem("", track, role, cell.identity, cell.camid, tracklet.keys, moment, strength, native)
        for cell in cells
        for tracklet, moment in _moments(cell.count, stream.fork(cell.identity.pid, cell.camid), settings.size)
    ]
    stream.fork("order").shuffle(made)
    return made


def _moments(count: int, stream: Stream, size: str) -> Iterator[tuple[Stream, int]]:
    """Yield the tracklet and the place in it of each of `count` images: tracklets of two to four, or of four to nine."""
    done = 0
    while done < count:
        tracklet = stream.fork("tracklet", done)
        length = 2 + tracklet.below(3) if size == SMALL else 4 + tracklet.below(6)
        for moment in range(min(length, count - done)):
            yield tracklet, moment
        done += length


def _named(items: Sequence[PersonItem], stream: Stream) -> list[PersonItem]:
    """Give each item a random name that no other has."""
    names: dict[str, None] = {}
    while len(names) < len(items):
        names[stream.token(_NAME_LENGTH)] = None
    return [replace(item, name=name) for name, item in zip(names, items, strict=True)]
