"""Share rows among threads: kernels hold no interpreter lock, and no row knows which thread computed it."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_R = TypeVar("_R")


def available() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))


def over_chunks(work: Callable[[int, int], _R], rows: int, *, size: int, threads: int | None) -> list[_R]:
    """Call `work(first, last)` for consecutive chunks of at most `size` rows; return the results in the order of rows."""
    chunks = [(first, min(first + size, rows)) for first in range(0, rows, size)]
    count = min(threads or available(), len(chunks))
    if count <= 1:
        return [work(*chunk) for chunk in chunks]
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda chunk: work(*chunk), chunks))
