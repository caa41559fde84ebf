"""Two hundred submits at the same moment, and all else that touches a quota meanwhile."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from agora.accounts.models import User
from agora.competitions.head import used_on_day
from agora.competitions.models import Phase
from agora.core.clock import database_now
from agora.submissions import entries, services
from agora.submissions.models import Evaluation, EvaluationState, Submission, Upload
from tests.agora import factories
from tests.agora.races.together import at_once, codes, holding, in_line

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 200


def _charged(phase: Phase) -> int:
    return Submission.objects.filter(phase=phase, charged_on__isnull=False, released_at=None).count()


def _browser(user: User) -> str:
    """Return the session's key of somebody who signed in; every thread has a browser of its own with it."""
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def test_two_hundred_submits_of_two_mates_charge_exactly_five(phase: Phase, heron: User, mate: User) -> None:
    sessions = [(user, _browser(user)) for user in (heron, mate)]
    uploads = [(factories.make_ready_upload(phase, user), key) for _ in range(CROWD // 2) for user, key in sessions]

    def press(upload: Upload, key: str) -> int:
        client = Client(raise_request_exception=False)
        client.cookies["sessionid"] = key
        address = reverse("submissions:upload-submit", args=[upload.ref])
        # Scripts are answered in JSON, which spares the test 195 pages.
        return client.post(address, {"note": "A note."}, headers={"accept": "application/json"}).status_code

    outcomes = at_once(*[lambda upload=upload, key=key: press(upload, key) for upload, key in uploads])

    assert Counter(outcome.value for outcome in outcomes) == {201: 5, 429: CROWD - 5}
    assert _charged(phase) == Submission.objects.count() == Evaluation.objects.count() == 5
    assert sorted(Submission.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5]


def test_two_hundred_submits_of_one_file_are_one_entry(phase: Phase, heron: User, mate: User) -> None:
    upload = factories.make_ready_upload(phase, heron)

    outcomes = at_once(
        *[
            lambda user=user: services.submit(upload, user, note="A note.").pk
            for _ in range(CROWD // 2)
            for user in (heron, mate)
        ]
    )

    assert len({outcome.value for outcome in outcomes}) == 1
    assert _charged(phase) == Submission.objects.count() == Evaluation.objects.count() == 1


def test_the_sixth_waits_for_the_fifth_and_is_refused(phase: Phase, heron: User, mate: User) -> None:
    for _ in range(4):
        factories.make_entry(phase, heron)
    fifth, sixth = (factories.make_ready_upload(phase, user) for user in (heron, mate))

    outcomes = in_line(
        lambda: services.submit(fifth, heron, note="A note."),
        lambda: services.submit(sixth, mate, note="A note."),
        behind=factories.team_of(heron, phase.competition),
    )

    assert [outcome.code for outcome in outcomes] == ["ok", "quota_exceeded"]
    assert _charged(phase) == 5


def test_a_charge_that_is_being_given_back_still_counts(phase: Phase, heron: User) -> None:
    """A submit that does not see the release yet is refused; one that sees it is not. Never are there six."""
    made = [factories.make_entry(phase, heron) for _ in range(5)]
    early, late = (factories.make_ready_upload(phase, heron) for _ in range(2))

    with transaction.atomic():
        services.cancel(made[0].evaluations.get(), heron)
        before = at_once(lambda: services.submit(early, heron, note="A note."))
    after = at_once(lambda: services.submit(late, heron, note="A note."))

    assert codes(before) == ["quota_exceeded"]
    assert codes(after) == ["ok"]
    assert _charged(phase) == 5


def test_cancels_and_submits_at_once_never_pass_the_quota(phase: Phase, heron: User, mate: User) -> None:
    made = [factories.make_entry(phase, heron).evaluations.get() for _ in range(5)]
    uploads = [factories.make_ready_upload(phase, mate) for _ in range(15)]

    outcomes = at_once(
        *[lambda one=one: services.cancel(one, mate) for one in made],
        *[lambda one=one: services.submit(one, mate, note="A note.") for one in uploads],
    )

    assert codes(outcomes[:5]) == ["ok"] * 5
    entered = codes(outcomes[5:]).count("ok")
    assert _charged(phase) == entered <= 5
    assert Evaluation.objects.filter(state=EvaluationState.QUEUED).count() == entered


def test_the_date_is_read_behind_the_lock(phase: Phase, heron: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for the team's row over midnight is charged to the new day, whose quota is whole."""
    today = database_now().astimezone(UTC)
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC) + timedelta(days=1)
    instant = [midnight - timedelta(seconds=1)]
    monkeypatch.setattr(entries, "database_now", lambda: instant[0])
    for _ in range(5):
        factories.make_entry(phase, heron)
    upload = factories.make_ready_upload(phase, heron)

    def submit() -> Submission:
        return services.submit(upload, heron, note="A note.")

    def turn() -> None:
        instant[0] = midnight

    (outcome,) = in_line(submit, behind=factories.team_of(heron, phase.competition), then=turn)

    assert outcome.value.charged_on == midnight.date()
    assert used_on_day(factories.team_of(heron, phase.competition), phase, midnight) == 1


def test_announcements_of_two_mates_keep_to_the_cap(phase: Phase, heron: User, mate: User) -> None:
    outcomes = at_once(
        *[
            lambda user=user: services.create_upload(phase, user, "a.csv", 10)
            for _ in range(6)
            for user in (heron, mate)
        ]
    )

    assert codes(outcomes) == ["ok"] * 5 + ["too_many_pending"] * 7
    assert Upload.objects.count() == 5


def test_a_submit_does_not_wait_for_other_teams(phase: Phase, heron: User, osprey: User) -> None:
    upload = factories.make_ready_upload(phase, osprey)

    with holding(factories.team_of(heron, phase.competition)):
        outcomes = at_once(lambda: services.submit(upload, osprey, note="A note."))

    assert codes(outcomes) == ["ok"]
