"""Read the scorer's result without trust, and keep its numbers: written once, compared ever after."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from agora.submissions.models import Evaluation, Score

_SPLITS: Final = frozenset({"public", "private", "all"})
_SCHEMA: Final = 1
Key = tuple[str, str, str]


class BadResultError(Exception):
    """The child's result is not one that the scorer gives for this evaluation."""


class ScoreConflictError(Exception):
    """A stored score differs from the one just computed, though a score is a function of its file and spec."""


@dataclass(frozen=True)
class ScoredResult:
    """What is kept of `scoring.Result`: scores by (split, track, metric) as (value, low, high)."""

    scores: Mapping[Key, tuple[float, float | None, float | None]]
    counts: list[dict[str, Any]]
    warnings: list[str]
    interval: str


def read_result(message: Mapping[str, Any], evaluation: Evaluation) -> ScoredResult:
    """Return the child's result; BadResultError unless it is of this file under this spec and every number is a fraction."""
    spec = evaluation.spec
    expected = {
        "schema": _SCHEMA,
        "scorer_revision": spec.scorer_revision,
        "protocol_hash": spec.protocol_hash,
        "submission_sha256": evaluation.submission.upload.sha256,
        "annotations_sha256": spec.ground_truth.sha256,
    }
    wrong = sorted(name for name, value in expected.items() if message.get(name) != value)
    if wrong:
        raise BadResultError(f"result of something else: {', '.join(wrong)}")
    try:
        rows = [_row(row) for row in message["scores"]]
        return ScoredResult(
            scores=_once(rows),
            counts=[_count(row) for row in message["counts"]],
            warnings=[str(warning) for warning in message["warnings"]],
            interval=str(message["interval"])[:30],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadResultError("malformed result") from error


def write_scores(evaluation: Evaluation, scores: Mapping[Key, tuple[float, float | None, float | None]]) -> None:
    """Insert what is not there yet and compare the rest; ScoreConflictError for another value, never an update."""
    rows = [
        Score(evaluation=evaluation, split=split, track=track, metric=metric, value=value, low=low, high=high)
        for (split, track, metric), (value, low, high) in scores.items()
    ]
    Score.objects.bulk_create(rows, ignore_conflicts=True)
    stored = {
        (row.split, row.track, row.metric): (row.value, row.low, row.high)
        for row in Score.objects.filter(evaluation=evaluation)
    }
    if stored != dict(scores):
        raise ScoreConflictError(evaluation.ref)


def _row(row: Mapping[str, Any]) -> tuple[Key, tuple[float, float | None, float | None]]:
    split, track, metric = row["split"], row["track"], row["metric"]
    if split not in _SPLITS or not isinstance(track, str) or not isinstance(metric, str):
        raise ValueError("key")
    if (row["low"] is None) != (row["high"] is None):
        raise ValueError("half an interval")
    low, high = (None if row[name] is None else _fraction(row[name]) for name in ("low", "high"))
    return (split, track, metric), (_fraction(row["value"]), low, high)


def _fraction(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not 0 <= value <= 1:
        raise ValueError("not a fraction")
    return float(value)


def _once(
    rows: list[tuple[Key, tuple[float, float | None, float | None]]],
) -> dict[Key, tuple[float, float | None, float | None]]:
    scores = dict(rows)
    if len(scores) != len(rows) or not scores:
        raise ValueError("a score twice, or none")
    return scores


def _count(row: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {name: row[name] for name in ("queries", "identities", "skipped")}
    if row["split"] not in _SPLITS or any(type(number) is not int or number < 0 for number in numbers.values()):
        raise ValueError("count")
    return {"split": row["split"], "track": str(row["track"]), **numbers}
