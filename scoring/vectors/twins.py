"""Count vectors that are equal to another one."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

#: Numbers of each vector that are compared first.
_FEW: Final = 16


def count_twins(values: npt.NDArray[Any]) -> int:
    """Return how many rows equal another row, bit for bit.

    Parameters
    ----------
    values : array of shape (n, d), C order
    """
    suspects = np.arange(len(values))
    step = max(1, values.shape[1] // _FEW)
    # Most vectors differ in a few numbers already; those that do not are compared in full.
    suspects = suspects[_is_repeated(np.ascontiguousarray(values[:, ::step]))]
    digests = np.array([hash(values[row].tobytes()) for row in suspects.tolist()], np.int64)
    return int(_is_repeated(digests[:, None]).sum()) if len(suspects) else 0


def _is_repeated(rows: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Mark rows that occur more than once."""
    whole = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).reshape(-1)
    _, inverse, counts = np.unique(whole, return_inverse=True, return_counts=True)
    repeated: npt.NDArray[np.bool_] = counts[inverse.reshape(-1)] > 1
    return repeated
