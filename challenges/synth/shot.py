"""Describe one picture to be taken: who, from where, in what light and through what blur.

A `Shot` is a plain value. Everything that changes its pixels is a field, so a factor is studied alone by replacing its
field and rendering again.
"""

from __future__ import annotations

from dataclasses import dataclass

from challenges.synth.attributes import Attributes
from challenges.synth.sensor import Blur
from challenges.synth.skeleton import Build, Pose

OCCLUDERS = ("none", "person", "pole", "plant", "frame")


@dataclass(frozen=True)
class Light:
    """Hold a moment's light: sun azimuth and height (turns), strength of sun and sky (4096 is one), warmth, exposure.

    `shaded` puts the whole scene in a building's shadow; `exposure` is in 1/256 of the metered one.
    """

    azimuth: float
    height: float
    sun: int
    sky: int
    warmth: int
    shaded: bool
    exposure: int


@dataclass(frozen=True)
class Surroundings:
    """Hold the place: ground families and their border (turns, mm), painted line (mm), wall and its distance (mm)."""

    ground: int
    other: int
    border: float
    border_offset: float
    line: int
    wall: int
    wall_distance: float
    seed: int


@dataclass(frozen=True)
class Crop:
    """Hold a detector's box relative to the body's: margins as fractions of its height, negative where it cuts."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Wearer:
    """Hold one person in a picture: labels, body, moment of gait, heading (turns), and the keys of garments and tints."""

    labels: Attributes
    build: Build
    pose: Pose
    heading: float
    garments: tuple[int | str, ...]
    tints: tuple[int | str, ...]


@dataclass(frozen=True)
class Occluder:
    """Hold what stands between camera and person: its kind, sideways offset (mm) and how near the person (mm)."""

    kind: str
    aside: float
    before: float
    other: Wearer | None
    seed: int


@dataclass(frozen=True)
class Shot:
    """Hold everything that decides the pixels of one picture.

    `azimuth` (turns, from +x) and `depression` (turns) say from where the camera looks, `distance` is in mm, `pixels`
    the height that a standing body would have if seen from the side.
    """

    wearer: Wearer
    camid: str
    azimuth: float
    depression: float
    distance: float
    pixels: float
    roll: float
    x: float
    y: float
    light: Light
    surroundings: Surroundings
    occluder: Occluder
    crop: Crop
    blur: Blur
    seed: int
