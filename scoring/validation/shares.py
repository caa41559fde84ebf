"""Hold a share that a simulation counted, with its Monte Carlo error and what it must reach."""

from __future__ import annotations

import math
from typing import NamedTuple


class Share(NamedTuple):
    """Count how often something happened.

    Attributes
    ----------
    happened, replicates : int
    least, most : float or None
        What the share must reach; it is only shown where both are None.
    """

    happened: int
    replicates: int
    least: float | None = None
    most: float | None = None

    @property
    def value(self) -> float:
        """Return the share, a fraction in [0, 1]."""
        return self.happened / self.replicates

    @property
    def error(self) -> float:
        """Return its Monte Carlo standard error."""
        return math.sqrt(self.value * (1.0 - self.value) / self.replicates)

    @property
    def is_met(self) -> bool:
        """Tell whether the share lies where it must."""
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)

    def __str__(self) -> str:
        """Return the share and its error in percent, marked where it misses."""
        return f"{100 * self.value:.1f} ± {100 * self.error:.1f}" + ("" if self.is_met else " MISSED")
