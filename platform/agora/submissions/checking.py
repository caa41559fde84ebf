"""Check uploads: claim one, run the check on the public list of images alone, keep the report."""

import logging
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from agora.core import attempts
from agora.core.attempts import Failure, fail, judge, see_through, spend_attempt
from agora.core.database import patiently, storable
from agora.core.leases import Lease, LeaseLostError, Work
from agora.core.logs import bound
from agora.core.queue import wake
from agora.core.scorer import Answer, Job
from agora.submissions.intake import drop_bytes
from agora.submissions.models import Upload, UploadState
from scoring import Report

logger = logging.getLogger(__name__)

CHECKS: Work[Upload] = Work(
    model=Upload,
    waiting="state = 'checking' AND owner = ''",
    held=Q(state=UploadState.CHECKING) & ~Q(owner=""),
)


def check_next() -> bool:
    """Check the upload that waits longest; False when none waits."""
    claimed = CHECKS.claim()
    if claimed is None:
        return False
    check_upload(*claimed)
    return True


def check_upload(upload: Upload, lease: Lease) -> None:
    """Spend one attempt on a claimed upload: `ready`, `rejected` with its report, or another attempt after a failure of ours."""
    with bound(upload=upload.ref, attempt=lease.attempt, owner=lease.owner):
        see_through(CHECKS, lease, partial(_attempt, upload, lease), _settle)


def reap_checks() -> int:
    """Put uploads back whose worker stopped answering, or give them up after the last attempt; return how many leases ran out."""
    return attempts.reap(CHECKS, _settle)


def _attempt(upload: Upload, lease: Lease) -> Report | Failure | None:
    answer = spend_attempt(CHECKS, lease, patiently(partial(_job, upload)))
    return _read(answer, upload, lease) if isinstance(answer, Answer) else answer


def _job(upload: Upload) -> Job:
    spec = upload.phase.current_spec
    if spec is None:
        raise LookupError("the phase has no ground truth")
    truth, is_released = spec.ground_truth, spec.protocol.get("gallery_labels") == "released"
    return Job(
        task="check",
        submission=("submissions", upload.storage_key),
        images=("public", truth.manifest_key),
        # Whether a predicted identity exists is said only where the gallery's identities are public.
        gallery_identities=("public", truth.identities_key) if is_released and truth.identities_key else None,
        format=spec.format,
        protocol=spec.protocol,
    )


def _read(answer: Answer, upload: Upload, lease: Lease) -> Report | Failure:
    """Return the child's report, if it is one and of this file."""
    try:
        report = Report.from_mapping((answer.message or {})["report"])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        return fail(CHECKS, lease, "bad_answer", error)
    return report if report.sha256 == upload.sha256 else fail(CHECKS, lease, "bad_answer")


def _settle(lease: Lease, settled: Report | Failure) -> None:
    """Write the end of an attempt in one transaction; LeaseLostError, and nothing is written, when the fence does not hold."""
    with transaction.atomic():
        upload = CHECKS.fenced(lease).select_for_update().first()
        if upload is None:
            raise LeaseLostError
        if isinstance(settled, Failure):
            _fail_check(upload, lease, settled)
        else:
            _finish(upload, lease, settled)


def _finish(upload: Upload, lease: Lease, report: Report) -> None:
    changes: dict[str, Any] = {"checked_at": Now(), "report": storable(report.to_mapping())}
    if report.ok:
        ready = {"state": UploadState.READY, "owner": "", "lease_until": None, "error_code": ""}
        CHECKS.fenced(lease).update(**ready, **changes)
        logger.info("check ended how=%s", "ready")
    else:
        drop_bytes(upload, "invalid", **changes)
        logger.info("check ended how=%s", "invalid")


def _fail_check(upload: Upload, lease: Lease, failure: Failure) -> None:
    """Give the upload another attempt, or reject it as our fault, with the incident and without its bytes."""
    verdict = judge(failure, attempt=lease.attempt, earlier_code=upload.error_code)
    if verdict.is_final:
        drop_bytes(upload, failure.code, incident=failure.incident, checked_at=Now())
    else:
        CHECKS.requeue(lease, delay_seconds=verdict.delay_seconds, error_code=failure.code)
        wake("checking")
