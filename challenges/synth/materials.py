"""Turn a person's labels and hidden tints into the table of materials that the pixel loop reads.

A row is int64: pattern, two colours (linear 0 … 4095), fold strength (1/256), grain strength (1/256), seed, two pattern
parameters, shine (1/256). The labels choose the row; tints and seeds come from the identity's own streams.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from challenges.synth.attributes import Attributes
from challenges.synth.body import Part
from challenges.synth.layout import BEARD, CLEAR_GLASSES, DARK_GLASSES, MOUSTACHE, WIDTH
from challenges.synth.palette import CLOTH, HAIR, SKIN, Colour, dimmed, linear, tinted
from challenges.synth.shot import Wearer
from challenges.synth.stream import Stream


class Pattern(IntEnum):
    """Number the ways in which a material's two colours share its surface."""

    PLAIN = 0
    STRIPES = 1
    CHECKS = 2
    DOTS = 3
    PRINT = 4
    BLOCKS = 5
    OPEN_FRONT = 6
    FACE = 7
    SHOE = 8
    SANDAL = 9
    LEAF = 10
    DENIM = 11
    BUTTONS = 12
    HOOD_FRONT = 13


_PATTERNS = {
    "plain": Pattern.PLAIN,
    "print": Pattern.PRINT,
    "stripes": Pattern.STRIPES,
    "checks": Pattern.CHECKS,
    "dots": Pattern.DOTS,
    "blocks": Pattern.BLOCKS,
}
_FRONTS = {
    "jacket": Pattern.OPEN_FRONT,
    "coat": Pattern.OPEN_FRONT,
    "shirt": Pattern.BUTTONS,
    "hoodie": Pattern.HOOD_FRONT,
}


@dataclass(frozen=True)
class Finish:
    """Hold what a material is made of."""

    colour: Colour
    second: Colour = (0, 0, 0)
    pattern: Pattern = Pattern.PLAIN
    folds: int = 0
    grain: int = 6
    size: int = 60
    flags: int = 0
    shine: int = 0

    def row(self, seed: int) -> list[int]:
        """Return the finish as a row of the table."""
        return [
            int(self.pattern), *self.colour, *self.second, self.folds, self.grain, seed, self.size, self.flags, self.shine, 0,
        ]  # fmt: skip


def person_materials(wearer: Wearer) -> NDArray[np.int64]:
    """Return the materials of one person, int64 (Part.STEP, WIDTH)."""
    labels, stream, worn = wearer.labels, Stream("tints", *wearer.tints), Stream("worn", *wearer.garments)
    table = np.zeros((Part.STEP, WIDTH), dtype=np.int64)
    # Look-alikes wear the same print and the same weave; their tints and skins are their own.
    clothes = _garments(labels, stream, worn) | _things(labels, stream, worn)
    for finishes, source in ((_skin_and_hair(labels, stream), stream), (clothes, worn)):
        for part, finish in finishes.items():
            table[part] = finish.row(source.fork("surface", int(part)).below(1 << 30))
    return table


def _skin_and_hair(labels: Attributes, stream: Stream) -> dict[Part, Finish]:
    skin = tinted(SKIN[labels.skin], stream.fork("skin"), spread=5)
    hair = tinted(HAIR[labels.hair_colour], stream.fork("hair"), spread=5)
    flags = BEARD * (labels.beard == "yes") + MOUSTACHE * (labels.moustache == "yes")
    flags += CLEAR_GLASSES * (labels.glasses == "clear") + DARK_GLASSES * (labels.glasses == "dark")
    return {
        Part.SKIN: Finish(skin, grain=5, shine=20),
        Part.FACE: Finish(skin, hair, Pattern.FACE, grain=6, flags=flags, shine=26),
        Part.HAIR: Finish(hair, folds=80, grain=46, shine=50),
    }


def _garments(labels: Attributes, stream: Stream, worn: Stream) -> dict[Part, Finish]:
    draw, choice = stream.fork("upper"), worn.fork("upper")
    main = tinted(CLOTH[labels.upper_colour], draw, spread=6)
    light = sum(CLOTH[labels.upper_colour]) > 380
    other = tinted(
        CLOTH[choice.pick(("black", "navy", "red", "green") if light else ("white", "grey", "yellow", "red"))],
        draw,
        spread=6,
    )
    pattern = _PATTERNS[labels.upper_pattern]
    if pattern is Pattern.PLAIN and labels.upper in _FRONTS:
        pattern = _FRONTS[labels.upper]
        other = (
            linear(CLOTH[choice.pick(("white", "grey", "black", "beige"))])
            if labels.upper in ("jacket", "coat")
            else dimmed(main, 55)
        )
    folds = {"t-shirt": 70, "tank-top": 55, "shirt": 90, "sweater": 60, "hoodie": 80, "jacket": 95, "coat": 85}[
        labels.upper
    ]
    size = 44 + choice.below(40)
    upper = Finish(main, other, pattern, folds, 10, size)
    sleeve_pattern = pattern if pattern in (Pattern.STRIPES, Pattern.CHECKS, Pattern.DOTS) else Pattern.PLAIN
    sleeve = other if pattern is Pattern.BLOCKS else main
    lower = tinted(CLOTH[labels.lower_colour], stream.fork("lower"), spread=6)
    weave = Pattern.DENIM if labels.lower_colour == "denim" else Pattern.PLAIN
    return {
        Part.UPPER: upper,
        Part.SLEEVE: Finish(sleeve, other, sleeve_pattern, folds, 10, size),
        Part.LOWER: Finish(lower, dimmed(lower, 150), weave, 40 if labels.lower == "leggings" else 85, 10),
    }


def _things(labels: Attributes, stream: Stream, worn: Stream) -> dict[Part, Finish]:
    feet = tinted(CLOTH[labels.feet_colour], stream.fork("feet"), spread=5)
    skin = tinted(SKIN[labels.skin], stream.fork("skin"), spread=5)
    sole = linear((210, 208, 202)) if labels.feet == "trainers" else linear((44, 38, 34))
    sandal = labels.feet == "sandals"
    bag = tinted(CLOTH[labels.bag_colour], stream.fork("bag"), spread=6)
    head, choice = stream.fork("headwear"), worn.fork("headwear")
    hat = tinted(CLOTH[choice.weighted({"black": 40, "white": 15, "navy": 15, "red": 10, "beige": 20})], head, spread=6)
    return {
        Part.FEET: Finish(feet, skin if sandal else sole, Pattern.SANDAL if sandal else Pattern.SHOE, shine=30),
        Part.BAG: Finish(
            bag, dimmed(bag, 60), Pattern.BLOCKS if labels.bag == "backpack" else Pattern.PLAIN, 50, 12, shine=20
        ),
        Part.STRAP: Finish(dimmed(bag, 75), grain=10),
        Part.HEADWEAR: Finish(hat, folds=24, grain=10),
    }


def leaf_materials(stream: Stream) -> NDArray[np.int64]:
    """Return the materials of a plant (leaves, twigs), a pole and a street box, int64 (4, WIDTH)."""
    green = (46 + stream.below(34), 78 + stream.below(34), 34 + stream.below(24))
    metal = stream.pick(((96, 98, 100), (54, 58, 56), (160, 160, 156), (70, 84, 70)))
    leaves = Finish(linear(green), dimmed(linear(green), 42), Pattern.LEAF, 60, 60)
    rows = [leaves, Finish(linear((82, 66, 52)), grain=40), Finish(linear(metal), grain=8, shine=70)]
    rows.append(Finish(linear(stream.pick(((92, 96, 98), (62, 82, 66), (128, 108, 92)))), grain=10, folds=10))
    return np.array([finish.row(stream.below(1 << 30)) for finish in rows], dtype=np.int64)
