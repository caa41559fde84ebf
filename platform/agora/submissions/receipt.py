"""Write the receipt of an entry: all that its score is a function of, and the scores that may be shown."""

from typing import Any

from agora.submissions.models import Evaluation, Submission
from agora.submissions.presentation import shown_scores, warning_words

SCHEMA = 1


def receipt(submission: Submission, evaluation: Evaluation | None) -> dict[str, Any]:
    """Return the receipt as plain JSON values; scores are fractions, rounded and held back as everywhere."""
    upload, phase = submission.upload, submission.phase
    scores = shown_scores(evaluation, phase)
    splits = {score.split for score in scores}
    return {
        "schema": SCHEMA,
        "submission": submission.ref,
        "competition": phase.competition.slug,
        "phase": phase.slug,
        "kind": submission.kind,
        "team": submission.team.name if submission.team else submission.title,
        "entry": submission.number,
        "file": {"sha256": upload.sha256, "size_bytes": upload.size_bytes, "received_at": _iso(upload.received_at)},
        "submitted_at": _iso(submission.submitted_at),
        "evaluation": _evaluation(evaluation),
        "spec": _spec(evaluation),
        "primary": {"metric": phase.primary_metric, "track": phase.aggregate},
        "scores": [
            {
                "split": score.split,
                "track": score.track,
                "metric": score.metric,
                "value": score.value,
                "low": score.low,
                "high": score.high,
            }
            for score in scores
        ],
        "counts": [count for count in (evaluation.counts if evaluation else ()) if count["split"] in splits],
    }


def _iso(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()


def _evaluation(evaluation: Evaluation | None) -> dict[str, Any] | None:
    if evaluation is None:
        return None
    return {
        "ref": evaluation.ref,
        "state": evaluation.state,
        "attempt": evaluation.attempt,
        "queued_at": _iso(evaluation.queued_at),
        "started_at": _iso(evaluation.started_at),
        "finished_at": _iso(evaluation.finished_at),
        "incident": evaluation.incident,
        "interval": evaluation.interval_kind,
        "warnings": list(warning_words(evaluation, evaluation.submission.phase)),
    }


def _spec(evaluation: Evaluation | None) -> dict[str, Any] | None:
    if evaluation is None:
        return None
    spec, truth = evaluation.spec, evaluation.spec.ground_truth
    return {
        "protocol": spec.protocol,
        "protocol_hash": spec.protocol_hash,
        "format": spec.format,
        "format_hash": spec.format_hash,
        "scorer_revision": spec.scorer_revision,
        "ground_truth": {
            "version": truth.version,
            "sha256": truth.sha256,
            "manifest_sha256": truth.manifest_sha256,
        },
    }
