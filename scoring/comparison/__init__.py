"""Compare scored entries: differences with a test, tiers of a board, and slices by annotation columns.

All is computed from the per-query results that scoring leaves, so nothing is ranked again.
"""

from scoring.comparison.entries import Entry
from scoring.comparison.jobs import run_comparison
from scoring.comparison.sign_flip import Difference, compare
from scoring.comparison.slices import Slice, Slices, SliceScore, Withheld, score_slices
from scoring.comparison.tiers import MAX_ENTRIES, Tiers, sort_into_tiers
from scoring.errors import ComparisonError

__all__ = [
    "MAX_ENTRIES",
    "ComparisonError",
    "Difference",
    "Entry",
    "Slice",
    "SliceScore",
    "Slices",
    "Tiers",
    "Withheld",
    "compare",
    "run_comparison",
    "score_slices",
    "sort_into_tiers",
]
