"""Leave the traces of a block coder in a picture: an integer cosine transform of 8 × 8 blocks, quantised."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from challenges.synth.exact import cosine, nearest
from challenges.synth.native import Whole, kernel


def _basis() -> NDArray[np.int64]:
    rows = [[cosine((2 * x + 1) * k / 32) * (0.5 if k else 0.3535533905932738) for x in range(8)] for k in range(8)]
    return np.array([[nearest(value * 4096) for value in row] for row in rows], dtype=np.int64)


_BASIS = _basis()


def coded(image: NDArray[np.int64], step: int) -> NDArray[np.int64]:
    """Return the picture (1/16 levels) after coding with `step` levels for the lowest frequency, more for high ones.

    Luma and two colour differences are coded; the differences at three times the step, as the eye allows.
    """
    return _coded(image.astype(np.int64), _BASIS, step * 16)


@kernel
def _coded(image: NDArray[np.int64], basis: NDArray[np.int64], step: Whole) -> NDArray[np.int64]:
    height, width = image.shape[0], image.shape[1]
    out = np.empty((height, width, 3), np.int64)
    planes = np.empty((3, 8, 8), np.int64)
    for top in range(0, height, 8):
        for left in range(0, width, 8):
            for y in range(8):
                for x in range(8):
                    pixel = image[min(height - 1, top + y), min(width - 1, left + x)]
                    planes[0, y, x] = (pixel[0] + 2 * pixel[1] + pixel[2]) >> 2
                    planes[1, y, x] = pixel[0] - pixel[1]
                    planes[2, y, x] = pixel[2] - pixel[1]
            for plane in range(3):
                _quantised(planes[plane], basis, step if plane == 0 else 3 * step)
            for y in range(min(8, height - top)):
                for x in range(min(8, width - left)):
                    green = planes[0, y, x] - ((planes[1, y, x] + planes[2, y, x]) >> 2)
                    out[top + y, left + x, 0] = planes[1, y, x] + green
                    out[top + y, left + x, 1] = green
                    out[top + y, left + x, 2] = planes[2, y, x] + green
    return out


@kernel
def _quantised(block: NDArray[np.int64], basis: NDArray[np.int64], step: Whole) -> None:
    """Transform, round each coefficient to its step and transform back, in place."""
    half, wave = np.empty((8, 8), np.int64), basis.T
    _multiplied(block, wave, half, 6)
    _multiplied(basis, half, block, 18)
    for a in range(8):
        for b in range(8):
            size = step * (8 + 3 * (a + b)) >> 3
            block[a, b] = (block[a, b] + size // 2) // size * size
    _multiplied(block, basis, half, 6)
    _multiplied(wave, half, block, 18)


@kernel
def _multiplied(first: NDArray[np.int64], second: NDArray[np.int64], out: NDArray[np.int64], shift: Whole) -> None:
    """Set `out` to the matrix product, shifted right; a library's product need not be exact for integers."""
    for a in range(8):
        for b in range(8):
            total = np.int64(0)
            for k in range(8):
                total += first[a, k] * second[k, b]
            out[a, b] = total >> shift
