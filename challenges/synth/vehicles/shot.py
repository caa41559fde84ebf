"""Describe one picture of a vehicle to be taken: which, where, from where, in what light and through what blur.

A `Shot` is a plain value. Everything that changes its pixels is a field, so a factor is studied alone by replacing its
field and rendering again.
"""

from __future__ import annotations

from dataclasses import dataclass

from challenges.synth.sensor import Blur
from challenges.synth.shot import Crop, Light
from challenges.synth.vehicles.attributes import Vehicle

OCCLUDERS = ("none", "tree", "pole", "vehicle", "frame")


@dataclass(frozen=True)
class Placed:
    """Hold a vehicle on the road: its middle (mm, in the place's plane) and heading (turns from +x)."""

    vehicle: Vehicle
    x: float
    y: float
    heading: float


@dataclass(frozen=True)
class Place:
    """Hold where pictures are taken: layout (an index of `road.LAYOUTS`), direction of its lanes (turns), lanes or bays.

    `lane` is the width of a lane or bay, `edges` the road's borders across it, both in mm; `ground` and `verge` are
    families of `challenges.synth.ground.GROUNDS`; `wear` runs from 0 (new) to 100.
    """

    layout: int
    direction: float
    lane: int
    edges: tuple[int, int]
    ground: int
    verge: int
    wear: int
    seed: int


@dataclass(frozen=True)
class Occluder:
    """Hold what hides the vehicle: kind, offset to the side and towards the camera (mm), size (mm), seed."""

    kind: str
    aside: float
    before: float
    size: float
    seed: int


@dataclass(frozen=True)
class Shot:
    """Hold everything that decides the pixels of one picture.

    `azimuth` (turns from +x) says on which side of the vehicle the drone hangs, `depression` (turns) how steeply it looks
    down, `distance` (mm) how far it is and `scale` how many pixels a metre beside the vehicle has.
    """

    target: Placed
    others: tuple[Placed, ...]
    camid: str
    azimuth: float
    depression: float
    distance: float
    scale: float
    roll: float
    light: Light
    place: Place
    occluder: Occluder
    crop: Crop
    blur: Blur
    seed: int
