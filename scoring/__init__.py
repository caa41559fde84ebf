"""Score re-identification submissions: exact, bounded in memory, and with every error at once.

Everything outside `__all__` is private to this package.
"""

from scoring.annotations import Annotations
from scoring.errors import (
    AnnotationsError,
    FormatError,
    InvalidSubmissionError,
    ManifestError,
    ProtocolError,
    ScoringError,
)
from scoring.evaluation import evaluate
from scoring.formats.conversion import convert
from scoring.formats.description import Limits, SubmissionFormat
from scoring.manifest import Manifest
from scoring.protocol import Protocol
from scoring.report import Excerpt, Item, Problem, Report
from scoring.result import Count, Result, Score
from scoring.revision import SCORER_REVISION, SCORER_VERSION
from scoring.submission import check
from scoring.truth import protocol_problems

__all__ = [
    "SCORER_REVISION",
    "SCORER_VERSION",
    "Annotations",
    "AnnotationsError",
    "Count",
    "Excerpt",
    "FormatError",
    "InvalidSubmissionError",
    "Item",
    "Limits",
    "Manifest",
    "ManifestError",
    "Problem",
    "Protocol",
    "ProtocolError",
    "Report",
    "Result",
    "Score",
    "ScoringError",
    "SubmissionFormat",
    "check",
    "convert",
    "evaluate",
    "protocol_problems",
]
