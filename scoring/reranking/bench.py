"""Measure re-ranking at the size of AG-ReID2023, as ratios inside one run: ``python -m scoring.reranking.bench``.

The yardstick is the bare product of the same embeddings with themselves, in seconds of the processors. Memory includes
the embeddings.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from scoring.measuring import Row, cost, show
from scoring.reranking.compile import compile_kernels
from scoring.reranking.jaccard import jaccard_graph
from scoring.reranking.propagation import propagate
from scoring.reranking.reranked import Reranked, rerank
from scoring.reranking.variants import VARIANTS
from scoring.reranking.vectors import SingleArray
from scoring.sizes import AG_REID_2023, IDENTITIES

_DIMENSIONS: Final = 512
_NOISE: Final = 1.3
_TILE: Final = 2048
_DEPTH: Final = 100
#: The whole of a re-ranking: what must be done in so many seconds.
_WHOLE: Final = "zhong_python: top"
_MOST_SECONDS: Final = 12.0


def rows() -> Iterator[Row]:
    """Measure and yield the lines of the table."""
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
    yardstick = 0.0
    for name, call in work.items():
        spent = cost(call)
        yardstick = yardstick or spent.processor_seconds
        yield Row(
            name,
            *spent[:2],
            spent.processor_seconds / yardstick,
            spent.peak_bytes,
            most_seconds=_MOST_SECONDS if name.startswith(_WHOLE) else None,
        )


def clustered_embeddings() -> tuple[SingleArray, SingleArray]:
    """Return query and gallery embeddings, one cluster for each identity."""
    size, generator = AG_REID_2023[0], np.random.default_rng(1)
    centres = generator.standard_normal((IDENTITIES, _DIMENSIONS), dtype=np.float32)
    sets = []
    for count in (size.queries, size.gallery):
        noise = generator.standard_normal((count, _DIMENSIONS), dtype=np.float32)
        sets.append(centres[generator.integers(0, IDENTITIES, count)] + np.float32(_NOISE) * noise)
    return sets[0], sets[1]


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
    sys.exit(show(rows()))
