"""Answer questions about scored entries: claim one, run the scorer's child, write its answer once.

The same lease, child and limits as for scoring, since the child reads what an earlier one left of a stranger's file.
"""

import logging
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from agora.core import attempts
from agora.core.attempts import Failure, fail, judge, see_through, spend_attempt
from agora.core.database import patiently
from agora.core.leases import Lease, LeaseLostError, Work
from agora.core.queue import wake
from agora.core.scorer import Answer, ComparisonJob
from agora.evaluations.answers import Answered, BadAnswerError, Refused, read_answer
from agora.leaderboards.tiers import is_of_today
from agora.submissions.models import Comparison, ComparisonState, ComparisonTask, Evaluation
from scoring import SCORER_REVISION

logger = logging.getLogger(__name__)

COMPARISONS: Work[Comparison] = Work(
    model=Comparison,
    waiting="state = 'queued'",
    held=Q(state=ComparisonState.RUNNING),
    on_claim=", state = 'running'",
    on_release={"state": ComparisonState.QUEUED},
)


class Outdated:
    """Nobody asks any more: the board has other entries by now."""


Settled = Answered | Refused | Outdated | Failure


def compare_next() -> bool:
    """Answer the question that is next in the queue; False when none waits."""
    claimed = COMPARISONS.claim()
    if claimed is None:
        return False
    row, lease = claimed
    see_through(COMPARISONS, lease, partial(_attempt, row, lease), settle)
    return True


def settle(lease: Lease, settled: Settled) -> None:
    """Write the end of an attempt; LeaseLostError, and nothing is written, when the fence does not hold."""
    with transaction.atomic():
        row = COMPARISONS.fenced(lease).select_for_update().first()
        if row is None:
            raise LeaseLostError
        if isinstance(settled, Failure):
            _fail(row, lease, settled)
        elif isinstance(settled, Answered):
            _end(lease, ComparisonState.DONE, result=settled.result, error_code="", incident="")
        elif isinstance(settled, Refused):
            _end(lease, ComparisonState.REFUSED, error_code=settled.code, incident="")
        else:
            _end(lease, ComparisonState.OUTDATED)


def reap() -> int:
    """Put questions back whose worker stopped answering, or end them after the last attempt; return how many leases ran out."""
    return attempts.reap(COMPARISONS, settle)


def job_of(row: Comparison) -> ComparisonJob:
    """Return what the scorer's child is asked for a row."""
    spec = row.spec
    found = Evaluation.objects.in_bulk(row.entries)
    asked: dict[str, Any] = {"split": row.split, "metric": row.metric}
    if row.task == ComparisonTask.SLICES:
        asked = {"split": row.split, "metrics": [row.metric], "columns": row.columns}
    return ComparisonJob(
        task=row.task,
        protocol=spec.protocol,
        protocol_hash=spec.protocol_hash,
        annotations=("ground_truth", spec.ground_truth.storage_key),
        annotations_sha256=spec.ground_truth.sha256,
        per_query=tuple(("results", found[pk].results_key) for pk in row.entries),
        asked=asked,
    )


def _attempt(row: Comparison, lease: Lease) -> Settled | None:
    if row.task == ComparisonTask.TIERS and not patiently(partial(is_of_today, row)):
        return Outdated()
    job = patiently(partial(job_of, row))
    if row.spec.scorer_revision != SCORER_REVISION:
        return fail(COMPARISONS, lease, "wrong_spec", wanted=row.spec.scorer_revision, here=SCORER_REVISION)
    answer = spend_attempt(COMPARISONS, lease, job)
    if not isinstance(answer, Answer):
        return answer
    try:
        return read_answer(row, answer.message or {})
    except BadAnswerError as error:
        return fail(COMPARISONS, lease, "bad_answer", error)


def _fail(row: Comparison, lease: Lease, failure: Failure) -> None:
    """Queue another attempt, or end with an incident: the page shows no such number then, and the score stands."""
    verdict = judge(failure, attempt=lease.attempt, earlier_code=row.error_code)
    if verdict.is_final:
        _end(lease, ComparisonState.ERROR, error_code=failure.code, incident=failure.incident)
        return
    COMPARISONS.requeue(lease, delay_seconds=verdict.delay_seconds, error_code=failure.code)
    wake("comparing")


def _end(lease: Lease, state: ComparisonState, **values: Any) -> None:
    changed = COMPARISONS.fenced(lease).update(state=state, finished_at=Now(), owner="", lease_until=None, **values)
    if changed != 1:
        raise LeaseLostError
    logger.info("comparison ended id=%s state=%s", lease.pk, state)
