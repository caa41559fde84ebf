"""Describe what a cheat could look at instead of clothes: numbers of the picture, and the person's outline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FloatArray = NDArray[np.float64]

_OUTLINE_WIDTH, _OUTLINE_HEIGHT = 16, 32
_BLOCK = 8


def resized(pixels: NDArray[np.uint8], *, width: int, height: int) -> NDArray[np.uint8]:
    """Return a picture, uint8 (h, w, 3) or (h, w), at this size; Pillow's fixed point is the same on every machine."""
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR), dtype=np.uint8)


def statistics(pixels: NDArray[np.uint8]) -> FloatArray:
    """Return 20 numbers of an RGB picture that say nothing of where things are.

    Logarithms of height, width and aspect; mean, standard deviation and skew of each channel and of brightness; noise
    (median of the Laplacian, Immerkær 1996 in its robust form); energy of gradients both ways; steps at the borders of
    8 × 8 blocks relative to other steps; entropy of the differences of neighbours in bits, what a coder would need.
    """
    height, width = pixels.shape[:2]
    colour = pixels.astype(np.float64)
    grey = colour.mean(axis=2)
    planes = np.concatenate([colour.reshape(-1, 3), grey.reshape(-1, 1)], axis=1)
    means, spreads = planes.mean(axis=0), planes.std(axis=0)
    skews = (((planes - means) / (spreads + 1.0)) ** 3).mean(axis=0)
    down, across = np.diff(grey, axis=0), np.diff(grey, axis=1)
    centre = 4 * grey[1:-1, 1:-1] - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    noise = np.log(np.median(np.abs(centre)) + 0.5)
    energies = [np.log(np.abs(step).mean() + 0.5) for step in (down, across)]
    size = [np.log(height), np.log(width), np.log(height / width)]
    return np.array([*size, *means, *spreads, *skews, noise, *energies, _blockiness(across), _entropy(across)])


def _blockiness(across: FloatArray) -> float:
    """Return how much larger steps are at every eighth column than elsewhere, as a difference of logarithms."""
    at_border = np.arange(1, across.shape[1] + 1) % _BLOCK == 0
    if not at_border.any() or at_border.all():
        return 0.0
    steps = np.abs(across).mean(axis=0)
    return float(np.log(steps[at_border].mean() + 0.5) - np.log(steps[~at_border].mean() + 0.5))


def _entropy(across: FloatArray) -> float:
    counts = np.bincount(np.rint(across).astype(np.int64).reshape(-1) + 255)
    shares = counts[counts > 0] / across.size
    return float(-(shares * np.log2(shares)).sum())


def outline(mask: NDArray[np.uint8]) -> FloatArray:
    """Return what a silhouette tells: its shape in its own box, its profiles, and moments.

    Parameters
    ----------
    mask : uint8 (height, width), the share of each pixel that is the person, in 1/255.

    Returns
    -------
    float64: the mask in 32 × 16 cells of the person's box, the width of each row and the height of each column, and the
    logarithms of aspect, of filled share and of the seven moments of Hu (Visual pattern recognition by moment
    invariants, 1962). Zeros where nobody is seen.
    """
    rows, columns = np.flatnonzero(mask.max(axis=1) > 127), np.flatnonzero(mask.max(axis=0) > 127)
    size = _OUTLINE_HEIGHT * _OUTLINE_WIDTH + _OUTLINE_HEIGHT + _OUTLINE_WIDTH + 9
    if not len(rows) or not len(columns):
        return np.zeros(size)
    own = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    cells = resized(np.ascontiguousarray(own), width=_OUTLINE_WIDTH, height=_OUTLINE_HEIGHT) / 255.0
    shape = [np.log(own.shape[0] / own.shape[1]), np.log(own.mean() / 255.0)]
    return np.concatenate([cells.reshape(-1), cells.mean(axis=1), cells.mean(axis=0), shape, _moments(own / 255.0)])


def _moments(mass: FloatArray) -> FloatArray:
    """Return the signed logarithms of Hu's seven invariants."""
    y, x = np.mgrid[: mass.shape[0], : mass.shape[1]].astype(np.float64)
    area = mass.sum()
    x, y = x - (mass * x).sum() / area, y - (mass * y).sum() / area
    n20, n02, n11, n30, n03, n21, n12 = (
        (mass * x**p * y**q).sum() / area ** (1 + (p + q) / 2)
        for p, q in ((2, 0), (0, 2), (1, 1), (3, 0), (0, 3), (2, 1), (1, 2))
    )
    a, b = n30 + n12, n21 + n03
    c, d = n30 - 3 * n12, 3 * n21 - n03
    hu = [
        n20 + n02,
        (n20 - n02) ** 2 + 4 * n11**2,
        c**2 + d**2,
        a**2 + b**2,
        c * a * (a**2 - 3 * b**2) + d * b * (3 * a**2 - b**2),
        (n20 - n02) * (a**2 - b**2) + 4 * n11 * a * b,
        d * a * (a**2 - 3 * b**2) - c * b * (3 * a**2 - b**2),
    ]
    return np.array([np.sign(value) * np.log1p(abs(value) * 1e6) for value in hu])
