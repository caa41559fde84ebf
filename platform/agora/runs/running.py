"""Compute runs: claim one, let its children train and answer, enter the answer, write its final state once."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse

from agora.activity.services import notify
from agora.core import attempts
from agora.core.attempts import LIMIT_CODES, Failure, fail, judge, see_through, storage_code
from agora.core.children import Ending, Outcome
from agora.core.database import patiently
from agora.core.errors import ParticipantError
from agora.core.leases import Lease, LeaseLostError, Work, heartbeat
from agora.core.logs import bound
from agora.core.workers import has_torch
from agora.runs.child import Place, rank_arguments, run_step, train_arguments
from agora.runs.finishing import Kept, keep
from agora.runs.folders import FolderBusyError, NoReleaseError, RunFolder, folder_of, held, public_release, tidy
from agora.runs.models import Artefact, Device, Run, RunState
from agora.runs.queueing import wake_for
from agora.runs.telling import Stop, Teller
from agora.submissions.errors import StorageFullError

logger = logging.getLogger(__name__)

RUNS: Work[Run] = Work(
    model=Run,
    waiting="state = 'queued'",
    held=Q(state=RunState.RUNNING),
    on_claim=", state = 'running', started_at = clock_timestamp()",
    on_release={"state": RunState.QUEUED},
)
#: What a worker of a device takes.
_TAKES: Final = {
    Device.CPU: "state = 'queued' AND device IN ('auto', 'cpu')",
    Device.CUDA: "state = 'queued' AND device IN ('auto', 'cuda')",
}
_WITHOUT_TORCH: Final = " AND NOT needs_torch"
_LIMIT_WORDS: Final = {
    Ending.MEMORY: "It needed more memory than this site gives a run.",
    Ending.DEADLINE: "It took longer than this site lets a run take.",
    Ending.TASKS: "It started more threads than this site lets a run have.",
    Ending.SIZE: "It wrote a larger file than this site lets a run write.",
}
_REASONS: Final = {
    "storage_full": "Our disk is full. Resume the run when there is room.",
    "worker_lost": "The machine that computed it stopped answering, several times.",
    "object_missing": "A stored file of the release could not be read.",
}
_UNEXPECTED: Final = "Something of ours failed."


@dataclass(frozen=True)
class Ended:
    """A run that finished, failed by itself, or was cancelled; `kept` only of a finished one."""

    state: RunState
    told: dict[str, Any]
    reason: str = ""
    is_resumable: bool = False
    code: str = ""
    kept: Kept | None = None


def work_of(device: Device) -> Work[Run]:
    """Return the runs that a worker of a device takes, where PyTorch is not installed those that do without."""
    waiting = _TAKES[device] + ("" if has_torch() else _WITHOUT_TORCH)
    return replace(RUNS, waiting=waiting, on_claim=f"{RUNS.on_claim}, used_device = '{device.value}'")


def run_next(device: Device) -> bool:
    """Compute the run that is next in a device's queue; False when none waits."""
    claimed = work_of(device).claim()
    if claimed is None:
        return False
    run, lease = claimed
    with bound(run=run.ref, attempt=lease.attempt, owner=lease.owner):
        see_through(RUNS, lease, partial(_attempt, run, lease, device), settle)
    patiently(tidy)
    return True


def reap() -> int:
    """Put runs back whose worker stopped answering, or end them after the last attempt; return how many leases ran out."""
    return attempts.reap(RUNS, settle)


def settle(lease: Lease, settled: Ended | Failure) -> None:
    """Write the end of an attempt in one transaction; LeaseLostError, and nothing is written, when the fence does not hold."""
    with transaction.atomic():
        held_row = RUNS.fenced(lease).select_for_update(of=("self",))
        run = held_row.select_related("phase__competition", "started_by").first()
        if run is None:
            raise LeaseLostError
        if isinstance(settled, Ended):
            _end(run, lease, settled)
        else:
            _fail(run, lease, settled)


def _attempt(run: Run, lease: Lease, device: Device) -> Ended | Failure | None:
    run = patiently(Run.objects.select_related("phase__competition", "phase__current_spec").filter(pk=run.pk).get)
    folder = folder_of(run)
    with heartbeat(RUNS, lease) as beat, _pipe() as (reader, writer):
        teller = Teller.of(run, RUNS, lease, beat, reader)
        try:
            with held(folder) as descriptor:
                folder.prepare()
                release = public_release(run.phase.competition)
                return _steps(run, teller, Place(release, folder, device, writer, descriptor))
        except FolderBusyError:
            # The child of an earlier attempt is about to be ended by its own worker: no attempt of this one.
            delay = settings.PERIODS["retry"]
            patiently(lambda: RUNS.requeue(lease, delay_seconds=delay, attempt=F("attempt") - 1))
            return None
        except StorageFullError as error:
            return fail(RUNS, lease, "storage_full", error)
        except (NoReleaseError, ParticipantError) as error:
            return Ended(RunState.FAILED, teller.columns(), str(error), is_resumable=True, code="refused")
        except OSError as error:
            return fail(RUNS, lease, storage_code(error), error)


@contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    """Give a pipe whose reading end belongs to this process and whose writing end to its children."""
    reader, writer = os.pipe()
    try:
        yield reader, writer
    finally:
        os.close(reader)
        os.close(writer)


def _steps(run: Run, teller: Teller, place: Place) -> Ended | None:
    """Train, then answer; None when the run was handed back or went to another."""
    for arguments in (train_arguments(run, place), rank_arguments(run, place)):
        outcome = run_step(arguments, place, teller.look)
        teller.spent(outcome)
        if outcome.ending is Ending.INTERRUPTED:
            return _interrupted(run, teller, place.folder)
        if outcome.ending is not Ending.FINISHED:
            return _failed(outcome, teller, place.folder)
    kept = keep(run, place.folder, teller.journal.facets)
    return Ended(RunState.FINISHED, teller.columns(), kept=kept)


def _interrupted(run: Run, teller: Teller, folder: RunFolder) -> Ended | None:
    if teller.stop is Stop.CANCELLED:
        teller.journal.note("cancelled")
        return Ended(RunState.CANCELLED, teller.columns(), is_resumable=folder.has_checkpoint)
    handed_back = teller.stop is Stop.SHUTDOWN and patiently(partial(RUNS.release, teller.lease))
    logger.info("run interrupted id=%s end=%s", run.pk, "released" if handed_back else "lost")
    return None


def _failed(outcome: Outcome, teller: Teller, folder: RunFolder) -> Ended:
    """Say why a step failed: by its limit, in its own last words, or by its status."""
    said, limit = teller.journal, _LIMIT_WORDS.get(outcome.ending, "")
    status = f"signal {-outcome.status}" if outcome.status < 0 else f"status {outcome.status}"
    reason = limit or said.reason or f"It ended with {status} and did not say why. Its last lines are in the log."
    is_resumable = said.is_resumable if said.reason and not limit else folder.has_checkpoint
    code = LIMIT_CODES.get(outcome.ending, "run_failed")
    return Ended(RunState.FAILED, teller.columns(), reason, is_resumable=is_resumable, code=code)


def _end(run: Run, lease: Lease, ended: Ended) -> None:
    values: dict[str, Any] = {**ended.told, "reason": ended.reason, "is_resumable": ended.is_resumable}
    if ended.kept is not None:
        Artefact.objects.bulk_create(ended.kept.artefacts)
        kept = {"submission": ended.kept.submission, "facets": ended.kept.facets}
        values |= {**kept, "environment": ended.kept.environment}
    _write_end(run, lease, ended.state, error_code=ended.code, incident="", **values)


def _fail(run: Run, lease: Lease, failure: Failure) -> None:
    """Queue another attempt after a failure of ours, or end the run; a full disk is for a person to mend."""
    verdict = judge(failure, attempt=lease.attempt, earlier_code=run.error_code)
    if run.cancel_asked_at is not None:
        resumable = {"is_resumable": True, "error_code": failure.code, "incident": failure.incident}
        _write_end(run, lease, RunState.CANCELLED, **resumable)
        return
    if not verdict.is_final and failure.code != "storage_full":
        RUNS.requeue(lease, delay_seconds=verdict.delay_seconds, error_code=failure.code)
        wake_for(run)
        return
    reason = f"{_REASONS.get(failure.code, _UNEXPECTED)} Incident {failure.incident}."
    told = {"reason": reason, "is_resumable": True, "error_code": failure.code, "incident": failure.incident}
    _write_end(run, lease, RunState.FAILED, **told)


def _write_end(run: Run, lease: Lease, state: RunState, **values: Any) -> None:
    changed = RUNS.fenced(lease).update(
        state=state, finished_at=Now(), owner="", lease_until=None, cancel_asked_at=None, **values
    )
    if changed != 1:
        raise LeaseLostError
    logger.info("run ended how=%s id=%s", state.value, run.pk)
    text = f"The run of {run.title} in {run.phase.competition.title} has {_WORDS[state]}."
    notify(run.started_by, f"run-{state.value}", text, reverse("runs:detail", args=[run.ref]))


_WORDS: Final = {RunState.FINISHED: "finished", RunState.FAILED: "failed", RunState.CANCELLED: "been cancelled"}
