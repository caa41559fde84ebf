"""Say how many threads a product may take: where several threads multiply at once, each takes one.

Threads of a BLAS library wait by spinning, so they are in the way of whoever else could work. What is multiplied does not
depend on it: no byte of a product reaches a result.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np

_PREFIX: Final = "scipy_openblas_"
_LOCK: Final = Lock()
#: How many ask for single threads now, and what the number was before the first of them.
_state: Final = {"users": 0, "before": 0}


@cache
def _library() -> Any:
    """Return the OpenBLAS that numpy's wheels bring; None where numpy has another, or it cannot be opened."""
    for path in (Path(np.__file__).parents[1] / "numpy.libs").glob(f"lib{_PREFIX.rstrip('_')}*"):
        try:
            library = ctypes.CDLL(str(path))
        except OSError:
            continue
        if hasattr(library, f"{_PREFIX}set_num_threads64_"):
            return library
    return None


def product_threads() -> int:
    """Return how many threads a product takes; 0 where the library does not say."""
    library = _library()
    return int(library.scipy_openblas_get_num_threads64_()) if library is not None else 0


@contextmanager
def one_thread_each(workers: int) -> Iterator[None]:
    """Let every product inside take one thread where several threads multiply; afterwards it takes as many as before."""
    library = _library()
    if workers < 2 or library is None:
        yield
        return
    with _LOCK:
        if _state["users"] == 0:
            _state["before"] = product_threads()
            library.scipy_openblas_set_num_threads64_(1)
        _state["users"] += 1
    try:
        yield
    finally:
        with _LOCK:
            _state["users"] -= 1
            if _state["users"] == 0:
                library.scipy_openblas_set_num_threads64_(_state["before"])
