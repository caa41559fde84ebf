"""Compile the kernels of comparisons, for `python -m scoring.compile`: the real calls on a board of 20 people."""

from __future__ import annotations

import io

import numpy as np

from scoring.annotations import Annotations
from scoring.comparison.entries import Entry
from scoring.comparison.sign_flip import compare
from scoring.comparison.slices import score_slices
from scoring.comparison.tiers import sort_into_tiers
from scoring.intervals.wilson import MIN_IDENTITIES
from scoring.protocol import Protocol


def compile_kernels() -> None:
    """Compare, sort and slice two entries: kernels are compiled for the types they are called with."""
    people = range(MIN_IDENTITIES)
    rows = "".join(f"t,query,q{person},p{person},1\nt,gallery,g{person},p{person},2\n" for person in people)
    annotations = Annotations.read(io.BytesIO(f"track,role,image_id,pid,camid\n{rows}".encode()))
    protocol = Protocol()
    entries = [_entry(annotations, protocol, right) for right in (1, MIN_IDENTITIES // 2)]
    compare(*entries, annotations=annotations, protocol=protocol, metric="rank-1", split="all", replicates=1)
    sort_into_tiers(entries, annotations=annotations, protocol=protocol, metric="rank-1", split="all", resamples=1)
    score_slices(
        entries[0], annotations=annotations, protocol=protocol, columns=("camid",), metrics=("rank-1",), split="all"
    )


def _entry(annotations: Annotations, protocol: Protocol, right: int) -> Entry:
    names = np.array(annotations.manifest.queries("t"))
    columns = {
        "query_id": names,
        "valid": np.ones(len(names), dtype=np.bool_),
        "relevant": np.ones(len(names), dtype=np.int64),
        "right": np.arange(len(names)) < right,
    }
    return Entry(annotations.sha256, protocol.hash, columns)
