"""Write evaluations and comparisons: compute what waits, reap what was left, wake who sleeps, bring ground truth."""

from agora.evaluations.comparing import compare_next
from agora.evaluations.ground_truth import GroundTruthError, follow_scorer, import_annotations
from agora.evaluations.scoring import reap, score_next, settle
from agora.evaluations.sweeping import has_entries_waiting, sweep

__all__ = [
    "GroundTruthError",
    "compare_next",
    "follow_scorer",
    "has_entries_waiting",
    "import_annotations",
    "reap",
    "score_next",
    "settle",
    "sweep",
]
