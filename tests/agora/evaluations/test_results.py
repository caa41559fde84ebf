"""Results that the scorer cannot have given: the child read a stranger's file, so nothing it says is believed unread."""

import json
from typing import Any

import pytest

from agora.evaluations import services
from agora.submissions.models import Evaluation, EvaluationState, Score, Submission
from tests.agora.children import Stand

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files")]


def _only() -> Evaluation:
    return Evaluation.objects.get()


def _result(entry: Submission, **changes: Any) -> str:
    spec = entry.evaluations.get().spec
    score = {"split": "public", "track": "macro", "metric": "mAP", "value": 0.5, "low": None, "high": None}
    given = {
        "schema": 1,
        "scorer_revision": spec.scorer_revision,
        "protocol_hash": spec.protocol_hash,
        "submission_sha256": entry.upload.sha256,
        "annotations_sha256": spec.ground_truth.sha256,
        "scores": [score],
        "counts": [{"split": "public", "track": "macro", "queries": 1, "identities": 1, "skipped": 0}],
        "interval": "gallery fixed",
        "warnings": [],
        **changes,
    }
    told = json.dumps({"outcome": "scored", "result": given})
    return f"answer({told!r})\nos.write(job['per_query'], b'PAR1')"


def _with(**changes: Any) -> list[dict[str, Any]]:
    return [{"split": "public", "track": "macro", "metric": "mAP", "value": 0.5, "low": None, "high": None, **changes}]


@pytest.mark.parametrize(
    "changes",
    [
        {"submission_sha256": "0" * 64},
        {"annotations_sha256": "0" * 64},
        {"protocol_hash": "0" * 16},
        {"scorer_revision": 0},
        {"schema": 2},
        {"scores": []},
        {"scores": _with() + _with()},
        {"scores": _with(value=1.5)},
        {"scores": _with(value=True)},
        {"scores": _with(value="0.5")},
        {"scores": _with(low=0.1)},
        {"scores": _with(split="secret")},
        {"counts": [{"split": "public"}]},
        {"interval": None, "warnings": None},
    ],
)
def test_a_result_that_cannot_be_is_a_failure(entry: Submission, stand: Stand, changes: dict[str, Any]) -> None:
    stand.in_(_result(entry, **changes))

    services.score_next()

    assert (_only().state, _only().error_code) == (EvaluationState.QUEUED, "bad_answer")
    assert not Score.objects.exists()


def test_not_a_number_is_no_score(entry: Submission, stand: Stand) -> None:
    stand.in_(_result(entry, scores=_with(value=float("nan"))))

    services.score_next()

    assert _only().state == EvaluationState.QUEUED
    assert not Score.objects.exists()


def test_a_result_without_its_table_is_a_failure(entry: Submission, stand: Stand) -> None:
    stand.in_(_result(entry).rsplit("\n", 1)[0])

    services.score_next()

    assert _only().error_code == "bad_answer"
