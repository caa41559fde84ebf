"""List what lies below a limit in a row: a first look at many numbers at once, a second at the few strips that hold some."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from scoring.vectors.native import inlined, kernel

IndexArray = npt.NDArray[np.int32]
SingleArray = npt.NDArray[np.float32]
#: A row of distances: float32 or float64.
DistanceArray = npt.NDArray[Any]

_STRIP: Final = 32


@inlined
def _hits(strip: DistanceArray, limit: float) -> int:
    """Count distances up to a limit."""
    hits: Any = np.int32(0)  # as wide as a distance, so that lanes stay whole
    for column in range(len(strip)):
        hits += np.int32(strip[column] <= limit)
    return int(hits)


@kernel
def list_near(row: DistanceArray, limit: float, items: IndexArray) -> int:
    """Write the items whose distance is not above a limit, in the order of the gallery; return their number."""
    count = 0
    for begin in range(0, len(row), _STRIP):
        # Slices from 0: only for them does the compiler use several lanes.
        strip = row[begin : begin + _STRIP]
        if _hits(strip, limit) > 0:
            for column in range(len(strip)):
                items[count] = begin + column
                count += strip[column] <= limit
    return count


@inlined
def _key_hits(strip: SingleArray, scales: SingleArray, offsets: SingleArray, limit: float) -> int:
    """Count keys up to a limit."""
    hits: Any = np.int32(0)  # as wide as a key, so that lanes stay whole
    for column in range(len(strip)):
        hits += np.int32(offsets[column] - strip[column] * scales[column] <= limit)
    return int(hits)


@kernel
def list_near_keys(
    products: SingleArray,
    all_scales: SingleArray,
    all_offsets: SingleArray,
    most: float,
    found: tuple[IndexArray, SingleArray],
) -> int:
    """Write the items whose key, offset - product × scale, is not above a limit, and the keys; return their number.

    Parameters
    ----------
    found : int32 array and float32 array
        Both longer than the row by one, since a key is written before it is known whether it is kept.
    """
    items, keys = found
    limit: Any = np.float32(most)  # as wide as a key
    count = 0
    for begin in range(0, len(products), _STRIP):
        end = min(begin + _STRIP, len(products))
        strip, scales, offsets = products[begin:end], all_scales[begin:end], all_offsets[begin:end]
        if _key_hits(strip, scales, offsets, limit) > 0:
            for column in range(len(strip)):
                key = offsets[column] - strip[column] * scales[column]
                items[count], keys[count] = begin + column, key
                count += key <= limit
    return count
