"""Spend one attempt on a claimed row: run its child under a heartbeat and say what came of it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings

from agora.core.children import Ending
from agora.core.database import OPERATIONAL, patiently
from agora.core.incidents import report_incident
from agora.core.leases import Lease, LeaseLostError, Work, heartbeat
from agora.core.scorer import Answer, Question, ask_scorer
from agora.core.shutdown import is_shutting_down
from agora.core.storage import is_out_of_space

logger = logging.getLogger(__name__)

LIMIT_CODES = {
    Ending.MEMORY: "limit_memory",
    Ending.DEADLINE: "limit_time",
    Ending.TASKS: "limit_tasks",
    Ending.SIZE: "limit_size",
}
LIMITS = frozenset(LIMIT_CODES.values())
# What pages say of each code, after "We could not score this file: ".
REASONS = {
    "limit_memory": "the scorer ran out of memory",
    "limit_time": "the scorer ran out of time",
    "limit_tasks": "the scorer started too many threads",
    "limit_size": "the scorer's result grew too large",
    "scorer_failed": "the scorer stopped without a result",
    "bad_answer": "the scorer's result could not be read",
    "wrong_spec": "the scorer's version is not the one that this board asks for",
    "score_conflict": "two runs of the scorer gave different values",
    "object_missing": "a stored file could not be read",
    "storage_full": "our disk is full",
    "worker_lost": "the machine that scored it stopped answering",
    "unexpected": "something of ours failed",
}


@dataclass(frozen=True)
class Failure:
    """A failure of ours: its code, and the incident under which the log has it."""

    code: str
    incident: str


@dataclass(frozen=True)
class Verdict:
    """What to do with a row after a failure."""

    is_final: bool
    delay_seconds: float


def see_through(
    work: Work[Any],
    lease: Lease,
    attempt: Callable[[], Any],
    settle: Callable[[Lease, Any], object],
) -> None:
    """Spend one attempt on a claimed row and write what came of it under the lease's fence.

    `attempt` returns what `settle` writes, or None when nothing is to be written; `settle` takes a `Failure` as well. It writes in
    one transaction and raises LeaseLostError when the fence does not hold: a result that comes after the lease went to another
    worker is discarded.
    """
    try:
        settled = attempt()
    except Exception as error:  # noqa: BLE001 - whatever fails, the row must not wait for its lease to run out
        settled = fail(work, lease, "unexpected", error)
    if settled is None:
        return
    try:
        patiently(partial(settle, lease, settled))
    except LeaseLostError:
        logger.warning("late result discarded row=%s id=%s attempt=%s", work.model.__name__, lease.pk, lease.attempt)
    except OPERATIONAL:
        raise  # the database is gone for good: the reaper takes the row when it is back
    except Exception as error:  # noqa: BLE001 - as above
        patiently(partial(settle, lease, fail(work, lease, "unexpected", error)))


def reap(work: Work[Any], settle: Callable[[Lease, Any], object]) -> int:
    """Settle every row whose worker stopped answering as a failure of ours; return how many leases ran out.

    A row that cannot be settled is an incident and keeps no other from its turn; one that a transaction holds waits for the next.
    """
    leases = work.expired(skip_locked=True)
    for lease in leases:
        try:
            settle(lease, fail(work, lease, "worker_lost"))
        except LeaseLostError:
            logger.info("lease ended meanwhile row=%s id=%s", work.model.__name__, lease.pk)
        except OPERATIONAL:
            raise  # the database went away: the next tick finds what this one has not reached
        except Exception as error:  # noqa: BLE001 - as the docstring says
            fail(work, lease, "unexpected", error)
    return len(leases)


def spend_attempt(work: Work[Any], lease: Lease, job: Question) -> Answer | Failure | None:
    """Run a job under the row's lease; None when the row was handed back or went to another, and nothing is to be written."""
    with heartbeat(work, lease) as beat:
        try:
            answer = ask_scorer(job, is_interrupted=lambda: beat.lost.is_set() or is_shutting_down())
        except OSError as error:
            return fail(work, lease, storage_code(error), error)
    if answer.outcome.ending is Ending.INTERRUPTED:
        handed_back = not beat.lost.is_set() and patiently(partial(work.release, lease))
        logger.info(
            "interrupted row=%s id=%s end=%s", work.model.__name__, lease.pk, "released" if handed_back else "lost"
        )
        return None
    if answer.message is None:
        code = LIMIT_CODES.get(answer.outcome.ending, "scorer_failed")
        return fail(work, lease, code, status=answer.outcome.status, trace=answer.outcome.trace)
    return answer


def storage_code(error: OSError) -> str:
    """Return the code of a failure of files: a full disk, an object that is not there or not readable, or something else."""
    if is_out_of_space(error):
        return "storage_full"
    return "object_missing" if isinstance(error, FileNotFoundError | PermissionError) else "unexpected"


def fail(work: Work[Any], lease: Lease, code: str, error: BaseException | None = None, **facts: object) -> Failure:
    """Log a failure of ours and return it."""
    ids = {"row": work.model.__name__, "id": lease.pk, "attempt": lease.attempt, **facts}
    return Failure(code, report_incident(logger, code, error, **ids))


def judge(failure: Failure, *, attempt: int, earlier_code: str) -> Verdict:
    """Decide whether a row gets another attempt.

    There are `EVALUATION_ATTEMPTS` in all; a file that hits a limit is tried only once more, since it will most likely hit it
    again and hold up everybody behind it. What cannot change by trying again is final at once.
    """
    hopeless = failure.code in {"wrong_spec", "score_conflict"}
    second_limit = failure.code in LIMITS and earlier_code in LIMITS
    is_final = hopeless or second_limit or attempt >= settings.EVALUATION_ATTEMPTS
    return Verdict(is_final, settings.PERIODS["retry"] * 2 ** (attempt - 1))
