"""Collect what the pages of submitting show: the three steps, in the state of one upload."""

import shlex
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode

from agora.competitions.head import Head, head
from agora.competitions.models import Competition, DataFile, Phase
from agora.core import words
from agora.core.attempts import REASONS
from agora.core.errors import ParticipantError
from agora.submissions.findings import findings
from agora.submissions.intake import require_open
from agora.submissions.models import Upload, UploadState
from agora.submissions.presentation import primary_words
from agora.submissions.selectors import same_file

# What pages say of an upload that ended without a report; the codes are those of `agora.submissions.errors`.
ENDS = {
    "aborted": "The file did not arrive whole. Nothing was stored and nothing was charged.",
    "truncated": "The connection ended before the whole file was here. Nothing was stored and nothing was charged.",
    "too_large": "The file is larger than this site takes. Nothing was stored and nothing was charged.",
    "empty_file": "The file is empty. Nothing was charged.",
    "storage_full": "Our disk is full, so the file was not stored. This is our fault; nothing was charged.",
    "phase_closed": "Entries closed before the last byte arrived. Nothing was charged.",
    "discarded": "This file was given up to make room for a newer one. Nothing was charged.",
    "stalled": "The file stopped arriving. Nothing was stored and nothing was charged.",
}
GIVEN_UP = "This file is not here any more. Nothing was charged."


def submit_page(competition: Competition, phase: Phase, visitor: Any) -> dict[str, Any]:
    """Return the context of the first step; `refusal` says why nothing can be sent now."""
    shown = head(competition, visitor, phase=phase)
    return {
        **_frame(shown, phase),
        "limit_bytes": settings.UPLOAD_MAX_BYTES,
        "offline_command": offline_command(phase, f"{phase.slug}.csv"),
        "sample": sample_file(phase),
        "upload_url": reverse("submissions:upload-create", args=[competition.slug]),
        "refusal": _refusal(phase),
    }


def upload_page(upload: Upload, visitor: Any, *, show: str = "", page: int = 1) -> dict[str, Any]:
    """Return the context of the second and third step for one upload."""
    shown = head(upload.phase.competition, visitor, phase=upload.phase)
    return {
        **_frame(shown, upload.phase),
        **upload_state(upload, show=show, page=page),
        "same_file": same_file_words(upload),
    }


def upload_state(upload: Upload, *, show: str = "", page: int = 1) -> dict[str, Any]:
    """Return what the state of one upload's check shows."""
    is_over = upload.state in {UploadState.REJECTED, UploadState.READY}
    found = findings(upload.report, upload.filename, show=show, page=page) if upload.report else None
    slug = upload.phase.competition.slug
    return {
        "upload": upload,
        "found": found,
        "failure": "" if found or not is_over else _failure(upload),
        "is_ready": upload.state == UploadState.READY,
        "step_class": {UploadState.READY: "done", UploadState.REJECTED: "failed"}.get(UploadState(upload.state), "now"),
        "state_url": "" if is_over else reverse("submissions:upload-state", args=[upload.ref]),
        "problems_url": reverse("submissions:upload-problems", args=[upload.ref]),
        "submit_url": f"{reverse('submissions:submit', args=[slug])}?{urlencode({'phase': upload.phase.slug})}",
        "offline_command": offline_command(upload.phase, upload.filename),
    }


def upload_mapping(upload: Upload) -> dict[str, Any]:
    """Return the state of an upload as a script reads it."""
    code = upload.error_code if upload.state == UploadState.REJECTED else ""
    error = {"code": code, "message": _failure(upload), "incident": upload.incident}
    return {
        "ref": upload.ref,
        "state": upload.state,
        "phase": upload.phase.slug,
        "filename": upload.filename,
        "size": upload.size_bytes,
        "sha256": upload.sha256,
        "page": reverse("submissions:upload", args=[upload.ref]),
        "submit": reverse("submissions:upload-submit", args=[upload.ref]),
        "report": upload.report,
        "error": error if code and upload.report is None else None,
    }


def offline_command(phase: Phase, filename: str) -> str:
    """Return the command that runs the same check on one's own machine.

    The name comes from whoever sent the file, and others of the team, or an organiser, may copy the line into their shell.
    """
    competition = phase.competition
    later = f" --phase {phase.slug}" if competition.phases.first() != phase else ""
    given = f"--submission {shlex.quote(filename)} --images images.csv"
    return f"python -m challenges check {competition.slug} {given}{later}"


def sample_file(phase: Phase) -> DataFile | None:
    """Return the release's valid file for a phase: the one named after it, else the common one."""
    files = phase.competition.data_files.filter(withdrawn_at__isnull=True)
    named = files.filter(name=f"sample_submission_{phase.slug}.csv").first()
    return named or files.filter(name="sample_submission.csv").first()


def same_file_words(upload: Upload) -> str:
    """Ask whether the very same bytes are to be entered once more; empty if they never were."""
    entry = same_file(upload)
    if entry is None:
        return ""
    facts = ", ".join(filter(None, (f"entry {entry.number}", primary_words(entry))))
    return f"You submitted this very file on {words.day(entry.submitted_at)} ({facts}). Submit it again?"


def _frame(shown: Head, phase: Phase) -> dict[str, Any]:
    phases = list(shown.competition.phases.all())
    quota = {"left": shown.left_today, "of": phase.daily_quota, "resets_in": words.duration(shown.resets_in)}
    return {
        "head": shown,
        "tab": "submissions",
        "phase": phase,
        "phases": phases,
        "several_phases": len(phases) > 1,
        "quota": quota if shown.membership else None,
    }


def _refusal(phase: Phase) -> ParticipantError | None:
    try:
        require_open(phase)
    except ParticipantError as error:
        return error
    return None


def _failure(upload: Upload) -> str:
    if upload.incident:
        reason = REASONS.get(upload.error_code, REASONS["unexpected"])
        return f"We could not check this file: {reason}. Incident {upload.incident}. Nothing was charged."
    return ENDS.get(upload.error_code, GIVEN_UP)
