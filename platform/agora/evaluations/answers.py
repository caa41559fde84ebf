"""Read the scorer's answer about scored entries without trust: it comes from a process that read what came of strangers' files."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from agora.submissions.models import Comparison, ComparisonTask

_SCHEMA: Final = 1
_CODE_LENGTH: Final = 40
_REASONS: Final = frozenset({"few_identities", "differencing", "too_many"})
_MOST_SLICES: Final = 1000


class BadAnswerError(Exception):
    """The child's answer is not one that the scorer gives to this question."""


@dataclass(frozen=True)
class Answered:
    """What is kept of an answer."""

    result: dict[str, Any]


@dataclass(frozen=True)
class Refused:
    """The scorer says why there is no such number."""

    code: str


def read_answer(row: Comparison, message: Mapping[str, Any]) -> Answered | Refused:
    """Return the child's answer; BadAnswerError unless it is to this question and every number can be one."""
    try:
        if message["outcome"] == "refused":
            return Refused(str(message["code"])[:_CODE_LENGTH])
        result = message["result"]
        _require_same(row, result)
        return Answered(_READ[ComparisonTask(row.task)](row, result))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadAnswerError("malformed answer") from error


def _require_same(row: Comparison, result: Mapping[str, Any]) -> None:
    expected = {
        "schema": _SCHEMA,
        "scorer_revision": row.spec.scorer_revision,
        "protocol_hash": row.spec.protocol_hash,
        "annotations_sha256": row.spec.ground_truth.sha256,
        "split": row.split,
    }
    if row.task != ComparisonTask.SLICES:
        expected["metric"] = row.metric
    wrong = sorted(name for name, value in expected.items() if result.get(name) != value)
    if wrong:
        raise BadAnswerError(f"answer to something else: {', '.join(wrong)}")


def _tiers(row: Comparison, result: Mapping[str, Any]) -> dict[str, Any]:
    tiers, count = result["tiers"], len(row.entries)
    if tiers is not None:
        tiers = [_number(tier, 1, count) for tier in tiers]
        # Every tier has an entry, so the numbers have no gap.
        if len(tiers) != count or set(tiers) != set(range(1, max(tiers) + 1)):
            raise ValueError("tiers")
    values = [_between(value, 0, 1) for value in result["values"]]
    if len(values) != count:
        raise ValueError("values")
    threshold = None if result["threshold"] is None else _between(result["threshold"], 0, math.inf)
    return {"tiers": tiers, "values": values, "threshold": threshold, **_counts(result, "resamples", "identities")}


def _pair(row: Comparison, result: Mapping[str, Any]) -> dict[str, Any]:
    (pair,) = result["pairs"]
    if pair["entries"] != [0, 1] or len(row.entries) != 2:
        raise ValueError("pair")
    found = {name: _between(pair[name], 0, 1) for name in ("first", "second")}
    found["difference"] = _between(pair["difference"], -1, 1)
    low, high = (None if pair[name] is None else _between(pair[name], -1, 1) for name in ("low", "high"))
    if (low is None) != (high is None):
        raise ValueError("half an interval")
    p_value = None if pair["p_value"] is None else _between(pair["p_value"], 0, 1)
    counts = _counts(pair, "replicates", "identities", "queries", "won", "lost", "equal")
    return {**found, "low": low, "high": high, "p_value": p_value, **counts}


def _slices(row: Comparison, result: Mapping[str, Any]) -> dict[str, Any]:
    (entry,) = result["entries"]
    shown, withheld = entry["slices"], entry["withheld"]
    if len(row.entries) != 1 or len(shown) + len(withheld) > _MOST_SLICES:
        raise ValueError("slices")
    names = [_name(row, one) for one in (*shown, *withheld)]
    if len(set(names)) != len(names) or any(one["reason"] not in _REASONS for one in withheld):
        raise ValueError("slices")
    return {
        "whole": _slice(row, entry["whole"]),
        "slices": [{**_named(row, one), **_slice(row, one)} for one in shown],
        "withheld": [{**_named(row, one), "reason": one["reason"]} for one in withheld],
    }


def _named(row: Comparison, given: Mapping[str, Any]) -> dict[str, str]:
    column, value = _name(row, given)
    return {"column": column, "value_name": value}  # `value` is the score


def _name(row: Comparison, given: Mapping[str, Any]) -> tuple[str, str]:
    column, value = given["column"], given["value"]
    if column not in row.columns or not isinstance(value, str):
        raise ValueError("name")
    return column, value


def _slice(row: Comparison, given: Mapping[str, Any]) -> dict[str, Any]:
    (score,) = given["scores"]
    if score["metric"] != row.metric or (score["low"] is None) != (score["high"] is None):
        raise ValueError("score")
    low, high = (None if score[name] is None else _between(score[name], 0, 1) for name in ("low", "high"))
    found = {"value": _between(score["value"], 0, 1), "low": low, "high": high}
    return {**found, **_counts(given, "queries", "identities")}


def _counts(given: Mapping[str, Any], *names: str) -> dict[str, int]:
    return {name: _number(given[name], 0, 2**53) for name in names}


def _number(value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError("not a number in its range")
    return value


def _between(value: Any, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ValueError("not a number in its range")
    return float(value)


_READ: Final = {
    ComparisonTask.TIERS: _tiers,
    ComparisonTask.COMPARE: _pair,
    ComparisonTask.SLICES: _slices,
}
