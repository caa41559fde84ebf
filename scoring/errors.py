"""Define the errors that scoring raises; everything else that escapes is a defect of the scorer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scoring.report import Report


class ScoringError(Exception):
    """Base of every error that a caller may handle."""


class ProtocolError(ScoringError, ValueError):
    """Say which field of a protocol is unknown or has a value it cannot have."""


class FormatError(ScoringError, ValueError):
    """Say which field of a submission format or of the limits is unknown or has a value it cannot have."""


class TableError(ScoringError, ValueError):
    """List every problem of a table of images.

    Attributes
    ----------
    problems : tuple of str
        One sentence each, with the line where there is one.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class ManifestError(TableError):
    """List every problem of a manifest."""


class AnnotationsError(TableError):
    """List every problem of an annotations file."""


class InvalidSubmissionError(ScoringError):
    """Refuse to score a file that its check rejects.

    Attributes
    ----------
    report : Report
        The complete report, the same that `check` gives.
    """

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__("; ".join(problem.title for problem in report.errors))


class ComparisonError(ScoringError, ValueError):
    """Say why entries cannot be compared or sliced.

    Attributes
    ----------
    code : str
        One of those in scoring/README.md, Differences.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)
