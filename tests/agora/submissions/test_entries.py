"""Entering a file: the charge, the quota, the refund, and races for the last place."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from agora.accounts.models import User
from agora.competitions.models import Phase
from agora.core.errors import FieldError, NotAllowedError, ParticipantError, QuotaExceededError, WrongStateError
from agora.submissions import errors, selectors, services
from agora.submissions.models import Evaluation, EvaluationState, Kind, Submission, UploadState
from tests.agora import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files")]


@pytest.fixture
def phase(files: Path, tmp_path: Path) -> Phase:
    """Return an open phase with a quota of five."""
    return factories.make_open_phase(tmp_path, daily_quota=5)


@pytest.fixture
def user(phase: Phase) -> User:
    """Return a participant."""
    return factories.make_member(phase.competition)


def test_an_entry_is_charged_and_queued(phase: Phase, user: User) -> None:
    upload, begun = factories.make_ready_upload(phase, user), timezone.now().date()

    entry = services.submit(
        upload,
        user,
        note="  First   try ",
        method="ResNet-50",
        card={"backbone": "R50", "pages": " "},
        facets=["rerank"],
    )

    evaluation = entry.evaluations.get()
    assert (entry.kind, entry.number, entry.note, entry.facets) == (Kind.PARTICIPANT, 1, "First try", 1)
    assert entry.card == {"backbone": "R50"}
    assert begun <= entry.charged_on <= timezone.now().date()
    assert (evaluation.state, evaluation.spec, evaluation.priority) == (EvaluationState.QUEUED, phase.current_spec, 0)


def test_a_double_click_enters_once(phase: Phase, user: User) -> None:
    upload = factories.make_ready_upload(phase, user)

    first, second = (services.submit(upload, user, note="A note.") for _ in range(2))

    assert first == second
    assert Submission.objects.count() == Evaluation.objects.count() == 1


def test_another_teams_file_is_refused(phase: Phase, user: User) -> None:
    upload = factories.make_ready_upload(phase, factories.make_member(phase.competition))

    with pytest.raises(NotAllowedError, match="another team"):
        services.submit(upload, user, note="Mine now.")


@pytest.mark.parametrize("state", [UploadState.CHECKING, UploadState.REJECTED, UploadState.RECEIVING])
def test_only_a_checked_file_is_entered(phase: Phase, user: User, state: UploadState) -> None:
    upload = factories.make_ready_upload(phase, user, state=state)

    with pytest.raises(WrongStateError):
        services.submit(upload, user, note="A note.")


@pytest.mark.parametrize(
    "fields",
    [
        {"note": " "},
        {"note": "x" * 201},
        {"note": "x", "method": "y" * 161},
        {"note": "x", "method": "\N{RIGHT-TO-LEFT OVERRIDE}ten"},
        {"note": "x", "card": {"Backbone": "a\N{ZERO WIDTH SPACE}b"}},
        {"note": "x", "facets": ["re-rank"]},
        {"note": "x", "card": {"a": "b" * 301}},
    ],
)
def test_what_describes_an_entry_is_checked(phase: Phase, user: User, fields: dict[str, object]) -> None:
    upload = factories.make_ready_upload(phase, user)

    with pytest.raises(FieldError):
        services.submit(upload, user, **fields)  # type: ignore[arg-type]
    assert not Submission.objects.exists()


def test_the_quota_is_per_day_and_says_when_it_returns(phase: Phase, user: User) -> None:
    for _ in range(5):
        factories.make_entry(phase, user)

    with pytest.raises(QuotaExceededError) as caught:
        factories.make_entry(phase, user)
    assert caught.value.status == 429
    assert caught.value.data["resets_at"]

    Submission.objects.update(charged_on=timezone.now().date() - timedelta(days=1))
    assert factories.make_entry(phase, user).number == 6


def test_what_is_left_is_counted(phase: Phase, user: User) -> None:
    factories.make_entry(phase, user)

    left = selectors.quota(factories.team_of(user, phase.competition), phase)
    assert (left.limit, left.used, left.left) == (5, 1, 4)


def test_quotas_are_of_each_phase(phase: Phase, user: User) -> None:
    other = factories.make_phase(phase.competition, "other", current_spec=phase.current_spec, daily_quota=1)
    for _ in range(5):
        factories.make_entry(phase, user)

    assert factories.make_entry(other, user).number == 6


def test_what_arrived_in_time_is_entered_after_the_close_on_the_day_it_arrived(phase: Phase, user: User) -> None:
    arrived = timezone.now() - timedelta(days=2)
    upload = factories.make_ready_upload(phase, user, received_at=arrived)
    Phase.objects.filter(pk=phase.pk).update(closes_at=timezone.now() - timedelta(days=1))
    upload.refresh_from_db()

    assert services.submit(upload, user, note="In time.").charged_on == arrived.date()


def test_what_arrived_too_late_is_not_entered(phase: Phase, user: User) -> None:
    upload = factories.make_ready_upload(phase, user)
    Phase.objects.filter(pk=phase.pk).update(closes_at=timezone.now() - timedelta(days=1))
    upload.refresh_from_db()

    with pytest.raises(errors.PhaseClosedError):
        services.submit(upload, user, note="Too late.")


def test_a_cancelled_entry_costs_nothing(phase: Phase, user: User) -> None:
    entry = factories.make_entry(phase, user)

    services.cancel(entry.evaluations.get(), user)

    entry.refresh_from_db()
    assert entry.evaluations.get().state == EvaluationState.CANCELLED
    assert entry.released_at is not None
    assert selectors.quota(factories.team_of(user, phase.competition), phase).left == 5


@pytest.mark.parametrize("state", [EvaluationState.SCORING, EvaluationState.SCORED, EvaluationState.CANCELLED])
def test_what_has_begun_cannot_be_cancelled(phase: Phase, user: User, state: EvaluationState) -> None:
    entry = factories.make_entry(phase, user)
    Evaluation.objects.update(state=state)

    with pytest.raises(WrongStateError):
        services.cancel(entry.evaluations.get(), user)
    assert Submission.objects.get().released_at is None


def test_a_rescore_is_not_the_teams_to_cancel(phase: Phase, user: User) -> None:
    entry = factories.scored_entry(phase, user, 0.5)
    spec = phase.current_spec
    assert spec is not None
    spec.pk, spec.scorer_revision = None, spec.scorer_revision + 1
    spec.save()
    again = Evaluation.objects.create(submission=entry, spec=spec)

    with pytest.raises(WrongStateError, match="it is rescored"):
        services.cancel(again, user)
    again.refresh_from_db()
    assert again.state == EvaluationState.QUEUED


def test_nobody_cancels_for_others(phase: Phase, user: User) -> None:
    entry = factories.make_entry(phase, user)

    with pytest.raises(NotAllowedError):
        services.cancel(entry.evaluations.get(), factories.make_member(phase.competition))


def test_files_that_break_the_limits_have_an_allowance(phase: Phase, user: User) -> None:
    Phase.objects.update(daily_quota=100)
    phase.refresh_from_db()
    for _ in range(20):
        factories.make_entry(phase, user)
    Evaluation.objects.update(state=EvaluationState.ERROR, error_code="limit_memory", finished_at=timezone.now())

    with pytest.raises(errors.AllowanceExceededError):
        factories.make_entry(phase, user)

    Evaluation.objects.update(error_code="worker_lost")
    assert factories.make_entry(phase, user)


def _at_once(count: int, work: Callable[[int], object]) -> list[str]:
    """Run `work` in threads that start together; return the codes of what was refused."""
    refused: list[str] = []
    start = threading.Barrier(count)

    def run(number: int) -> None:
        start.wait()
        try:
            work(number)
        except ParticipantError as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def test_concurrent_entries_charge_exactly_the_quota(phase: Phase, user: User) -> None:
    uploads = [factories.make_ready_upload(phase, user) for _ in range(24)]

    refused = _at_once(24, lambda number: services.submit(uploads[number], user, note="A note."))

    assert refused == ["quota_exceeded"] * 19
    assert sorted(Submission.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5]
    assert Evaluation.objects.count() == 5


def test_concurrent_clicks_on_one_file_enter_it_once(phase: Phase, user: User) -> None:
    upload = factories.make_ready_upload(phase, user)

    assert _at_once(8, lambda _: services.submit(upload, user, note="A note.")) == []
    assert Submission.objects.count() == 1


def test_concurrent_announcements_keep_to_the_cap(phase: Phase, user: User) -> None:
    refused = _at_once(12, lambda _: services.create_upload(phase, user, "a.csv", 10))

    assert refused == ["too_many_pending"] * 7


def test_a_cancel_and_a_claim_never_both_win(phase: Phase, user: User) -> None:
    from agora.evaluations.scoring import EVALUATIONS

    entry = factories.make_entry(phase, user)
    evaluation = entry.evaluations.get()
    won: list[str] = []

    def race(number: int) -> None:
        if number == 0:
            services.cancel(evaluation, user)
            won.append("cancel")
        elif EVALUATIONS.claim() is not None:
            won.append("claim")

    _at_once(2, race)

    evaluation.refresh_from_db()
    entry.refresh_from_db()
    assert len(won) == 1
    assert (entry.released_at is not None) == (evaluation.state == EvaluationState.CANCELLED) == (won == ["cancel"])
