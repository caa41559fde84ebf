"""Errors of models and weights; no learning framework is loaded."""


class ModelError(ValueError):
    """Say which key of a `[model]` table cannot be met, and what would do."""


class WeightError(ValueError):
    """Say which file of weights cannot be used and what it was meant for."""
