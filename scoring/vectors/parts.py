"""Say what every file of embeddings gives: ids and rows of vectors, role by role."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.formats.container import RefusedError

#: Half floats and floats, little-endian.
DTYPES = ("<f2", "<f4")
BLOCK_BYTES = 4 * 1024 * 1024
#: Longer vectors are nothing that a network makes; the bound keeps a header from claiming any amount of memory.
MAX_DIMENSIONS = 65_536
#: An id is at most 64 characters; text of fixed width may be padded.
MAX_TEXT_BYTES = 1024


class Part(NamedTuple):
    """Hold what a file has of one role.

    Attributes
    ----------
    ids : list of str
        In the order of the rows.
    dimensions : int
    dtype : str
        ``<f2`` or ``<f4``.
    blocks : callable
        Yields all rows in their order, float16 or float32 arrays of shape (rows, dimensions) that may be reused.
    """

    ids: list[str]
    dimensions: int
    dtype: str
    blocks: Callable[[], Iterator[npt.NDArray[Any]]]


#: The parts of a file, by role.
Parts = Mapping[str, Part]


def check_shape(shape: tuple[int, ...], ids: list[str], *, name: str) -> None:
    """Refuse vectors whose number is not that of their ids, or whose dimensions are beyond reason.

    Raises
    ------
    RefusedError
        With what was found.
    """
    if len(shape) != 2 or shape[0] != len(ids):
        mend = f"Write an array of {len(ids):,} rows, one for each of its ids."
        raise RefusedError("wrong_shape", name=name, found=shape, wanted=None, mend=mend)
    if not 1 <= shape[1] <= MAX_DIMENSIONS:
        mend = f"Write vectors of 1 to {MAX_DIMENSIONS:,} numbers."
        raise RefusedError("wrong_shape", name=name, found=shape, wanted=None, mend=mend)


def rows_of(
    fill: Callable[[memoryview], int], shape: tuple[int, ...], dtype: str, *, name: str
) -> Iterator[npt.NDArray[Any]]:
    """Yield the rows of an array from its bytes, block by block.

    Raises
    ------
    RefusedError
        When they end too early.
    """
    step = max(1, BLOCK_BYTES // (shape[1] * int(dtype[2])))
    block = np.zeros((min(step, shape[0]), shape[1]), dtype)
    for first in range(0, shape[0], step):
        rows = block[: min(step, shape[0] - first)]
        view = memoryview(rows.reshape(-1).view(np.uint8).data)
        if fill(view) < len(view):
            raise RefusedError("truncated_array", name=name)
        yield rows
