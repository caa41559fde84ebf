"""Render a test part and describe every image in every way that the audit asks about; no picture is kept."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from challenges.audit import colour_texture
from challenges.audit.cues import outline, resized, statistics
from challenges.audit.subject import Subject
from challenges.synth.populations import Item, Row

COLOUR, BACKGROUND, STATISTICS, OUTLINE = "colour", "background", "statistics", "outline"
_CHUNK = 48
"""Images described by a worker before it reports."""

Progress = Callable[[int, int], None]
"""Called with the number of images done and to be done."""
Sight = tuple[Row, dict[str, NDArray[Any]]]
"""An image's row of the annotations and its descriptors by name."""


@dataclass(frozen=True)
class TestSet:
    """Hold a test part as numbers: a row of the annotations and descriptors for every image.

    `rows` are those of the release's hidden annotations, in its order; `described` maps the name of a descriptor to an
    array (n_images, n_values); `subject` says what is asked.
    """

    __test__ = False  # pytest would take the name for that of a test

    rows: tuple[Mapping[str, str], ...]
    described: Mapping[str, NDArray[Any]]
    subject: Subject

    def column(self, name: str) -> NDArray[np.str_]:
        """Return one column of the annotations, text."""
        return np.array([row[name] for row in self.rows])

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return one column of the annotations as numbers."""
        return self.column(name).astype(np.float64)

    def sides(self) -> NDArray[np.str_]:
        """Return the side from which each image is seen."""
        return np.array([self.subject.side_of(row["camid"]) for row in self.rows])


def see(items: Sequence[Item], subject: Subject, *, workers: int = 1, progress: Progress | None = None) -> TestSet:
    """Render the items and return them as a test set; the result does not depend on the number of workers."""
    sights: list[Sight] = []
    chunks = [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
    for part in _described(chunks, workers):
        sights += part
        if progress is not None:
            progress(len(sights), len(items))
    names = sights[0][1].keys()
    return TestSet(
        tuple(row for row, _ in sights),
        {name: np.stack([described[name] for _, described in sights]) for name in names},
        subject,
    )


def _described(chunks: Sequence[Sequence[Item]], workers: int) -> Iterator[list[Sight]]:
    if workers == 1:
        yield from map(_sights, chunks)
        return
    # Spawned, not forked: the parent may run threads of the scorer.
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_sights, chunks)


def _sights(items: Sequence[Item]) -> list[Sight]:
    return [_sight(item) for item in items]


def _sight(item: Item) -> Sight:
    pixels, row, layers = item.layers()
    described: dict[str, NDArray[Any]] = {
        COLOUR: colour_and_texture(pixels),
        BACKGROUND: colour_and_texture(layers.background),
        STATISTICS: statistics(pixels),
        OUTLINE: outline(layers.mask),
    }
    return row, described


def colour_and_texture(pixels: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Return the descriptor of `colour_texture` of a picture of any size; its values fit 16 bits."""
    small = resized(pixels, width=colour_texture.WIDTH, height=colour_texture.HEIGHT)
    return colour_texture.describe(small).astype(np.int16)
