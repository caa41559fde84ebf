"""What training makes small: terms over features and logits, computed in single precision, and their weighted sum."""

from baselines.losses.build import Criterion, build_criterion

__all__ = ["Criterion", "build_criterion"]
