"""Take a picture apart: what may be seen of it without the thing that is to be found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Layers:
    """Hold the pixels of a picture without the thing and its shadow, and where the thing is seen.

    `background` is uint8 (height, width, 3); `mask` is uint8 (height, width), the share of each pixel in 1/255.
    """

    background: NDArray[np.uint8]
    mask: NDArray[np.uint8]


def shares(seen: NDArray[np.bool_], samples: int) -> NDArray[np.uint8]:
    """Return the mask of pixels that have `samples` marked or unmarked samples each way."""
    rows, columns = (length // samples for length in seen.shape)
    cells = seen.reshape(rows, samples, columns, samples)
    mask: NDArray[np.uint8] = (cells.sum(axis=(1, 3)) * 255 // samples**2).astype(np.uint8)
    return mask
