"""Order rows: the direction of each metric, and the rule for ties. Pure: the oracle of the queries, and their vocabulary."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from math import isfinite


class Direction(Enum):
    """Which end of a metric is better."""

    HIGHER = "DESC"
    LOWER = "ASC"


# Every metric of the scorer so far is a share of something wished for; a metric of the other kind is named here.
_LOWER_IS_BETTER: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Candidate:
    """One entry that could stand for its owner: `owner` None never ranks (platform-run)."""

    pk: int
    owner: int | None
    value: float | None
    received_at: datetime


def direction_of(metric: str) -> Direction:
    """Return the direction of a metric: a property of the metric, never of a board."""
    return Direction.LOWER if metric in _LOWER_IS_BETTER else Direction.HIGHER


def ranks(candidates: Iterable[Candidate], direction: Direction) -> dict[int, int]:
    """Return the rank of each owner, from 1, by its best candidate.

    A missing or non-finite value never ranks. Equal values go to the earlier submission, so no two ranks are equal.
    """
    sign = -1 if direction is Direction.HIGHER else 1

    def place(candidate: Candidate) -> tuple[float, datetime, int]:
        return sign * (candidate.value or 0.0), candidate.received_at, candidate.pk

    order = sorted(
        (c for c in candidates if c.owner is not None and c.value is not None and isfinite(c.value)), key=place
    )
    owners = dict.fromkeys(candidate.owner for candidate in order if candidate.owner is not None)
    return {owner: rank for rank, owner in enumerate(owners, start=1)}
