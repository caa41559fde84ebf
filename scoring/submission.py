"""Read a submission against a manifest: the one path of `check` and `evaluate`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

import numpy as np

from scoring.formats.container import Received, RefusedError
from scoring.formats.description import Limits, SubmissionFormat
from scoring.formats.problems import Context, refused_report, report
from scoring.formats.reading import Reading, Target
from scoring.formats.rows import LABELS, RANKING, Shape, Tables
from scoring.formats.team import threads
from scoring.formats.tokens import build_table
from scoring.manifest import Manifest
from scoring.protocol import Protocol
from scoring.ranking import Job
from scoring.report import Report
from scoring.truth import add_up, copies, empty_truth, new_job


def check(
    file: BinaryIO,
    *,
    manifest: Manifest,
    submission_format: SubmissionFormat,
    protocol: Protocol,
    gallery_identities: frozenset[str] | None = None,
    limits: Limits | None = None,
) -> Report:
    """Find everything that is wrong with a submitted file, from the public list of images alone.

    Parameters
    ----------
    file : binary file
        The upload as received, at its beginning: plain text, .gz or a zip of one file, told by its first bytes.
        A zip must be seekable.
    gallery_identities : frozenset of str or None
        For ``labels``: the released identities. None where they are hidden; then no label is called unknown.

    Returns
    -------
    Report
        All problems at once, grouped; no score.
    """
    largest = max(manifest.n_gallery(track) for track in manifest.tracks)
    job = new_job(empty_truth(), cells=0, units=0, largest_gallery=largest)
    context = Context(
        manifest=manifest,
        submission_format=submission_format,
        limits=limits or Limits(),
        gallery_identities=gallery_identities,
    )
    return read_submission(file, context, cut=protocol.depth, job=job, labels=gallery_identities or ())


def read_submission(file: BinaryIO, context: Context, *, cut: int | None, job: Job, labels: Iterable[str]) -> Report:
    """Read a file, put scores into the job's outcome where it has answers, and report.

    Parameters
    ----------
    labels : iterable of str
        The identities that a ``labels`` file may name, in the order of their codes.
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
    received = Received(file, context.limits)
    try:
        jobs = copies(job, threads())
        findings = Reading(received, Target(shape, tables, jobs), described.columns, context.limits).read()
        add_up(jobs)
    except RefusedError as refusal:
        _finish_hash(received)
        return refused_report(refusal, context, received)
    return report(findings, context, received)


def _finish_hash(received: Received) -> None:
    """Read what is left of a refused file, so that the report names the hash of the whole, within the bounds."""
    try:
        received.drain()
    except RefusedError:
        return
