"""Rank and score a drawn test set with the scorer's own kernels, in memory.

Every query's items up to its last match are sorted by (distance, position) and walk through the one door to a score,
`scoring.ranking.score_ranking`; what lies behind the last match changes no metric.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from scoring.aggregation import Cells, aggregate
from scoring.annotations import SPLITS
from scoring.answers import Job, Outcome, Truth, Workspace
from scoring.comparison import Entry
from scoring.metrics import KERNEL_ROWS
from scoring.native import kernel
from scoring.protocol import Protocol
from scoring.ranking import score_ranking
from scoring.result import Score
from scoring.truth import build_truth, new_job, sampled_units
from scoring.validation.population import TRACK, Embeddings, FloatArray, Sample

PROTOCOL: Final = Protocol()
METRICS: Final = ("rank-1", "mAP")


@dataclass(frozen=True)
class Scored:
    """Hold a system's scores on a test set by metric, with both intervals, and its entry for comparisons."""

    two_roles: dict[str, Score]
    query_role: dict[str, Score]
    entry: Entry


def score_embeddings(sample: Sample, embeddings: Embeddings) -> Scored:
    """Rank the gallery for every query by Euclidean distance, and score as for a submission of full rankings."""
    annotations = sample.annotations
    truth = build_truth(annotations, PROTOCOL, depth=None, two_roles=True)
    units = len(annotations.columns["cluster"].values)
    job = new_job(truth, cells=len(SPLITS), units=units, largest_gallery=annotations.manifest.n_gallery(TRACK))
    _rank_all(job.work, truth, job.outcome, embeddings.queries, np.ascontiguousarray(embeddings.gallery.T))
    values = {
        "rank-1": (job.outcome.first == 1).astype(np.float64),
        "mAP": job.outcome.average_precision,
    }
    return Scored(
        two_roles=_scores(sample, job, values, job.outcome),
        query_role=_scores(sample, job, values, None),
        entry=_entry(sample, job),
    )


def _scores(sample: Sample, job: Job, values: dict[str, FloatArray], outcome: Outcome | None) -> dict[str, Score]:
    valid = job.truth.relevant > 0
    cells = Cells(
        query_draw=np.zeros_like(job.truth.query_pid),
        tracks=(TRACK,),
        query_track=job.truth.query_track,
        query_split=job.truth.query_cell % len(SPLITS),
        query_unit=job.truth.query_unit,
        query_pid=job.truth.query_pid,
        valid=valid,
        counted=valid,
        sampled=sampled_units(sample.annotations, PROTOCOL),
    )
    scores, _ = aggregate(cells, values, KERNEL_ROWS, outcome)
    return {score.metric: score for score in scores if (score.split, score.track) == ("all", TRACK)}


def _entry(sample: Sample, job: Job) -> Entry:
    outcome = job.outcome
    columns = {
        "query_id": np.array(sample.annotations.manifest.queries(TRACK)),
        "valid": job.truth.relevant > 0,
        "relevant": job.truth.relevant,
        "found": outcome.found,
        "first_match_rank": outcome.first,
        "last_match_rank": outcome.last,
        "ap": outcome.average_precision,
        "inp": outcome.inverse_negative_penalty,
    }
    return Entry(sample.annotations.sha256, PROTOCOL.hash, columns)


@kernel
def _rank_all(work: Workspace, truth: Truth, outcome: Outcome, queries: FloatArray, gallery: FloatArray) -> None:
    """Score every query; the gallery has the shape (n_dimensions, n_items)."""
    distance = np.zeros(gallery.shape[1])
    for query in range(len(queries)):
        distance[:] = 0.0
        for dimension in range(len(gallery)):
            at, row = queries[query, dimension], gallery[dimension]
            for item in range(len(row)):
                apart = row[item] - at
                distance[item] += apart * apart
        pid, farthest = truth.query_pid[query], -1.0
        for item in range(len(distance)):
            if truth.gallery_pid[item] == pid and distance[item] > farthest:
                farthest = distance[item]
        near = np.flatnonzero(distance <= farthest)
        order = np.argsort(distance[near], kind="mergesort")
        for place in range(len(near)):
            work.order[place] = near[order[place]]
        score_ranking(work, len(near), query, truth, outcome)
