"""Number what the pixel loop tells apart: materials, kinds of surface, decals and the parts that are annotated.

A decal is a region of a coachwork that looks different, given in the vehicle's own millimetres: a trapezoid or ellipse
in the plane across one axis, between two depths along it. A mesh stays coarse, a window's edge does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

Triple = tuple[int, int, int]


class Material(IntEnum):
    """Number the materials of one vehicle; another vehicle in the picture adds a multiple of STEP."""

    PAINT = 0
    TYRE = 1
    RIM = 2
    TRIM = 3
    METAL = 4
    BED = 5
    CARGO = 6
    BOX = 7
    RACK = 8
    SPARE = 9
    BAR = 10
    GLASS = 11
    STEP = 16


class Surface(IntEnum):
    """Number the kinds of surface of a material."""

    SOLID = 0
    COACH = 1
    LEAVES = 2
    CLOTH = 3
    HEAP = 4
    RIBBED = 5
    PLANKS = 6


class Look(IntEnum):
    """Number what a decal does to the surface below it."""

    FLAT = 0
    GLASS = 1
    LAMP = 2
    SEAM = 3
    TEXT = 4
    DENT = 5
    MUD = 6
    SCREEN = 7
    SHEET = 8
    SLATS = 9


PARTS = (
    "", "windscreen", "skylight", "luggage_rack", "spare_tyre", "bumper", "cargo", "roof_decal", "roof_text",
    "side_sticker", "side_text", "bonnet_sticker", "patch", "dent", "mud", "rear_sticker", "dashboard", "stripe",
)  # fmt: skip
"""What can be annotated as a discriminative part; a part's number is its place here, 0 for none."""

ALONG, ACROSS, UPWARD = 0, 1, 2
BOTH, ANY = 2, 0
DECAL_SIZE = 20
"""Integers of a decal: axis, side, near and far depth, b0, b1, a at b0 (two), a at b1 (two), round, look, colour (three),
seed, part, parameter, two spare."""


@dataclass(frozen=True)
class Panel:
    """Hold a flat piece of a vehicle on which marks are put.

    `axis` is the one that it faces, `side` +1 or -1 the direction (BOTH: either, ANY: its surface may face anywhere),
    `depth` the range along it, `b` and `a` the range of the other two coordinates (mm): (y, z) for ALONG, (x, z) for
    ACROSS, (y, x) for UPWARD, with `a` at the low and at the high end of `b`.
    """

    axis: int
    side: int
    depth: tuple[float, float]
    b: tuple[float, float]
    a_low: tuple[float, float]
    a_high: tuple[float, float]

    def piece(self, b: tuple[float, float], a: tuple[float, float], side: int | None = None) -> Panel:
        """Return the part of the panel between these shares (0 … 1) of its height and of its width."""
        low, high = (self.b[0] + share * (self.b[1] - self.b[0]) for share in b)
        edges = []
        for share in b:
            left = self.a_low[0] + share * (self.a_high[0] - self.a_low[0])
            right = self.a_low[1] + share * (self.a_high[1] - self.a_low[1])
            edges.append((left + a[0] * (right - left), left + a[1] * (right - left)))
        return Panel(self.axis, self.side if side is None else side, self.depth, (low, high), edges[0], edges[1])


def both(half: float) -> tuple[float, float]:
    """Return the range from `half` mm to the right to `half` mm to the left."""
    return (-half, half)


def even(axis: int, side: int, depth: tuple[float, float], b: tuple[float, float], a: tuple[float, float]) -> Panel:
    """Return a rectangular panel."""
    return Panel(axis, side, depth, b, a, a)


@dataclass(frozen=True)
class Decal:
    """Hold a panel's look: colour in linear 0 … 4095, whether it is an ellipse, seed, part number and a parameter."""

    panel: Panel
    look: Look
    colour: Triple = (120, 120, 124)
    is_round: bool = False
    seed: int = 0
    part: int = 0
    parameter: int = 0

    def row(self) -> list[int]:
        """Return the decal as integers for the pixel loop."""
        panel = self.panel
        numbers = (*panel.depth, *panel.b, *panel.a_low, *panel.a_high)
        return [
            panel.axis, panel.side, *(round(number) for number in numbers), int(self.is_round), int(self.look),
            *self.colour, self.seed, self.part, self.parameter, 0, 0,
        ]  # fmt: skip
