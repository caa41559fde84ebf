"""Define re-identification challenges as data and read, check, release and synthesise them.

A pack is a folder with `challenge.toml`; `load` turns it into a frozen `Challenge`.
"""

from challenges.errors import ChallengeError, Problem
from challenges.registry import load, slugs
from challenges.spec import (
    Challenge,
    Column,
    FieldStatus,
    FileSpec,
    Licence,
    Organiser,
    Phase,
    ReleaseSpec,
    Reported,
    ReportedRow,
    Synthesis,
    Track,
    WorkedQuery,
    metric_label,
)

__all__ = [
    "Challenge",
    "ChallengeError",
    "Column",
    "FieldStatus",
    "FileSpec",
    "Licence",
    "Organiser",
    "Phase",
    "Problem",
    "ReleaseSpec",
    "Reported",
    "ReportedRow",
    "Synthesis",
    "Track",
    "WorkedQuery",
    "load",
    "metric_label",
    "slugs",
]
