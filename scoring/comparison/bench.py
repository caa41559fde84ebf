"""Measure intervals and comparisons at the size of AG-ReID2023: ``python -m scoring.comparison.bench``.

Both tracks: 8,499 queries of 808 identities. Values are drawn, since no cost depends on them.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np

from scoring.aggregation import Cells, aggregate
from scoring.annotations import SPLITS, Annotations
from scoring.answers import SCALE
from scoring.comparison.compile import compile_kernels
from scoring.comparison.entries import Entry, FloatArray
from scoring.comparison.sign_flip import compare
from scoring.comparison.slices import score_slices
from scoring.comparison.tiers import MAX_ENTRIES, sort_into_tiers
from scoring.measuring import Row, cost, show
from scoring.metrics import KERNEL_ROWS, values_of_queries
from scoring.metrics.definition import RANKINGS, Found
from scoring.protocol import Protocol
from scoring.sizes import AG_REID_2023, write_annotations
from scoring.truth import build_truth, new_outcome, sampled_units

PROTOCOL: Final = Protocol()
_MOST_SECONDS: Final = {"intervals": 0.1, "tiers": 2.0}


def rows() -> Iterator[Row]:
    """Measure and yield the lines of the table."""
    with tempfile.TemporaryDirectory(prefix="scoring-bench-") as folder:
        path = Path(folder) / "annotations.csv"
        write_annotations(path, AG_REID_2023)
        with path.open("rb") as file:
            annotations = Annotations.read(file)
    compile_kernels()
    entries = drawn_entries(annotations, MAX_ENTRIES)
    work: dict[str, Callable[[], object]] = {
        "intervals of all metrics, tracks and splits, 8,499 queries": intervals(annotations),
        f"tiers of {MAX_ENTRIES} entries, 9,999 resamples": lambda: sort_into_tiers(
            entries, annotations=annotations, protocol=PROTOCOL, metric="mAP", split="all"
        ),
        "difference of two entries, 9,999 patterns": lambda: compare(
            *entries[:2], annotations=annotations, protocol=PROTOCOL, metric="mAP", split="all"
        ),
        "slices of one entry by camera": lambda: score_slices(
            entries[0], annotations=annotations, protocol=PROTOCOL, columns=("camid",), metrics=("mAP",), split="all"
        ),
    }
    for name, call in work.items():
        spent = cost(call)
        yield Row(name, *spent[:2], None, spent.peak_bytes, most_seconds=_MOST_SECONDS.get(name.split()[0]))


def drawn_entries(annotations: Annotations, number: int) -> list[Entry]:
    """Return entries of falling quality whose queries are right or wrong by chance."""
    draw = np.random.default_rng(1)
    names = np.array([query for track in annotations.manifest.tracks for query in annotations.manifest.queries(track)])
    ones = np.ones(len(names), dtype=np.int64)
    entries = []
    for which in range(number):
        first = np.where(draw.random(len(names)) < 0.9 - 0.004 * which, 1, 5)
        columns = {
            "query_id": names,
            "valid": ones > 0,
            "relevant": ones,
            "found": ones,
            "first_match_rank": first,
            "last_match_rank": first,
            "ap": 1.0 / first,
            "inp": 1.0 / first,
        }
        entries.append(Entry(annotations.sha256, PROTOCOL.hash, columns))
    return entries


def intervals(annotations: Annotations) -> Callable[[], object]:
    """Return a call that sums up full rankings, as scoring does once they are read: two-role intervals of everything."""
    truth = build_truth(annotations, PROTOCOL, depth=None, two_roles=True)
    units = len(annotations.columns["cluster"].values)
    outcome = new_outcome(truth, cells=len(annotations.manifest.tracks) * len(SPLITS), units=units)
    draw = np.random.default_rng(2)
    outcome.first[:] = draw.integers(1, 6, len(outcome.first))
    outcome.average_precision[:] = draw.random(len(outcome.first))
    outcome.without[:] = draw.integers(-int(SCALE), 0, outcome.without.shape)
    outcome.everywhere[:] = len(outcome.first) // 8 * int(SCALE)
    valid = truth.relevant > 0
    cells = Cells(
        query_draw=np.zeros_like(truth.query_pid),
        tracks=annotations.manifest.tracks,
        query_track=truth.query_track,
        query_split=truth.query_cell % len(SPLITS),
        query_unit=truth.query_unit,
        query_pid=truth.query_pid,
        valid=valid,
        counted=valid,
        sampled=sampled_units(annotations, PROTOCOL),
    )
    values: dict[str, FloatArray] = values_of_queries(
        Found(
            family=RANKINGS,
            depth=None,
            relevant=truth.relevant,
            first=outcome.first,
            last=outcome.first,
            found=truth.relevant,
            average_precision=outcome.average_precision,
            inverse_negative_penalty=outcome.average_precision,
        )
    )
    return lambda: aggregate(cells, values, KERNEL_ROWS, outcome)


if __name__ == "__main__":
    sys.exit(show(rows()))
