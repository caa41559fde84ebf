"""Read files that hold one answer per line: labels and rankings."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from scoring.formats.container import Received
from scoring.formats.problems import Context, report
from scoring.formats.reading import Reading, Target
from scoring.formats.rows import LABELS, RANKING, Shape, Tables
from scoring.formats.team import threads
from scoring.formats.tokens import build_table
from scoring.ranking import Job
from scoring.report import Report
from scoring.truth import add_up, copies


def read_rows(received: Received, context: Context, *, cut: int | None, job: Job, labels: Iterable[str]) -> Report:
    """Read a file of lines; see `scoring.submission.read_submission`.

    Raises
    ------
    RefusedError
        When reading cannot go on.
    """
    manifest, described = context.manifest, context.submission_format
    names = [query for track in manifest.tracks for query in manifest.queries(track)]
    is_labels = described.kind == "labels"
    values = [list(labels)] if is_labels else [manifest.gallery(track) for track in manifest.tracks]
    counts = [len(manifest.queries(track)) for track in manifest.tracks]
    tables = Tables(build_table([names]), build_table(values), np.repeat(np.arange(len(counts)), counts))
    shape = Shape(
        kind=LABELS if is_labels else RANKING,
        columns=len(described.columns),
        query_column=0,
        value_column=1,
        depth=described.depth or 0,
        cut=cut or 0,
        tracks=len(counts),
        check_labels=int(context.gallery_identities is not None),
    )
    jobs = copies(job, threads())
    findings = Reading(received, Target(shape, tables, jobs), described.columns, context.limits).read()
    add_up(jobs)
    return report(findings, context, received)
