"""Decide which number may be shown to whom, when and how exactly: one function for every channel.

Boards, entry pages, receipts, exports and mails all take their numbers from `disclose` (or from the same rounding in SQL,
`rounded_sql`), so that no channel is more exact or earlier than another.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any, Final, Literal

from django.utils import timezone

from agora.competitions.models import Phase
from agora.submissions.models import Score

When = Literal["now", "at end", "never"]
WHENS: Final = ("now", "at end", "never")
#: Steps in [0, 1]: 1000 is a step of 0.001, that is 0.1 point of a percentage; None is exact.
DEFAULT_STEPS: Final = 1000
#: Below this p two entries count as told apart.
LEVEL: Final = 0.05
ITEMS: Final = ("score", "tracks", "interval", "cmc", "slices", "pairwise", "compare")


class DisclosureError(ValueError):
    """A phase's disclosure has an unknown item or value."""


@dataclass(frozen=True)
class Rule:
    """When a kind of number is shown, and in how many steps from 0 to 1 (None: exact)."""

    when: When = "now"
    steps: int | None = DEFAULT_STEPS

    def is_open(self, phase: Phase, now: datetime) -> bool:
        """Return whether numbers of this kind are shown at `now`."""
        if self.when == "at end":
            return phase.closes_at is not None and now >= phase.closes_at
        return self.when == "now"

    def stricter(self, other: "Rule") -> "Rule":
        """Return the rule under which nothing is shown that either rule holds back: the later moment, the coarser step."""
        steps = [each for each in (self.steps, other.steps) if each is not None]
        return Rule(max(self.when, other.when, key=WHENS.index), min(steps, default=None))

    def round(self, value: float) -> float:
        """Return the value as shown: the nearest step, halves up."""
        # The same operations in the same order as in `rounded_sql`; both are IEEE doubles, so both give the same bits.
        return value if self.steps is None else math.floor(value * self.steps + 0.5) / self.steps

    def rounded_sql(self, expression: str) -> str:
        """Return SQL that rounds a double precision expression exactly as `round` does."""
        if self.steps is None:
            return expression
        steps = f"{int(self.steps)}::double precision"
        return f"(floor({expression} * {steps} + 0.5::double precision) / {steps})"


@dataclass(frozen=True)
class Disclosure:
    """A phase's whole table of rules."""

    phase: Phase
    rules: Mapping[str, Rule]

    def __getitem__(self, item: str) -> Rule:
        return self.rules[item]

    def rule(self, track: str, metric: str) -> Rule:
        """Return the rule for one kind of score: the stricter one where it is two things at once, as a track's CMC is.

        Only the phase's own mean is free of the rule for tracks: both means together, with the public numbers of queries, are
        as many equations as two tracks have unknowns.
        """
        rule = self.rules["score" if metric == self.phase.primary_metric else "cmc"]
        return rule if track == self.phase.aggregate else rule.stricter(self.rules["tracks"])

    @property
    def sentence(self) -> str:
        """Return the last sentence of a board's caption, empty when scores are exact."""
        steps = self.rules["score"].steps
        if steps is None or steps >= 10_000:  # pages show two decimals of a percentage: nothing is hidden by rounding
            return ""
        return f"Scores are rounded to {100 / steps:g} point"


@dataclass(frozen=True)
class Shown:
    """A score as it may be shown; without an interval `low` and `high` are None."""

    split: str
    track: str
    metric: str
    value: float
    low: float | None
    high: float | None


def disclosure_of(phase: Phase) -> Disclosure:
    """Return the phase's rules over the defaults: everything now, rounded to 0.1 point.

    `Phase.disclosure` is `{item: {"when": "now" | "at end" | "never", "steps": 1000 | null}}`; the key `default` stands for
    every item that is not named.
    """
    given = dict(phase.disclosure)
    default = _rule(given.pop("default", {}), Rule())
    unknown = sorted(set(given) - set(ITEMS))
    if unknown:
        raise DisclosureError(f"unknown items: {', '.join(unknown)}")
    return Disclosure(phase, {item: _rule(given.get(item, {}), default) for item in ITEMS})


def shown_splits(phase: Phase, now: datetime | None = None) -> tuple[str, ...]:
    """Return the splits of which anything may be shown: the private part, and all (which with the public part gives it away),
    only from their release on.
    """
    released = phase.private_released_at
    is_released = released is not None and released <= (now or timezone.now())
    return ("private", "public", "all") if is_released else ("public",)


def may_show_tiers(phase: Phase, split: str, now: datetime) -> bool:
    """Return whether a board may say which of its entries cannot be told apart.

    On the final board of a phase that ended, and on a benchmark without end: while a competition runs, the public board would tell
    its entrants what is worth trying. Tiers come of paired tests, so they are under their rule too.
    """
    if split not in shown_splits(phase, now) or split == "all":
        return False
    table = disclosure_of(phase)
    if not (table["score"].is_open(phase, now) and table["pairwise"].is_open(phase, now)):
        return False
    if phase.closes_at is None:
        return True
    is_final = split == "private" if _has_private(phase) else True
    return is_final and phase.closes_at <= now


def _has_private(phase: Phase) -> bool:
    """Return whether a part of the queries is held back from the public board."""
    tracks = phase.current_spec.ground_truth.summary.get("tracks", {}).values() if phase.current_spec else ()
    return any(track["splits"]["private"]["queries"] for track in tracks)


@dataclass(frozen=True)
class ShownTest:
    """The paired test of two entries as it may be shown: `p_value` None when the scorer gives none."""

    p_value: float | None
    is_distinguishable: bool
    identities: int


def disclose_test(phase: Phase, found: Mapping[str, Any], now: datetime | None = None) -> ShownTest | None:
    """Return what may be shown of the paired test of two entries on the public part, None if nothing.

    The difference itself is that of the two scores as shown: an exact one would tell what their rounding hides.
    """
    now, table = now or timezone.now(), disclosure_of(phase)
    if not (table["score"].is_open(phase, now) and table["pairwise"].is_open(phase, now)):
        return None
    p_value = found["p_value"]
    if p_value is None:
        return ShownTest(None, is_distinguishable=False, identities=found["identities"])
    return ShownTest(table["pairwise"].round(p_value), p_value < LEVEL, found["identities"])


@dataclass(frozen=True)
class ShownSlice:
    """The score of the queries with one value in a column of the annotations; of all where the column is ""."""

    column: str
    value: str
    queries: int
    identities: int
    score: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class ShownSlices:
    """An entry's slices as they may be shown; those withheld are (column, value, reason)."""

    whole: ShownSlice
    slices: tuple[ShownSlice, ...]
    withheld: tuple[tuple[str, str, str], ...]


def disclose_slices(phase: Phase, found: Mapping[str, Any], now: datetime | None = None) -> ShownSlices | None:
    """Return what may be shown of an entry's slices of the public part, None if nothing."""
    now, table = now or timezone.now(), disclosure_of(phase)
    # A slice may be a track, or nearly: queries from above are those of one track.
    rules = [table[item] for item in ("slices", "score", "tracks")]
    if not all(one.is_open(phase, now) for one in rules):
        return None
    rule = reduce(Rule.stricter, rules)
    bounds = rule.stricter(table["interval"]) if table["interval"].is_open(phase, now) else None

    def shown(one: Mapping[str, Any]) -> ShownSlice:
        name = (one.get("column", ""), one.get("value_name", ""))
        low, high = (None if bounds is None or one[end] is None else bounds.round(one[end]) for end in ("low", "high"))
        return ShownSlice(*name, one["queries"], one["identities"], rule.round(one["value"]), low, high)

    withheld = tuple((one["column"], one["value_name"], one["reason"]) for one in found["withheld"])
    return ShownSlices(shown(found["whole"]), tuple(shown(one) for one in found["slices"]), withheld)


def disclose(phase: Phase, scores: Iterable[Score], now: datetime | None = None) -> tuple[Shown, ...]:
    """Return what of these scores may be shown at `now`, rounded, in the order given. The only way of a score to a person."""
    now = now or timezone.now()
    table, splits = disclosure_of(phase), shown_splits(phase, now)
    return tuple(
        _shown(score, table, now)
        for score in scores
        if score.split in splits and table.rule(score.track, score.metric).is_open(phase, now)
    )


def _shown(score: Score, table: Disclosure, now: datetime) -> Shown:
    value = table.rule(score.track, score.metric).round(score.value)
    interval = table["interval"]
    if score.low is None or score.high is None or not interval.is_open(table.phase, now):
        return Shown(score.split, score.track, score.metric, value, None, None)
    bounds = table.rule(score.track, score.metric).stricter(interval)  # an exact interval would tell an exact value
    return Shown(score.split, score.track, score.metric, value, bounds.round(score.low), bounds.round(score.high))


def _rule(given: Mapping[str, Any], default: Rule) -> Rule:
    unknown = sorted(set(given) - {"when", "steps"})
    when, steps = given.get("when", default.when), given.get("steps", default.steps)
    if unknown or when not in WHENS or not (steps is None or (isinstance(steps, int) and steps > 0)):
        raise DisclosureError(f"not a rule: {dict(given)!r}")
    return Rule(when, steps)
