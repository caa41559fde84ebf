"""Name the colours of skin, hair and garments and turn them into linear reflectance."""

from __future__ import annotations

from challenges.synth.exact import power_table
from challenges.synth.stream import Stream

Colour = tuple[int, int, int]
"""Linear reflectance of red, green and blue in 0 … FULL."""

FULL = 4095
_LINEAR = "2.2"

SKIN = {"light": (226, 183, 158), "medium": (184, 136, 106), "dark": (98, 66, 50)}
HAIR = {
    "black": (34, 30, 30),
    "brown": (80, 56, 40),
    "blonde": (190, 156, 98),
    "grey": (158, 156, 152),
    "red": (138, 66, 38),
}
CLOTH = {
    "black": (38, 38, 42),
    "white": (226, 226, 222),
    "grey": (128, 129, 132),
    "navy": (40, 48, 82),
    "denim": (76, 98, 134),
    "blue": (52, 96, 176),
    "red": (172, 38, 44),
    "beige": (190, 170, 136),
    "brown": (104, 74, 54),
    "green": (58, 102, 68),
    "olive": (96, 98, 62),
    "pink": (214, 138, 156),
    "yellow": (216, 182, 62),
    "purple": (104, 64, 128),
    "orange": (208, 108, 48),
    "teal": (40, 122, 128),
}


def linear(srgb: tuple[int, int, int]) -> Colour:
    """Return the linear reflectance of an 8-bit colour."""
    table = power_table(_LINEAR, 256, FULL)
    red, green, blue = (int(table[min(255, max(0, level))]) for level in srgb)
    return red, green, blue


def tinted(srgb: tuple[int, int, int], stream: Stream, *, spread: float) -> Colour:
    """Return the linear reflectance of a colour moved by a random lightness and tint of `spread` 8-bit levels."""
    shift = stream.normal(spread)
    moved = [level + round(shift + stream.normal(spread * 0.4)) for level in srgb]
    return linear((moved[0], moved[1], moved[2]))


def dimmed(colour: Colour, percent: int) -> Colour:
    """Return the colour at this percentage of its reflectance."""
    return (
        min(FULL, colour[0] * percent // 100),
        min(FULL, colour[1] * percent // 100),
        min(FULL, colour[2] * percent // 100),
    )
