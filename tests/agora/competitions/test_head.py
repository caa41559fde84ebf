"""The head of a competition: its facts and the one button, in every state."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from agora.competitions import selectors
from agora.competitions.models import Competition, Membership
from agora.submissions.models import Kind, Submission, Upload
from tests.agora.competitions import factories

pytestmark = pytest.mark.django_db
_NUMBERS = count(1)
NOON = datetime(2026, 11, 21, 14, 2, tzinfo=UTC)


@pytest.fixture
def competition(monkeypatch: pytest.MonkeyPatch) -> Competition:
    """AG-Synth as it is at 14:02 UTC, 9 h 58 min before the quota starts anew."""
    found = factories.make_open_competition()
    found.phases.update(opens_at=NOON - timedelta(days=1))
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    return found


def charge(membership: Membership, day: datetime = NOON, **fields: object) -> Submission:
    """Enter a file that used one of the day's submissions."""
    phase = selectors.main_phase(membership.competition)
    upload = Upload.objects.create(phase=phase, team=membership.team, filename="a.csv", declared_bytes=1)
    return Submission.objects.create(
        upload=upload,
        phase=phase,
        kind=Kind.PARTICIPANT,
        team=membership.team,
        number=next(_NUMBERS),
        charged_on=day.date(),
        submitted_by=membership.user,
        **fields,
    )


def test_the_button_follows_the_visitor_from_the_log_in_to_the_submission(competition: Competition) -> None:
    user = factories.make_user()
    seen = [selectors.head(competition, AnonymousUser()).action, selectors.head(competition, user).action]
    factories.join(competition, user, accept=False)
    seen.append(selectors.head(competition, user).action)
    factories.join(competition, user)
    seen.append(selectors.head(competition, user).action)

    assert [action.label for action in seen] == ["Sign in to join", "Join", "Accept the rules", "Submit"]
    assert [action.method for action in seen] == ["get", "post", "get", "get"]
    assert seen[-1].note == "5 of 5 left today"
    assert seen[-1].url == "/c/agsynth/submit/"


def test_the_small_print_counts_charges_of_the_day_that_were_not_given_back(competition: Competition) -> None:
    user = factories.make_user()
    membership = factories.join(competition, user)
    charge(membership)
    charge(membership)
    charge(membership, released_at=NOON)
    charge(membership, day=NOON - timedelta(days=1))

    assert selectors.head(competition, user).action.note == "3 of 5 left today, resets in 9 h 58 min"


def test_a_used_up_quota_disables_the_button_and_says_when(competition: Competition) -> None:
    user = factories.make_user()
    membership = factories.join(competition, user)
    for _ in range(5):
        charge(membership)

    action = selectors.head(competition, user).action

    assert action.is_disabled
    assert action.note == "Next at 00:00 UTC, in 9 h 58 min"


def test_before_the_beginning_the_button_says_when(competition: Competition) -> None:
    competition.phases.update(opens_at=NOON + timedelta(days=3, hours=1))
    user = factories.make_user()
    factories.join(competition, user)

    shown = selectors.head(competition, user)

    assert shown.action.is_disabled
    assert shown.action.note == "Entries open on 24 Nov 2026 15:02 UTC, in 3 days"
    assert shown.facts[0] == ("Opens in 3 days", ", 24 Nov 2026 15:02 UTC")


def test_after_the_end_nobody_submits(competition: Competition) -> None:
    competition.phases.update(closes_at=NOON)

    shown = selectors.head(competition, AnonymousUser())

    assert shown.state == "closed"
    assert shown.action.is_disabled
    assert shown.action.note == "Entries closed on 21 Nov 2026 14:02 UTC"


def test_an_end_to_come_is_counted_down(competition: Competition) -> None:
    competition.phases.update(closes_at=NOON + timedelta(days=41, hours=9, minutes=58))

    assert selectors.head(competition, AnonymousUser()).facts[0] == ("41 days", " left, to 2 Jan 2027 00:00 UTC")


def test_an_archive_has_its_own_facts_and_leads_to_the_offline_scorer() -> None:
    shown = selectors.head(factories.make_competition("agreid2023"), AnonymousUser())

    assert shown.facts == (
        ("Archive", ": challenge closed 15 Apr 2023"),
        ("11", " reported methods"),
        ("Rank-1", ", mean over queries"),
        ("", "808 identities, 48,972 test images"),
    )
    assert shown.action.label == "Score a file offline"
    assert shown.action.url == "/c/agreid2023/#offline"
    assert [tab.slug for tab in shown.tabs] == ["overview", "data", "leaderboard", "rules"]


def test_facts_count_teams_with_members(competition: Competition) -> None:
    membership = factories.join(competition, factories.make_user())
    factories.join(competition, factories.make_user())
    Membership.objects.filter(pk=membership.pk).update(left_at=NOON)

    facts = selectors.head(competition, AnonymousUser()).facts

    assert facts == (("Open", ", no end"), ("1", " team"), ("0", " entries"), ("mAP", ", mean over tracks"))
