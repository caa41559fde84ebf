"""What is believed of the scorer's answers about scored entries."""

from copy import deepcopy
from typing import Any

import pytest

from agora.competitions.models import GroundTruth, Spec
from agora.evaluations.answers import Answered, BadAnswerError, Refused, read_answer
from agora.submissions.models import Comparison

_UNDER = {
    "schema": 1,
    "scorer_revision": 1,
    "protocol_hash": "c0ffee",
    "annotations_sha256": "a" * 64,
    "split": "public",
}
_PAIR = {
    "entries": [0, 1],
    "first": 0.5,
    "second": 0.4,
    "difference": 0.1,
    "low": -0.1,
    "high": 0.3,
    "p_value": 0.31,
    "replicates": 9999,
    "identities": 24,
    "queries": 48,
    "won": 10,
    "lost": 8,
    "equal": 30,
}


def _score(low: float | None = 0.4, high: float | None = 0.6) -> dict[str, Any]:
    return {"queries": 48, "identities": 24, "scores": [{"metric": "mAP", "value": 0.5, "low": low, "high": high}]}


RIGHT: dict[str, dict[str, Any]] = {
    "tiers": {
        "metric": "mAP",
        "tiers": [1, 1, 2],
        "values": [0.5, 0.4, 0.3],
        "threshold": 3.1,
        "resamples": 9999,
        "identities": 24,
    },
    "compare": {"metric": "mAP", "pairs": [_PAIR]},
    "slices": {
        "entries": [
            {
                "split": "public",
                "whole": {"column": "", "value": "", **_score()},
                "slices": [{"column": "light", "value": "sun", **_score(None, None)}],
                "withheld": [{"column": "light", "value": "shade", "reason": "few_identities"}],
            }
        ]
    },
}
OUTCOMES = {"tiers": "sorted", "compare": "compared", "slices": "sliced"}
ENTRIES = {"tiers": [7, 8, 9], "compare": [7, 8], "slices": [7]}


def _read(task: str, changes: dict[tuple[Any, ...], Any]) -> Answered | Refused:
    """Read a right answer with some of its places changed."""
    spec = Spec(ground_truth=GroundTruth(sha256="a" * 64), protocol_hash="c0ffee", scorer_revision=1)
    row = Comparison(task=task, spec=spec, entries=ENTRIES[task], split="public", metric="mAP", columns=["light"])
    message = {"outcome": OUTCOMES[task], "result": deepcopy({**_UNDER, **RIGHT[task]})}
    for place, value in changes.items():
        part: Any = message["result"]
        for key in place[:-1]:
            part = part[key]
        part[place[-1]] = value
    return read_answer(row, message)


@pytest.mark.parametrize("task", RIGHT)
def test_a_right_answer_is_taken(task: str) -> None:
    found = _read(task, {})

    assert isinstance(found, Answered)
    assert "metric" not in found.result


def test_what_is_kept_of_each_is_what_pages_need() -> None:
    tiers, pair, slices = (_read(task, {}) for task in ("tiers", "compare", "slices"))

    assert isinstance(tiers, Answered)
    assert isinstance(pair, Answered)
    assert isinstance(slices, Answered)
    assert tiers.result["tiers"] == [1, 1, 2]
    assert (pair.result["p_value"], pair.result["won"]) == (0.31, 10)
    assert slices.result["slices"][0] == {
        "column": "light",
        "value_name": "sun",
        "value": 0.5,
        "low": None,
        "high": None,
        "queries": 48,
        "identities": 24,
    }
    assert slices.result["withheld"] == [{"column": "light", "value_name": "shade", "reason": "few_identities"}]


LIES: dict[str, tuple[str, dict[tuple[Any, ...], Any]]] = {
    "another split": ("tiers", {("split",): "private"}),
    "another truth": ("tiers", {("annotations_sha256",): "0" * 64}),
    "another protocol": ("compare", {("protocol_hash",): "0"}),
    "another scorer": ("slices", {("scorer_revision",): 2}),
    "another metric": ("compare", {("metric",): "rank-1"}),
    "too few tiers": ("tiers", {("tiers",): [1, 1]}),
    "a gap in the tiers": ("tiers", {("tiers",): [1, 1, 3]}),
    "letters": ("tiers", {("tiers",): ["A", "A", "B"]}),
    "truth values": ("tiers", {("tiers",): [True, True, 2]}),
    "more tiers than entries": ("tiers", {("tiers",): [1, 2, 9]}),
    "a score over one": ("tiers", {("values",): [0.5, 0.4, 1.5]}),
    "a p-value over one": ("compare", {("pairs", 0, "p_value"): 1.5}),
    "a p-value as text": ("compare", {("pairs", 0, "p_value"): "0.31"}),
    "half an interval": ("compare", {("pairs", 0, "low"): None}),
    "two pairs": ("compare", {("pairs",): [_PAIR, _PAIR]}),
    "another pair": ("compare", {("pairs", 0, "entries"): [1, 0]}),
    "a negative count": ("compare", {("pairs", 0, "won"): -1}),
    "a column not asked for": ("slices", {("entries", 0, "slices", 0, "column"): "pid"}),
    "a withheld column not asked for": ("slices", {("entries", 0, "withheld", 0, "column"): "pid"}),
    "a reason that is none": ("slices", {("entries", 0, "withheld", 0, "reason"): "p017"}),
    "a slice twice": ("slices", {("entries", 0, "slices", 0, "value"): "shade"}),
    "another slice's metric": ("slices", {("entries", 0, "whole", "scores", 0, "metric"): "rank-1"}),
    "no entries": ("slices", {("entries",): []}),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_no_answer_is_not_believed(lie: str) -> None:
    with pytest.raises(BadAnswerError):
        _read(*LIES[lie])


def test_of_a_refusal_the_code_alone_is_kept() -> None:
    found = read_answer(Comparison(task="tiers"), {"outcome": "refused", "code": "no_queries" * 9, "message": "words"})

    assert found == Refused(("no_queries" * 9)[:40])
