"""Read a submission against a manifest: the one path of `check` and `evaluate`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import BinaryIO, Final
from typing import Protocol as Interface

from scoring.formats.container import Received, RefusedError
from scoring.formats.context import Context
from scoring.formats.description import Limits, SubmissionFormat
from scoring.formats.json_files import read_json
from scoring.formats.problems import refused_report
from scoring.formats.row_files import read_lines, read_rows
from scoring.formats.run_files import read_runs
from scoring.manifest import Manifest
from scoring.protocol import Protocol
from scoring.ranking import Job
from scoring.report import Report
from scoring.truth import empty_truth, new_job
from scoring.vectors.distances import read_distances
from scoring.vectors.embeddings import read_embeddings


class Reader(Interface):
    """Read the files of one family of kinds."""

    def __call__(
        self, received: Received, context: Context, *, cut: int | None, job: Job, labels: Iterable[str]
    ) -> Report:
        """Read a file, put scores into the job's outcome where it has answers, and report.

        Raises
        ------
        RefusedError
            When reading cannot go on; what was found so far says nothing about the rest.
        """


#: What reads each kind; a kind that is declared in `scoring.formats.description` and missing here is a defect.
READERS: Final[Mapping[str, Reader]] = {
    "labels": read_rows,
    "ranking": read_rows,
    "ranking_lines": read_lines,
    "ranking_json": read_json,
    "run": read_runs,
    "embeddings": read_embeddings,
    "distances": read_distances,
}


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
    job = new_job(empty_truth(), cells=0, units=0, largest_gallery=largest, top=submission_format.top)
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
    received = Received(file, context.limits)
    try:
        return READERS[context.submission_format.kind](received, context, cut=cut, job=job, labels=labels)
    except RefusedError as refusal:
        _finish_hash(received)
        return refused_report(refusal, context, received)


def _finish_hash(received: Received) -> None:
    """Read what is left of a refused file, so that the report names the hash of the whole, within the bounds."""
    try:
        received.drain()
    except RefusedError:
        return
