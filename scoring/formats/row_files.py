"""Read files that hold one answer per line: labels and rankings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from scoring.formats.container import Received, open_source, open_tracks
from scoring.formats.context import Context
from scoring.formats.description import SubmissionFormat
from scoring.formats.notes import JSON, LABELS, LINES, RANKING, RUN, Shape, Tables
from scoring.formats.problems import merged, report
from scoring.formats.reading import Findings, Reading, Target
from scoring.formats.team import threads
from scoring.formats.tokens import build_table
from scoring.manifest import Manifest
from scoring.ranking import Job
from scoring.report import Report
from scoring.truth import add_up, copies

_KINDS = {"labels": LABELS, "ranking": RANKING, "ranking_lines": LINES, "run": RUN, "ranking_json": JSON}


def read_rows(received: Received, context: Context, *, cut: int | None, job: Job, labels: Iterable[str]) -> Report:
    """Read a file whose lines name their queries; see `scoring.submission.read_submission`.

    Raises
    ------
    RefusedError
        When reading cannot go on.
    """
    target = row_target(context, cut=cut, job=job, labels=labels)
    findings = Reading(open_source(received), target, context.limits).read()
    add_up(target.jobs)
    return report(findings, context, received)


def read_lines(received: Received, context: Context, *, cut: int | None, job: Job, labels: Iterable[str]) -> Report:
    """Read a file whose line i answers query i of its track, or a zip of one such file for each track.

    Raises
    ------
    RefusedError
        When reading cannot go on.
    """
    manifest = context.manifest
    target, first, reports = row_target(context, cut=cut, job=job, labels=labels), 0, []
    for track, source in open_tracks(received, manifest.tracks):
        names = manifest.queries(track)
        shape = target.shape._replace(first_query=first, end_query=first + len(names))
        findings = Reading(source, replace(target, shape=shape, line_names=names), context.limits).read()
        part = replace(context, manifest=manifest.only(track))
        reports.append((track, report(part_of(findings, first, len(names)), part, received)))
        first += len(names)
    add_up(target.jobs)
    return merged(reports, received)


def gallery_names(manifest: Manifest, described: SubmissionFormat) -> list[Sequence[str]]:
    """Return what a file calls the gallery items of each track: their ids, or their positions."""
    if described.index_base == "names":
        return [manifest.gallery(track) for track in manifest.tracks]
    base = int(described.index_base)
    return [[str(base + item) for item in range(manifest.n_gallery(track))] for track in manifest.tracks]


def row_target(context: Context, *, cut: int | None, job: Job, labels: Iterable[str]) -> Target:
    """Return what the lines of a file are read against."""
    manifest, described = context.manifest, context.submission_format
    names = [query for track in manifest.tracks for query in manifest.queries(track)]
    values = [list(labels)] if described.kind == "labels" else gallery_names(manifest, described)
    counts = [len(manifest.queries(track)) for track in manifest.tracks]
    tables = Tables(
        build_table([names]),
        build_table(values),
        np.repeat(np.arange(len(counts)), counts),
        int(described.index_base != "names"),
    )
    shape = Shape(
        kind=_KINDS[described.kind],
        columns=len(described.columns),
        query_column=0,
        value_column=1,
        depth=described.depth or 0,
        cut=cut or 0,
        tracks=len(counts),
        check_labels=int(context.gallery_identities is not None),
        top=described.top,
        first_query=0,
        end_query=len(names),
    )
    return Target(shape, tables, copies(job, threads()), described.columns)


def part_of(findings: Findings, first: int, number: int) -> Findings:
    """Return what was found about the queries of one track."""
    chosen = slice(first, first + number)
    return replace(
        findings,
        query_line=findings.query_line[chosen],
        query_listed=findings.query_listed[chosen],
        query_hash=findings.query_hash[chosen],
    )
