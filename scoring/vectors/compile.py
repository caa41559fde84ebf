"""Compile the kernels of this package into their cache, once at installation; `python -m scoring.compile` calls it."""

from __future__ import annotations

import io
from typing import Final

import numpy as np

from scoring.annotations import Annotations
from scoring.evaluation import evaluate
from scoring.formats.description import SubmissionFormat
from scoring.protocol import Protocol
from scoring.vectors.impostors import new_near
from scoring.vectors.native import FAMILY
from scoring.vectors.prepared import Pair, prepare
from scoring.vectors.settling import make_exact
from scoring.vectors.writing import Embeddings, write_npz

__all__ = ["FAMILY", "compile_kernels"]

_MATRIX: Final = b",g,h\nq,0.5,0.25\n"
_ANNOTATIONS: Final = b"track,role,image_id,pid,camid\nt,query,q,a,1\nt,gallery,g,a,2\nt,gallery,h,b,2\n"


def _embed(annotations: Annotations, described: SubmissionFormat) -> None:
    content, vectors = io.BytesIO(), np.array([[1.0, 0.5], [0.25, 1.0]], np.float32)
    write_npz(content, Embeddings(["q"], vectors[:1], ["g", "h"], vectors))
    for junk in (("pid", "camid"),), (("camid",),):
        content.seek(0)
        evaluate(content, annotations=annotations, submission_format=described, protocol=Protocol(junk=junk))


def _settle() -> None:
    """Make exact what so few images would not ask for."""
    vectors = np.ones((2, 2), np.float32)
    pair = Pair(*prepare(vectors, vectors.copy(), metric="cosine"), 0)
    make_exact(new_near(1, 1, np.zeros(1)), 0, 0.0, 0.0, pair, 0.0)


def compile_kernels() -> None:
    """Make every call of the package on three images: kernels are compiled for the types they are called with."""
    _settle()
    annotations = Annotations.read(io.BytesIO(_ANNOTATIONS))
    for metric in ("cosine", "euclidean"):
        _embed(annotations, SubmissionFormat(kind="embeddings", metric=metric))
    files = [_MATRIX]
    for dtype in (np.float32, np.float64):
        content = io.BytesIO()
        np.save(content, np.array([[0.5, 0.25]], dtype))
        files.append(content.getvalue())
    for file in files:
        for junk in (("pid", "camid"),), (("camid",),):
            evaluate(
                io.BytesIO(file),
                annotations=annotations,
                submission_format=SubmissionFormat(kind="distances"),
                protocol=Protocol(junk=junk),
            )
