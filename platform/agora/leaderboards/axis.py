"""Place scores on the one axis that all rows of a board share.

Values are percentages; positions are percentages of the graphic's width, so that a template writes them as SVG
attributes and no style attribute is needed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

# Beyond this distance below the best value a row is drawn at the edge: otherwise one weak entry would squeeze all others.
REACH = 25.0
STEPS = (1, 2, 5, 10, 20)
FEWEST_TICKS, MOST_TICKS = 3, 6
# Room at both ends, in per cent of the width, so that a mark at a bound is not cut: half a mark of 7 px in 236 px.
INSET = 2.5


@dataclass(frozen=True)
class Bar:
    """One value with its interval, in per cent; without an interval `low` and `high` are None."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def bounds(self) -> tuple[float, float]:
        """The ends of what is drawn."""
        return (self.value if self.low is None else self.low, self.value if self.high is None else self.high)


@dataclass(frozen=True)
class Tick:
    """A grid line: its label and its position."""

    label: str
    at: str


@dataclass(frozen=True)
class Mark:
    """Where a row is drawn; `outside` is "low" or "high" when its value lies beyond the axis."""

    at: str
    low: str = ""
    high: str = ""
    outside: str = ""


@dataclass(frozen=True)
class Axis:
    """The range shown, in per cent."""

    low: float
    high: float
    step: int

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """The grid lines inside the range, from left to right."""
        first = math.ceil(self.low / self.step) * self.step
        last = math.floor(self.high / self.step) * self.step
        return tuple(Tick(str(value), self._at(value)) for value in range(first, last + 1, self.step))

    def mark(self, bar: Bar) -> Mark:
        """Place one row; whiskers end at the edge of the axis, a value beyond it becomes an arrow there."""
        if bar.value < self.low:
            return Mark(at="0%", outside="low")
        if bar.value > self.high:
            return Mark(at="100%", outside="high")
        low, high = bar.bounds
        if low == high:
            return Mark(at=self._at(bar.value))
        return Mark(self._at(bar.value), self._at(max(low, self.low)), self._at(min(high, self.high)))

    def _at(self, value: float) -> str:
        span = self.high - self.low
        return f"{INSET + (value - self.low) / span * (100 - 2 * INSET):.2f}%"


def axis_for(bars: Sequence[Bar]) -> Axis | None:
    """Return the axis from the lowest to the highest bound, at most `REACH` below the best value; None without rows.

    The range grows in both directions, within 0 and 100, until a step gives `FEWEST_TICKS` to `MOST_TICKS` grid lines.
    """
    if not bars:
        return None
    best = max(bar.value for bar in bars)
    high = max(bar.bounds[1] for bar in bars)
    low = max(min(bar.bounds[0] for bar in bars), best - REACH, 0.0)
    while True:
        low, high = max(low, 0.0), min(max(high, low + 1e-9), 100.0)
        for step in STEPS:
            axis = Axis(low, high, step)
            if FEWEST_TICKS <= math.floor(high / step) - math.ceil(low / step) + 1 <= MOST_TICKS:
                return axis
        low, high = low - 0.25, high + 0.25
