"""The check: what becomes of good and bad files, and of our own failures."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from agora.accounts.models import User
from agora.competitions.models import Phase
from agora.core import shutdown
from agora.core.scorer import ask_scorer
from agora.submissions import services
from agora.submissions.checking import CHECKS, _job, check_upload
from agora.submissions.models import Upload, UploadState
from tests.agora import children, factories
from tests.agora.children import Breaker, Stand

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files", "remembered")]


@pytest.fixture
def phase(files: Path, tmp_path: Path) -> Phase:
    """Return an open phase."""
    return factories.make_open_phase(tmp_path)


@pytest.fixture
def user(phase: Phase) -> User:
    """Return a participant."""
    return factories.make_member(phase.competition)


@pytest.fixture
def waiting(phase: Phase, user: User) -> Upload:
    """Return a good file that waits for its check."""
    return factories.send(phase, user, factories.make_truth().ranking())


def _due(upload: Upload) -> None:
    """Let the next attempt begin now."""
    Upload.objects.filter(pk=upload.pk).update(not_before=F("created_at"))


def _objects(files: Path) -> list[str]:
    return [path.name for path in (files / "submissions").rglob("*") if path.is_file()]


def test_nothing_waits() -> None:
    assert not services.check_next()


def test_a_complete_file_is_ready(waiting: Upload) -> None:
    assert services.check_next()

    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempt, waiting.owner, waiting.lease_until) == (UploadState.READY, 1, "", None)
    assert waiting.report is not None
    assert (waiting.report["ok"], waiting.report["queries_found"]) == (True, 12)
    assert waiting.checked_at is not None


def test_a_bad_file_is_rejected_with_every_reason_and_without_its_bytes(phase: Phase, user: User, files: Path) -> None:
    upload = factories.send(phase, user, b"query_id,gallery_ids\nagq000,nobody\nagq000,nobody\nx,\xff\n")

    services.check_next()

    upload.refresh_from_db()
    assert (upload.state, upload.error_code, upload.storage_key) == (UploadState.REJECTED, "invalid", "")
    assert upload.report is not None
    assert len(upload.report["problems"]) >= 2
    assert _objects(files) == []


@pytest.mark.parametrize("code", [children.CRASH, children.LIE, children.NOTHING, children.STATUS])
def test_a_failure_of_ours_is_tried_three_times_and_said_to_be_ours(
    waiting: Upload, stand: Stand, files: Path, code: str, settings: Any
) -> None:
    settings.PERIODS = {**settings.PERIODS, "retry": 3600}
    stand.in_(code)
    for attempt in (1, 2):
        assert services.check_next()
        waiting.refresh_from_db()
        assert (waiting.state, waiting.attempt, waiting.owner) == (UploadState.CHECKING, attempt, "")
        assert not services.check_next()  # not before its time
        _due(waiting)

    services.check_next()

    waiting.refresh_from_db()
    assert (waiting.state, waiting.error_code) == (UploadState.REJECTED, "scorer_failed")
    assert waiting.incident
    assert _objects(files) == []


@pytest.mark.parametrize("limit", ["limit_memory", "limit_time"])
def test_a_broken_limit_is_tried_once_more(waiting: Upload, breaking: Breaker, limit: str) -> None:
    breaking(limit)
    services.check_next()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error_code) == (UploadState.CHECKING, limit)

    _due(waiting)
    services.check_next()

    waiting.refresh_from_db()
    assert (waiting.state, waiting.error_code) == (UploadState.REJECTED, limit)


def test_after_a_failure_the_next_attempt_may_succeed(waiting: Upload, stand: Stand) -> None:
    stand.in_(children.CRASH)
    services.check_next()
    stand.out()
    _due(waiting)

    services.check_next()

    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempt, waiting.error_code) == (UploadState.READY, 2, "")


@pytest.mark.parametrize(
    "change", [{"sha256": "0" * 64}, {"problems": "none"}, {"ok": "x", "rows_read": None, "extra": 1}]
)
def test_a_report_of_something_else_is_a_failure(waiting: Upload, stand: Stand, change: dict[str, Any]) -> None:
    report = {
        "ok": True,
        "problems": [],
        "rows_read": 1,
        "bytes_read": 1,
        "queries_found": 1,
        "queries_expected": 1,
        "sha256": waiting.sha256,
        "depth": "full",
    }
    stand.in_(f"answer({json.dumps(json.dumps({'outcome': 'report', 'report': {**report, **change}}))})")

    services.check_next()

    waiting.refresh_from_db()
    assert (waiting.state, waiting.error_code) == (UploadState.CHECKING, "bad_answer")


def test_a_missing_object_is_our_failure(waiting: Upload, files: Path) -> None:
    (files / "submissions" / waiting.storage_key).unlink()

    services.check_next()

    waiting.refresh_from_db()
    assert (waiting.state, waiting.error_code) == (UploadState.CHECKING, "object_missing")


def test_a_late_report_is_discarded(waiting: Upload) -> None:
    claimed = CHECKS.claim()
    assert claimed is not None
    Upload.objects.filter(pk=waiting.pk).update(attempt=2, owner="another")

    check_upload(*claimed)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempt, waiting.owner, waiting.report) == (UploadState.CHECKING, 2, "another", None)


def test_a_shutdown_hands_the_file_back_without_counting_an_attempt(waiting: Upload) -> None:
    shutdown.begin_shutdown()
    try:
        assert services.check_next()
    finally:
        shutdown.forget_shutdown()

    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempt, waiting.owner) == (UploadState.CHECKING, 0, "")
    assert services.check_next()
    waiting.refresh_from_db()
    assert waiting.state == UploadState.READY


def test_the_reaper_takes_back_what_a_dead_worker_held(waiting: Upload) -> None:
    for attempt in (1, 2, 3):
        assert CHECKS.claim() is not None
        assert services.reap_checks() == 0
        Upload.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert services.reap_checks() == 1
        waiting.refresh_from_db()
        assert waiting.attempt == attempt
        _due(waiting)

    assert (waiting.state, waiting.error_code, waiting.owner) == (UploadState.REJECTED, "worker_lost", "")
    assert waiting.incident


def test_the_child_gets_no_ground_truth(waiting: Upload, stand: Stand, files: Path) -> None:
    hidden = [path.stat().st_ino for path in (files / "ground_truth").rglob("*") if path.is_file()]
    stand.in_(
        f"""
        hidden = {hidden}
        given = [job[name] for name in ("annotations", "per_query", "gallery_identities")]
        for number in range(64):
            try:
                found = os.fstat(number).st_ino in hidden
            except OSError:
                continue
            if found:
                sys.exit(8)
        sys.exit(0 if hidden and given == [None] * 3 else 9)
        """
    )
    claimed = CHECKS.claim()
    assert claimed is not None

    assert ask_scorer(_job(claimed[0])).outcome.status == 0
