"""Describe a person by where colours and edges are: a descriptor that learns nothing, in integer arithmetic.

The box is cut into overlapping stripes, for clothes differ from head to foot, and its middle counts more, for the person
is there. In each stripe three histograms are taken: chromaticity, brightness relative to the picture's, and direction of
edges. Square roots of histograms are compared by their squared difference (the Hellinger distance), exactly, so that the
ranking is the same on every machine.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 64, 128
STRIPES = 7
_CENTRES = tuple((2 * HEIGHT * (2 * stripe + 1)) // (2 * STRIPES) for stripe in range(STRIPES))
"""Of the stripes, in half rows."""
_CHROMA, _LIGHT, _EDGES = 9, 8, 8
_ROOT = 1 << 10
"""Roots of shares are rounded to 1/1024."""
_WEIGHTS = {"chroma": 10, "light": 6, "edges": 3}

Integers = NDArray[np.int64]


def describe(pixels: NDArray[np.uint8]) -> Integers:
    """Return the descriptor of an RGB picture of shape (HEIGHT, WIDTH, 3): int64, roots of shares times weights."""
    colour = pixels.astype(np.int64)
    window = _windows()
    parts = [
        _histogram(_chroma(colour), _CHROMA * _CHROMA, window) * _WEIGHTS["chroma"],
        _histogram(_light(colour), _LIGHT, window) * _WEIGHTS["light"],
        _histogram(_edges(colour), _EDGES, window) * _WEIGHTS["edges"],
    ]
    described: Integers = np.concatenate(parts, axis=1).reshape(-1)
    return described


def squared_distances(queries: Integers, gallery: Integers) -> Integers:
    """Return exact squared distances, int64 (n_query, n_gallery); smaller is more alike."""
    own = (queries * queries).sum(axis=1)[:, None] + (gallery * gallery).sum(axis=1)[None, :]
    # Products and sums stay below 2**53, where float64 is exact whatever the order of summation.
    cross = queries.astype(np.float64) @ gallery.astype(np.float64).T
    distances: Integers = own - 2 * cross.astype(np.int64)
    return distances


@cache
def _windows() -> Integers:
    """Return the weight of each pixel in each stripe, (stripes, height, width): tents over height and width."""
    rows = np.arange(HEIGHT, dtype=np.int64) * 2 + 1
    across = WIDTH - np.abs(np.arange(WIDTH, dtype=np.int64) * 2 + 1 - WIDTH)
    reach = 2 * HEIGHT // STRIPES
    tents = np.stack([np.maximum(0, reach - np.abs(rows - centre)) for centre in _CENTRES])
    windows: Integers = tents[:, :, None] * (across * across)[None, None, :]
    return windows


def _chroma(colour: Integers) -> list[tuple[Integers, Integers]]:
    """Return soft bins of red against green and of blue against both, relative to brightness."""
    balanced = _balanced(colour)
    total = balanced.sum(axis=2) + 48  # Near black the quotient would be noise.
    red = (balanced[:, :, 0] - balanced[:, :, 1]) * 4096 // total
    blue = (2 * balanced[:, :, 2] - balanced[:, :, 0] - balanced[:, :, 1]) * 2048 // total
    across, down = _soft(red + 1000, 2000, _CHROMA), _soft(blue + 1000, 2000, _CHROMA)
    return [(a * _CHROMA + b, u * v >> 8) for a, u in across for b, v in down]


def _balanced(colour: Integers) -> Integers:
    """Return the picture with half of the border's colour cast taken out: what lies round people is mostly grey."""
    border = np.concatenate([colour[:, :6].reshape(-1, 3), colour[:, -6:].reshape(-1, 3)])
    means = border.sum(axis=0) // len(border) + 32
    level = int(means.sum()) // 3
    balanced: Integers = colour * (level + means)[None, None, :] // (2 * means)[None, None, :]
    return balanced


def _light(colour: Integers) -> list[tuple[Integers, Integers]]:
    """Return soft bins of brightness relative to the picture's mean."""
    grey = colour.sum(axis=2)
    mean = int(grey.sum()) // grey.size + 1
    return _soft(np.minimum(grey * 1000 // mean, 2200), 2200, _LIGHT)


def _edges(colour: Integers) -> list[tuple[Integers, Integers]]:
    """Return the direction of the steepest change (eight octants), weighted by its size."""
    grey = colour.sum(axis=2)
    right, down = np.zeros_like(grey), np.zeros_like(grey)
    right[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    down[1:-1] = grey[2:] - grey[:-2]
    octant = (right < 0) * 4 + (down < 0) * 2 + (np.abs(right) < np.abs(down))
    return [(octant.astype(np.int64), np.abs(right) + np.abs(down) + 1)]


def _soft(values: Integers, span: int, bins: int) -> list[tuple[Integers, Integers]]:
    """Return the two nearest of `bins` bins over [0, span] for each value with weights that sum to 256."""
    place = np.clip(values, 0, span) * (bins - 1) * 256 // span
    low = np.minimum(place >> 8, bins - 2)
    part = place - (low << 8)
    return [(low, 256 - part), (low + 1, part)]


def _histogram(soft: list[tuple[Integers, Integers]], bins: int, window: Integers) -> Integers:
    """Return roots of the shares of each bin in each stripe, int64 (stripes, bins) in 1/_ROOT."""
    counts = np.zeros((len(window), bins), dtype=np.int64)
    for stripe, shares in enumerate(window):
        inside = slice(*_rows_of(stripe))
        for index, weight in soft:
            # Weighted counts are integers below 2**53, so their float64 sums are exact.
            weights = (shares[inside] * weight[inside]).reshape(-1)
            counts[stripe] += np.bincount(index[inside].reshape(-1), weights, bins).astype(np.int64)
    total = np.maximum(1, counts.sum(axis=1, keepdims=True))
    roots: Integers = np.sqrt(counts / total * _ROOT * _ROOT).astype(np.int64)
    return roots


def _rows_of(stripe: int) -> tuple[int, int]:
    """Return the first row of a stripe and the one after its last: beyond them its weights are 0."""
    centre, reach = _CENTRES[stripe], 2 * HEIGHT // STRIPES
    return max(0, (centre - reach) // 2), min(HEIGHT, (centre + reach) // 2 + 1)
