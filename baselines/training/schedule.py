"""The learning rate of every iteration, as a plain function of its number; no learning framework is loaded.

fast-reid warms up by iterations and steps its main schedule by epochs, and only once warm-up is over: a milestone is a
number of such steps, not of epochs (fastreid/engine/hooks.py, solver/build.py). layumi's code counts milestones from the
start and warms up the loss instead of the rate (train.py). A recipe says which by `count_from` and `warmup_of`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Schedule:
    """Hold a recipe's `[train.schedule]` for epochs of this many iterations.

    Parameters
    ----------
    table : mapping
        kind (multistep, cosine, constant) and its keys.
    iterations_per_epoch : int
        Batches of an epoch, 1 or more.
    """

    table: Mapping[str, Any]
    iterations_per_epoch: int

    @property
    def iterations(self) -> int:
        """Number of iterations of the whole training."""
        return int(self.table["epochs"]) * self.iterations_per_epoch

    @property
    def warmup_iterations(self) -> int:
        """Number of iterations of the warm-up."""
        if "warmup_iters" in self.table:
            return int(self.table["warmup_iters"])
        return round(float(self.table.get("warmup_epochs", 0)) * self.iterations_per_epoch)

    def rate(self, iteration: int, base: float) -> float:
        """Return the learning rate of iteration 0, 1, ... for a group with this base rate."""
        if self.table.get("warmup_of", "lr") == "lr" and iteration < self.warmup_iterations:
            return base * self._warmth(iteration)
        if self.table["kind"] == "cosine":
            return self._cosine(self._steps(iteration), base)
        if self.table["kind"] == "multistep":
            passed = sum(self._steps(iteration) >= milestone for milestone in self.table["milestones"])
            return base * math.pow(self.table["gamma"], passed)
        return base

    def loss_factor(self, iteration: int) -> float:
        """Return what the loss of an iteration is multiplied by: 1 unless the recipe warms up the loss."""
        if self.table.get("warmup_of", "lr") != "loss" or iteration >= self.warmup_iterations:
            return 1.0
        # layumi adds its share before it multiplies, so that the first batch is already one share above the factor.
        return self._warmth(iteration + 1)

    def _warmth(self, iteration: int) -> float:
        factor = float(self.table.get("warmup_factor", 0.1))
        return factor + (1.0 - factor) * min(1.0, iteration / self.warmup_iterations)

    def _steps(self, iteration: int) -> int:
        """Return how often the main schedule has been stepped before this iteration: once an epoch, when it may be."""
        epochs = iteration // self.iterations_per_epoch
        if self.table["kind"] == "multistep" and self.table["count_from"] == "start":
            return epochs
        # After epoch e (from 1) a step is taken if e epochs of iterations exceed the warm-up and e exceeds the delay.
        silent = max(self.warmup_iterations // self.iterations_per_epoch, int(self.table.get("delay_epochs", 0)))
        return max(0, epochs - silent)

    def _cosine(self, steps: int, base: float) -> float:
        """Return the rate after `steps` of a half cosine that would reach `final_lr` with the step after the last epoch."""
        waited = max(
            math.ceil(self.warmup_iterations / self.iterations_per_epoch), int(self.table.get("delay_epochs", 0))
        )
        length = max(1, int(self.table["epochs"]) - waited)
        final = float(self.table["final_lr"])
        return final + (base - final) * (1 + math.cos(math.pi * min(steps, length) / length)) / 2
