"""Make uploads in every state but those that a real check writes."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from agora.competitions.models import Competition, Phase
from agora.core.attempts import REASONS
from agora.submissions.models import Upload, UploadState
from agora.submissions.uploading import ENDS
from tests.agora.factories import team_of
from tests.browser.stage.people import Stage

INCIDENT = "7F3K22ABCDEF"


def make(stage: Stage) -> None:
    """Make one upload of `heron` for each state and each way to end."""
    phase = Competition.objects.get(slug="agsynth").phases.get(slug="ranking")
    stage.refs["upload-receiving"] = _upload(stage, phase, state=UploadState.RECEIVING).ref
    stage.refs["upload-checking"] = _upload(stage, phase, **_checking()).ref
    for code in (*ENDS, "gone"):
        stage.refs[f"upload-{code}"] = _upload(stage, phase, state=UploadState.REJECTED, error_code=code).ref
    for code in REASONS:
        ended = {"state": UploadState.REJECTED, "error_code": code, "incident": INCIDENT}
        stage.refs[f"upload-incident-{code}"] = _upload(stage, phase, **ended).ref
    for _ in range(settings.UPLOAD_PENDING_MAX):
        _upload(stage, phase, visitor="busy", **_checking())


def _checking() -> dict[str, Any]:
    """Return the fields of an upload that a worker holds for longer than the tests take."""
    return {
        "state": UploadState.CHECKING,
        "owner": "stage",
        "attempt": 1,
        "lease_until": timezone.now() + timedelta(days=1),
        "sha256": "0" * 64,
        "storage_key": "uploads/stage/0",
        "received_at": timezone.now(),
        "size_bytes": 6_200_000,
    }


def _upload(stage: Stage, phase: Phase, *, visitor: str = "heron", **fields: Any) -> Upload:
    user = stage.users[visitor]
    given = {"filename": "heron_v3.csv", "declared_bytes": 6_200_000, **fields}
    return Upload.objects.create(phase=phase, team=team_of(user, phase.competition), uploaded_by=user, **given)
