"""Lay pictures out on a labelled sheet, so that a person can judge them wide and close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

_PAPER, _INK = (250, 250, 248), (30, 30, 34)
_LINE, _GAP = 14, 8


@dataclass(frozen=True)
class Cell:
    """Hold one picture, uint8 (height, width, 3), and what is said below it."""

    label: str
    pixels: NDArray[np.uint8]


@dataclass(frozen=True)
class Strip:
    """Hold a row of pictures under one title."""

    title: str
    cells: tuple[Cell, ...]


def write_sheet(path: Path, strips: Sequence[Strip], *, height: int, note: str) -> None:
    """Write the strips below each other as a PNG file.

    Parameters
    ----------
    height : of a picture in pixels; pictures are shown at the largest whole multiple of their size that fits, larger ones
        shrunk, so that no pixel is invented.
    note : one line at the foot.
    """
    placed = [(strip, [(cell, _fitted(cell.pixels, height)) for cell in strip.cells]) for strip in strips]
    widths = [sum(max(image.width, 6 * len(cell.label)) + _GAP for cell, image in cells) for _, cells in placed]
    tall = height + 2 * _LINE + 2 * _GAP
    sheet = Image.new("RGB", (max([*widths, 6 * len(note)]) + _GAP, tall * len(placed) + _LINE + _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for number, (strip, cells) in enumerate(placed):
        top, left = number * tall + _GAP, _GAP
        draw.text((left, top), strip.title, fill=_INK)
        for cell, image in cells:
            sheet.paste(image, (left, top + _LINE + height - image.height))
            draw.text((left, top + _LINE + height), cell.label, fill=_INK)
            left += max(image.width, 6 * len(cell.label)) + _GAP
    draw.text((_GAP, tall * len(placed)), note, fill=_INK)
    sheet.save(path, format="PNG")


def _fitted(pixels: NDArray[np.uint8], height: int) -> Image.Image:
    image = Image.fromarray(pixels)
    if image.height > height:
        return image.resize((max(1, image.width * height // image.height), height), Image.Resampling.LANCZOS)
    times = height // image.height
    return image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
