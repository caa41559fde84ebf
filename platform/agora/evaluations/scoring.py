"""Score entries: claim one, run the scorer's child, write its final state once."""

import hashlib
import logging
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse

from agora.activity.services import notify
from agora.core import attempts
from agora.core.attempts import Failure, fail, judge, see_through, spend_attempt, storage_code
from agora.core.database import patiently, storable
from agora.core.leases import Lease, LeaseLostError, Work
from agora.core.logs import bound
from agora.core.queue import wake
from agora.core.refs import new_ref
from agora.core.scorer import Answer, Job
from agora.core.storage import alias
from agora.evaluations.asking import ask_about
from agora.evaluations.results import BadResultError, ScoreConflictError, ScoredResult, read_result, write_scores
from agora.leaderboards.services import open_row
from agora.submissions.entries import release_charge
from agora.submissions.models import Evaluation, EvaluationState
from scoring import SCORER_REVISION, Report

logger = logging.getLogger(__name__)

EVALUATIONS: Work[Evaluation] = Work(
    model=Evaluation,
    waiting="state = 'queued'",
    held=Q(state=EvaluationState.SCORING),
    on_claim=", state = 'scoring', started_at = clock_timestamp()",
    on_release={"state": EvaluationState.QUEUED},
)


@dataclass(frozen=True)
class Scored:
    """A result whose per-query table is stored."""

    result: ScoredResult
    results_key: str
    results_sha256: str
    seconds: float
    peak_memory_bytes: int


Settled = Scored | Report | Failure


def score_next() -> bool:
    """Score the evaluation that is next in the queue; False when none waits."""
    claimed = EVALUATIONS.claim()
    if claimed is None:
        return False
    score_evaluation(*claimed)
    return True


def score_evaluation(evaluation: Evaluation, lease: Lease) -> None:
    """Spend one attempt on a claimed evaluation and write what came of it under the lease's fence.

    `scored` with scores, board row and notification, `invalid` with its report, or after a failure of ours another attempt and
    at last `error` with an incident; the last two give the charge back. A result that comes after the lease went to another
    worker is discarded.
    """
    with bound(evaluation=evaluation.ref, attempt=lease.attempt, owner=lease.owner):
        see_through(EVALUATIONS, lease, partial(_attempt, evaluation, lease), settle)


def settle(lease: Lease, settled: Settled) -> None:
    """Write the end of an attempt in one transaction; LeaseLostError, and nothing is written, when the fence does not hold.

    Scores that differ from those already stored are an incident: the transaction is rolled back and the evaluation ends `error`.
    """
    try:
        with transaction.atomic():
            evaluation = _locked(lease)
            if isinstance(settled, Scored):
                _finish_scored(evaluation, lease, settled)
            elif isinstance(settled, Report):
                _finish_invalid(evaluation, lease, settled)
            else:
                _fail(evaluation, lease, settled)
    except ScoreConflictError as error:
        settle(lease, fail(EVALUATIONS, lease, "score_conflict", error))


def reap() -> int:
    """Put evaluations back whose worker stopped answering, or end them after the last attempt; return how many leases ran out."""
    return attempts.reap(EVALUATIONS, settle)


def _attempt(evaluation: Evaluation, lease: Lease) -> Settled | None:
    # All that is read of the database is read here, and kept on the row: the rest of the attempt does not need it.
    job = patiently(partial(job_of, evaluation))
    if evaluation.spec.scorer_revision != SCORER_REVISION:
        return fail(EVALUATIONS, lease, "wrong_spec", wanted=evaluation.spec.scorer_revision, here=SCORER_REVISION)
    answer = spend_attempt(EVALUATIONS, lease, job)
    if not isinstance(answer, Answer):
        return answer
    try:
        return _read(evaluation, answer)
    except BadResultError as error:
        return fail(EVALUATIONS, lease, "bad_answer", error)
    except OSError as error:
        return fail(EVALUATIONS, lease, storage_code(error), error)


def job_of(evaluation: Evaluation) -> Job:
    """Return what the scorer's child is asked for an evaluation."""
    spec = evaluation.spec
    return Job(
        task="evaluate",
        submission=("submissions", evaluation.submission.upload.storage_key),
        annotations=("ground_truth", spec.ground_truth.storage_key),
        format=spec.format,
        protocol=spec.protocol,
    )


def _read(evaluation: Evaluation, answer: Answer) -> Scored | Report:
    """Read the child's answer, which comes from a process that read a stranger's file, and store its per-query table."""
    message = answer.message or {}
    if message["outcome"] == "invalid":
        try:
            return Report.from_mapping(message["report"])
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise BadResultError("report") from error
    result = read_result(message["result"], evaluation)
    if not answer.per_query:
        raise BadResultError("no per-query results")
    sha256 = hashlib.sha256(answer.per_query).hexdigest()
    # Each attempt writes an object of its own: the sweep, which goes by age, may be removing that of an earlier one.
    key = alias("results").save(
        f"per_query/{evaluation.ref}-{new_ref()}/{sha256}.parquet", ContentFile(answer.per_query)
    )
    return Scored(result, key, sha256, answer.outcome.seconds, answer.outcome.peak_memory_bytes)


def _locked(lease: Lease) -> Evaluation:
    held = EVALUATIONS.fenced(lease).select_for_update(of=("self",))
    related = ("submission__upload", "submission__phase__competition", "submission__submitted_by", "spec__ground_truth")
    evaluation = held.select_related(*related).first()
    if evaluation is None:
        raise LeaseLostError
    return evaluation


def _finish_scored(evaluation: Evaluation, lease: Lease, scored: Scored) -> None:
    write_scores(evaluation, scored.result.scores)
    _end(
        lease,
        EvaluationState.SCORED,
        counts=scored.result.counts,
        warnings=storable(scored.result.warnings),
        interval_kind=scored.result.interval,
        results_key=scored.results_key,
        results_sha256=scored.results_sha256,
        seconds=scored.seconds,
        peak_memory_bytes=scored.peak_memory_bytes,
        error_code="",
        incident="",
    )
    open_row(evaluation)
    evaluation.results_key, evaluation.results_sha256 = scored.results_key, scored.results_sha256
    ask_about(evaluation)
    _tell(evaluation, "scored", "is scored")


def _finish_invalid(evaluation: Evaluation, lease: Lease, report: Report) -> None:
    _end(lease, EvaluationState.INVALID, report=storable(report.to_mapping()), error_code="invalid")
    release_charge(evaluation.submission)
    _tell(evaluation, "invalid", "cannot be scored as it is; it cost nothing")


def _fail(evaluation: Evaluation, lease: Lease, failure: Failure) -> None:
    """Queue another attempt, or end the evaluation as our failure and give the charge back."""
    verdict = judge(failure, attempt=lease.attempt, earlier_code=evaluation.error_code)
    if not verdict.is_final:
        EVALUATIONS.requeue(lease, delay_seconds=verdict.delay_seconds, error_code=failure.code)
        wake("scoring")
        return
    _end(lease, EvaluationState.ERROR, error_code=failure.code, incident=failure.incident)
    release_charge(evaluation.submission)
    _tell(evaluation, "error", "could not be scored; this is our fault, and your quota was given back")


def _end(lease: Lease, state: EvaluationState, **values: Any) -> None:
    changed = EVALUATIONS.fenced(lease).update(state=state, finished_at=Now(), owner="", lease_until=None, **values)
    if changed != 1:
        raise LeaseLostError


def _tell(evaluation: Evaluation, kind: str, what: str) -> None:
    submission = evaluation.submission
    logger.info("evaluation ended how=%s submission=%s upload=%s", kind, submission.ref, submission.upload.ref)
    if submission.submitted_by is not None:
        text = f"{submission.upload.filename[:150]} {what}."
        notify(submission.submitted_by, kind, text, reverse("submissions:detail", args=[submission.ref]))
