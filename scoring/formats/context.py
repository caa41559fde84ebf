"""Hold what a file is checked against."""

from __future__ import annotations

from dataclasses import dataclass

from scoring.formats.description import Limits, SubmissionFormat
from scoring.manifest import Manifest


@dataclass(frozen=True, kw_only=True)
class Context:
    """Hold what a file is checked against."""

    manifest: Manifest
    submission_format: SubmissionFormat
    limits: Limits
    gallery_identities: frozenset[str] | None = None
