"""Say which recipes can be run here: those that learn need a worker beside which PyTorch is installed."""

from dataclasses import dataclass
from functools import cache

from agora.core.workers import has_torch
from agora.runs.queueing import Workers, workers
from baselines.catalogue import Recipe, additions, recipe, recipes

NEEDS_TORCH = (
    "It trains a network, and PyTorch is not installed beside any worker of this site (make install-baselines)."
)


@dataclass(frozen=True)
class Offer:
    """One recipe, and why it cannot be run here if it cannot."""

    recipe: Recipe
    reason: str = ""

    @property
    def base(self) -> str:
        """Return the slug of the recipe to which this one adds something, empty where it adds nothing."""
        base, plus, _ = self.recipe.slug.partition("+")
        return base if plus else ""

    @property
    def addition(self) -> str:
        """Return the words of what is added, empty where nothing is."""
        return self.recipe.title.rpartition(" + ")[2] if self.base else ""

    @property
    def is_open(self) -> bool:
        """Say whether it can be run."""
        return not self.reason


def offered(known: Workers | None = None) -> tuple[Offer, ...]:
    """Return every recipe, each learned one also with each addition, in the order of the slugs."""
    found = known or workers()
    # Where no worker answers, this installation is the best guess of what they have.
    learns = found.learns or (found.is_silent and has_torch())
    return tuple(Offer(one, "" if learns or not one.learns else NEEDS_TORCH) for one in _all())


@cache
def _all() -> tuple[Recipe, ...]:
    plain = recipes()
    more = [recipe(f"{one.slug}+{added.slug}") for one in plain if one.learns for added in additions()]
    return tuple(sorted([*plain, *more], key=lambda one: one.slug))
