"""Twenty files that break the limits of a child are a team's allowance for one day, counted where they ended."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from agora.accounts.models import User
from agora.competitions.models import Phase
from agora.core.attempts import LIMITS
from agora.core.errors import WrongStateError
from agora.evaluations.services import score_next
from agora.submissions import services
from agora.submissions.allowance import LIMIT_ALLOWANCE, broken_limits_today
from agora.submissions.errors import AllowanceExceededError
from agora.submissions.models import Evaluation, EvaluationState, Submission, Upload, UploadState
from tests.agora import factories
from tests.agora.children import Breaker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files")]
TRUTH = factories.make_truth()


@pytest.fixture
def phase(files: Path, tmp_path: Path) -> Phase:
    """Return an open phase whose quota is larger than the allowance."""
    return factories.make_open_phase(tmp_path, TRUTH, daily_quota=50)


@pytest.fixture
def user(phase: Phase) -> User:
    """Return a participant."""
    return factories.make_member(phase.competition)


def _break_limits(phase: Phase, user: User, *, entries: int = 0, uploads: int = 0, **changes: Any) -> None:
    """Write entries and uploads that ended at a limit a moment ago; `changes` go over the entries' rows."""
    ended = {"state": EvaluationState.ERROR, "error_code": "limit_memory", "finished_at": timezone.now(), **changes}
    for _ in range(entries):
        Evaluation.objects.filter(submission=factories.make_entry(phase, user)).update(**ended)
    for _ in range(uploads):
        row = factories.make_ready_upload(phase, user)
        rejected = {"state": UploadState.REJECTED, "error_code": "limit_time", "checked_at": timezone.now()}
        Upload.objects.filter(pk=row.pk).update(**rejected)


def _submit(phase: Phase, user: User) -> Submission:
    return services.submit(factories.make_ready_upload(phase, user), user, note="A note.")


def test_the_last_of_the_allowance_is_taken_and_the_next_refused(phase: Phase, user: User) -> None:
    _break_limits(phase, user, entries=LIMIT_ALLOWANCE - 3, uploads=2)
    upload = factories.make_ready_upload(phase, user)
    assert _submit(phase, user).charged_on is not None
    assert services.create_upload(phase, user, "heron.csv", 100).state == UploadState.RECEIVING

    _break_limits(phase, user, uploads=1)

    with pytest.raises(AllowanceExceededError, match="20 files of your team hit the limits"):
        services.submit(upload, user, note="A note.")
    with pytest.raises(AllowanceExceededError):
        services.create_upload(phase, user, "heron.csv", 100)
    assert not upload.submissions.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"finished_at": timezone.now() - timedelta(days=1)},
        {"error_code": "worker_lost"},
        {"state": EvaluationState.QUEUED, "finished_at": None},
    ],
)
def test_what_is_not_a_limit_of_today_does_not_count(phase: Phase, user: User, changes: dict[str, Any]) -> None:
    _break_limits(phase, user, entries=LIMIT_ALLOWANCE, **changes)

    assert broken_limits_today(_submit(phase, user).team) == 0  # type: ignore[arg-type]


def test_another_teams_files_do_not_count(phase: Phase, user: User) -> None:
    _break_limits(phase, factories.make_member(phase.competition), entries=LIMIT_ALLOWANCE)

    assert _submit(phase, user).charged_on is not None


@pytest.mark.parametrize("limit", sorted(LIMITS))
def test_a_check_that_breaks_a_limit_counts_once(
    phase: Phase, user: User, breaking: Breaker, settings: Any, limit: str
) -> None:
    settings.PERIODS = {**settings.PERIODS, "retry": -1}
    breaking(limit)
    upload = factories.send(phase, user, TRUTH.ranking())

    assert services.check_next()
    assert services.check_next()

    upload.refresh_from_db()
    assert (upload.state, upload.error_code, upload.attempt) == (UploadState.REJECTED, limit, 2)
    assert broken_limits_today(upload.team) == 1  # type: ignore[arg-type]


def test_an_entry_that_broke_a_limit_is_not_taken_back_before_it_counts(
    phase: Phase, user: User, breaking: Breaker, settings: Any
) -> None:
    settings.PERIODS = {**settings.PERIODS, "retry": -1}
    breaking("limit_time")
    entry = services.submit(factories.make_stored_upload(phase, user, TRUTH.ranking()), user, note="A note.")
    assert score_next()
    waiting = entry.evaluations.get()
    assert (waiting.state, waiting.attempt, waiting.error_code) == (EvaluationState.QUEUED, 1, "limit_time")

    with pytest.raises(WrongStateError, match="it is being tried again"):
        services.cancel(waiting, user)
    assert score_next()

    entry.refresh_from_db()
    assert (entry.evaluations.get().state, entry.released_at is None) == (EvaluationState.ERROR, False)
    assert broken_limits_today(entry.team) == 1  # type: ignore[arg-type]


def test_the_refusal_is_an_answer_with_a_status_of_its_own(phase: Phase, user: User) -> None:
    _break_limits(phase, user, uploads=LIMIT_ALLOWANCE)
    client = Client()
    client.force_login(user)

    answer = client.post(
        f"/c/{phase.competition.slug}/uploads",
        {"phase": phase.slug, "filename": "heron.csv", "size": 100},
        content_type="application/json",
    )

    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "allowance_exceeded"
    assert answer.json()["error"]["resets_at"]
