"""Write evaluations: score what waits, reap what was left, wake who sleeps, bring ground truth."""

from agora.evaluations.ground_truth import GroundTruthError, import_annotations
from agora.evaluations.scoring import reap, score_next, settle
from agora.evaluations.sweeping import sweep

__all__ = ["GroundTruthError", "import_annotations", "reap", "score_next", "settle", "sweep"]
