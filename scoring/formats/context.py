"""Hold what a file is checked against."""

from __future__ import annotations

from dataclasses import dataclass, field

from scoring.formats.description import Limits, SubmissionFormat
from scoring.manifest import Manifest
from scoring.metrics.verification import Rate


@dataclass(frozen=True, kw_only=True)
class Context:
    """Hold what a file is checked against.

    Attributes
    ----------
    rates : list of Rate
        What a reader of distances adds for verification, where there are answers.
    """

    manifest: Manifest
    submission_format: SubmissionFormat
    limits: Limits
    gallery_identities: frozenset[str] | None = None
    rates: list[Rate] = field(default_factory=list)
