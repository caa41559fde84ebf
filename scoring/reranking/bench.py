"""Measure re-ranking at the size of AG-ReID2023, as ratios inside one run: ``python -m scoring.reranking.bench``.

The yardstick is the bare product of the same embeddings with themselves. Seconds are given by the clock and of the
processors. On a machine with other work only the latter mean anything, and only with OPENBLAS_NUM_THREADS=1, since
threads of that library spin while they wait. Memory is the peak of RssAnon + RssShmem, the embeddings included.
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from scoring.reranking.compile import compile_kernels
from scoring.reranking.jaccard import jaccard_graph
from scoring.reranking.propagation import propagate
from scoring.reranking.reranked import Reranked, rerank
from scoring.reranking.variants import VARIANTS
from scoring.reranking.vectors import SingleArray
from scoring.sizes import AG_REID_2023, IDENTITIES

_REPEATS: Final = 3
_DIMENSIONS: Final = 512
_NOISE: Final = 1.3
_TILE: Final = 2048
_DEPTH: Final = 100
_MEBIBYTE: Final = 1024 * 1024
_SAMPLE_SECONDS: Final = 0.01


class Cost(NamedTuple):
    """Hold what one call took: seconds by the clock, seconds of all processors, and peak bytes of the process."""

    seconds: float
    processor_seconds: float
    peak_bytes: int


def main() -> int:
    """Measure, print the table, and return the exit status."""
    for line in measure():
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return 0


def measure() -> Iterator[str]:
    """Yield the lines of the table."""
    queries, gallery = clustered_embeddings()
    compile_kernels()
    work: dict[str, Callable[[], object]] = {
        f"bare float32 product, {len(queries) + len(gallery):,} squared": lambda: _product(queries, gallery),
        f"zhong_python: top {_DEPTH}": lambda: _rankings(rerank(queries, gallery)),
        f"fast_reid: top {_DEPTH}": lambda: _rankings(rerank(queries, gallery, settings=VARIANTS["fast_reid"])),
        "zhong_python: dense matrix": lambda: rerank(queries, gallery).matrix(),
        f"graph propagation: top {_DEPTH}": lambda: _rankings(propagate(queries, gallery)),
        "Jaccard graph to 0.6, all pairs": lambda: jaccard_graph(np.concatenate([queries, gallery])),
    }
    yield f"{'work':<40} {'seconds':>8} {'CPU seconds':>12} {'CPU ratio':>10} {'peak memory':>12}"
    yardstick = 0.0
    for name, call in work.items():
        spent = cost(call)
        yardstick = yardstick or spent.processor_seconds
        ratio, peak = spent.processor_seconds / yardstick, f"{spent.peak_bytes / _MEBIBYTE:.0f} MiB"
        yield f"{name:<40} {spent.seconds:>8.1f} {spent.processor_seconds:>12.1f} {ratio:>10.2f} {peak:>12}"


def clustered_embeddings() -> tuple[SingleArray, SingleArray]:
    """Return query and gallery embeddings, one cluster for each identity."""
    size, generator = AG_REID_2023[0], np.random.default_rng(1)
    centres = generator.standard_normal((IDENTITIES, _DIMENSIONS), dtype=np.float32)
    sets = []
    for count in (size.queries, size.gallery):
        noise = generator.standard_normal((count, _DIMENSIONS), dtype=np.float32)
        sets.append(centres[generator.integers(0, IDENTITIES, count)] + np.float32(_NOISE) * noise)
    return sets[0], sets[1]


def cost(work: Callable[[], object], *, repeats: int = _REPEATS) -> Cost:
    """Return the medians of several calls, and the highest peak."""
    costs = [_once(work) for _ in range(repeats)]
    return Cost(
        statistics.median(one.seconds for one in costs),
        statistics.median(one.processor_seconds for one in costs),
        max(one.peak_bytes for one in costs),
    )


def _once(work: Callable[[], object]) -> Cost:
    done, peaks = threading.Event(), [resident_bytes()]

    def watch() -> None:
        while not done.wait(_SAMPLE_SECONDS):
            peaks.append(resident_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    start, processor_start = time.perf_counter(), time.process_time()
    try:
        work()
    finally:
        spent = time.perf_counter() - start, time.process_time() - processor_start
        done.set()
        watcher.join()
    return Cost(*spent, max(peaks))


def resident_bytes() -> int:
    """Return RssAnon + RssShmem of this process: a mapped file is not memory."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return sum(int(lines[name].split()[0]) * 1024 for name in ("RssAnon", "RssShmem"))


def _product(queries: SingleArray, gallery: SingleArray) -> None:
    """Multiply all pairs of images tile by tile, and keep nothing."""
    images = np.concatenate([queries, gallery])
    out = np.empty((_TILE, _TILE), np.float32)
    for first in range(0, len(images), _TILE):
        left = images[first : first + _TILE]
        for start in range(0, len(images), _TILE):
            right = images[start : start + _TILE]
            np.matmul(left, right.T, out=out[: len(left), : len(right)])


def _rankings(found: Reranked) -> None:
    for _ in found.rankings(depth=_DEPTH):
        pass


if __name__ == "__main__":
    sys.exit(main())
