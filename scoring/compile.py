"""Compile all kernels into the cache, once at installation: ``python -m scoring.compile``.

Kernels are compiled for the types they are called with, so this runs the real calls on a test set of three images.
"""

from __future__ import annotations

import io
import sys
from typing import Final

from scoring.annotations import Annotations
from scoring.comparison import compile as comparison
from scoring.evaluation import evaluate
from scoring.formats.description import SubmissionFormat
from scoring.native import FAMILY
from scoring.protocol import Protocol
from scoring.reranking import compile as reranking
from scoring.submission import check
from scoring.vectors import compile as vectors

_ANNOTATIONS: Final = (
    b"track,role,image_id,pid,camid,draws,tracklet\nt,query,q,a,1,,\nt,gallery,g,a,2,1,x\nt,gallery,h,b,2,1,\n"
)
_RANKING: Final = b"query_id,gallery_ids\nq,g h\n"
_LABELS: Final = b"image_id,person_id\nq,a\n"
_DRAWS: Final = (Protocol(draw="resplit"), Protocol(draw="per_query"), Protocol(image_to_track=True))
_LINES: Final = b"g h\n"
_JSON: Final = b'{"reid_result":[{"query_id":"q","ans_ids":["g","h"]}]}'
_RUN: Final = b"q Q0 g 1 2 tag\nq Q0 h 2 1 tag\n"
_FILES: Final = {
    "ranking": _RANKING,
    "labels": _LABELS,
    "ranking_lines": _LINES,
    "run": _RUN,
    "ranking_json": _JSON,
}


def compile_kernels() -> None:
    """Make every call that a check, an evaluation or a comparison makes."""
    annotations = Annotations.read(io.BytesIO(_ANNOTATIONS))
    for kind, content in _FILES.items():
        described = SubmissionFormat(kind=kind)
        check(
            io.BytesIO(content),
            manifest=annotations.manifest,
            submission_format=described,
            protocol=Protocol(),
            gallery_identities=annotations.identities,
        )
        drawn = _DRAWS if kind == "ranking" else ()
        for protocol in (Protocol(), Protocol(junk=(("camid",),)), *drawn):
            evaluate(io.BytesIO(content), annotations=annotations, submission_format=described, protocol=protocol)
    comparison.compile_kernels()


def main() -> int:
    """Compile, say what was done, and return the exit status."""
    compile_kernels()
    reranking.compile_kernels()
    vectors.compile_kernels()
    for family in (FAMILY, reranking.FAMILY, vectors.FAMILY):
        compiled = [name for name, kernel in family.kernels.items() if kernel.signatures]
        sys.stdout.write(f"{len(compiled)} kernels ready, {family.cache_misses()} compiled now, in {family.cache}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
