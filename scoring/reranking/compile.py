"""Compile the kernels of re-ranking into their cache, once at installation; `python -m scoring.compile` calls it."""

from __future__ import annotations

from typing import Final

import numpy as np

from scoring.reranking.expansion import augment_gallery, expand_queries
from scoring.reranking.jaccard import jaccard_graph
from scoring.reranking.native import FAMILY
from scoring.reranking.propagation import propagate
from scoring.reranking.reranked import rerank
from scoring.reranking.variants import ZHONG_PAPER, ZHONG_PYTHON

__all__ = ["FAMILY", "compile_kernels"]

_QUERIES: Final = np.array([[1.0, 0.0]])
_GALLERY: Final = np.array([[1.0, 1.0], [0.0, 1.0]])


def compile_kernels() -> None:
    """Make every call of the package on three images: kernels are compiled for the types they are called with."""
    for settings in (ZHONG_PYTHON, ZHONG_PAPER):
        rerank(_QUERIES, _GALLERY, settings=settings).matrix()
    propagate(_QUERIES, _GALLERY).matrix()
    jaccard_graph(_GALLERY)
    expand_queries(_QUERIES, _GALLERY)
    augment_gallery(_GALLERY)
