"""Merging two teams: the sum, the refusals, and what becomes of people, entries, charges and rows of boards."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from agora.accounts.models import User
from agora.activity.models import AuditEvent, Notification
from agora.competitions import services
from agora.competitions.mergers import allowed_by, merger_sum
from agora.competitions.models import Competition, Membership, MergerRequest, Phase, Team
from agora.core.errors import ConflictError, NotAllowedError
from agora.leaderboards import selectors
from agora.leaderboards.merging import accept_merger
from agora.leaderboards.models import BoardRow
from agora.leaderboards.services import open_row
from agora.leaderboards.view import view_for
from agora.submissions.models import Submission, Upload
from agora.submissions.selectors import quota
from tests.agora import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]


@pytest.fixture
def phase(tmp_path) -> Phase:
    return factories.make_open_phase(tmp_path, opens_at=timezone.now(), closes_at=timezone.now() + timedelta(days=9))


def place(phase: Phase, handle: str) -> Membership:
    """Return the place of a new participant in a team of one."""
    user = factories.make_member(phase.competition, factories.make_user(handle))
    return Membership.objects.get(user=user)


@pytest.fixture
def heron(phase: Phase) -> Membership:
    return place(phase, "heron")


@pytest.fixture
def osprey(phase: Phase) -> Membership:
    return place(phase, "osprey")


def merge(asking: Membership, accepting: Membership) -> Team:
    """Merge the team of one leader into that of the other."""
    return accept_merger(services.ask_merger(asking, accepting.team), accepting)


def test_people_files_and_entries_go_over(phase: Phase, heron: Membership, osprey: Membership) -> None:
    stays = factories.make_entry(phase, osprey.user)
    first, second = (factories.make_entry(phase, heron.user) for _ in range(2))
    ready = factories.make_ready_upload(phase, heron.user)

    into = merge(heron, osprey)

    heron.team.refresh_from_db()
    assert into == osprey.team
    assert heron.team.ended_at is not None
    assert heron.team.merged_into == into
    assert list(into.memberships.filter(left_at=None).order_by("pk").values_list("user__handle", "role")) == [
        ("osprey", "leader"),
        ("heron", "member"),
    ]
    assert list(into.submissions.order_by("number").values_list("pk", "number", "submitted_by__handle")) == [
        (stays.pk, 1, "osprey"),
        (first.pk, 2, "heron"),
        (second.pk, 3, "heron"),
    ]
    assert Upload.objects.get(pk=ready.pk).team == into
    assert quota(into, phase).left == 2


def test_a_day_has_so_many_requests_whatever_team_a_person_leads(
    phase: Phase, heron: Membership, osprey: Membership
) -> None:
    for _ in range(10):
        services.cancel_merger(services.ask_merger(heron, osprey.team), heron)
    crane = place(phase, "crane")
    services.accept_invitation(services.invite(crane, "heron"), heron.user)
    anew = services.leave_team(Membership.objects.get(user=heron.user, left_at=None))
    assert (anew.role, anew.team == heron.team) == ("leader", False)

    with pytest.raises(services.TooManyAskedError):
        services.ask_merger(anew, osprey.team)
    assert services.ask_merger(crane, osprey.team)


def test_rows_of_boards_are_closed_and_opened_anew(phase: Phase, heron: Membership, osprey: Membership) -> None:
    factories.scored_entry(phase, osprey.user, 0.5)
    better = factories.scored_entry(phase, heron.user, 0.75)
    old = BoardRow.objects.get(submission=better)
    view = view_for(phase, {})
    assert factories.names(selectors.board(phase, view).entries) == ["Team heron", "Team osprey"]

    merge(heron, osprey)

    entries = selectors.board(phase, view).entries
    assert [(entry.name, entry.value, entry.entries) for entry in entries] == [("Team osprey", 0.75, 2)]
    before = BoardRow.objects.get(pk=old.pk)
    new = BoardRow.objects.get(submission=better, shown_to=None)
    assert (before.team, new.team) == (heron.team, osprey.team)
    assert before.shown_to == new.shown_from
    assert (new.public, new.received_at, new.evaluation) == (old.public, old.received_at, old.evaluation)


def test_a_score_that_comes_after_the_merger_is_the_new_teams(
    phase: Phase, heron: Membership, osprey: Membership
) -> None:
    entry = factories.make_entry(phase, heron.user)
    evaluation = entry.evaluations.select_related("submission__team", "submission__phase").get()

    merge(heron, osprey)
    factories.finish(entry, {("public", "macro", "mAP"): 0.5})
    BoardRow.objects.all().delete()
    row = open_row(evaluation)

    assert row is not None
    assert row.team == osprey.team


def test_the_sum_says_what_one_team_could_have_made(phase: Phase, heron: Membership, osprey: Membership) -> None:
    Phase.objects.update(opens_at=timezone.now() - timedelta(days=6), daily_quota=5)
    factories.make_entry(phase, heron.user)
    services_cancelled = factories.make_entry(phase, osprey.user)
    Submission.objects.filter(pk=services_cancelled.pk).update(released_at=timezone.now())

    found = merger_sum(heron.team, osprey.team)

    assert found.words.startswith(
        "Together: 2 members of at most 5; 1 + 0 = 1 entry, at most 35 allowed by today. Allowed"
    )
    assert found.fits


@pytest.mark.parametrize(
    ("opened", "closed", "allowed"), [(0, None, 5), (6, None, 35), (6, 2, 25), (-1, None, 0), (6, -3, 35)]
)
def test_days_are_utc_days_of_the_phase(phase: Phase, opened: int, closed: int | None, allowed: int) -> None:
    now = timezone.now()
    phase.opens_at = now - timedelta(days=opened)
    phase.closes_at = None if closed is None else now - timedelta(days=closed)

    assert allowed_by(phase, now) == allowed


def test_more_entries_than_one_team_could_have_made_do_not_merge(
    phase: Phase, heron: Membership, osprey: Membership
) -> None:
    request = services.ask_merger(heron, osprey.team)
    for _ in range(3):
        factories.make_entry(phase, heron.user)
        factories.make_entry(phase, osprey.user)

    with pytest.raises(services.MergerError, match=r"3 \+ 3 = 6 entries, at most 5 allowed by today"):
        accept_merger(request, osprey)
    with pytest.raises(services.MergerError):
        services.ask_merger(osprey, heron.team)

    assert Membership.objects.filter(left_at=None).count() == 2
    assert MergerRequest.objects.get().state == "waiting"


def test_more_people_than_allowed_do_not_merge(phase: Phase, heron: Membership, osprey: Membership) -> None:
    Competition.objects.update(team_size_max=2)
    factories.make_member(phase.competition, team=heron.team)

    with pytest.raises(services.MergerError, match="you would be 3 members; at most 2"):
        services.ask_merger(Membership.objects.get(pk=heron.pk), osprey.team)


@pytest.mark.parametrize("field", ["closes_at", "merger_deadline"])
def test_teams_merge_until_their_day(phase: Phase, heron: Membership, osprey: Membership, field: str) -> None:
    request, past = services.ask_merger(heron, osprey.team), timezone.now() - timedelta(minutes=1)
    if field == "closes_at":
        Phase.objects.update(opens_at=past - timedelta(days=1), closes_at=past)
    else:
        Competition.objects.update(merger_deadline=past)

    with pytest.raises(NotAllowedError):
        accept_merger(request, osprey)
    with pytest.raises(NotAllowedError):
        services.ask_merger(osprey, heron.team)


def test_only_leaders_ask_and_answer(phase: Phase, heron: Membership, osprey: Membership) -> None:
    member = Membership.objects.get(user=factories.make_member(phase.competition, team=osprey.team))
    request = services.ask_merger(heron, osprey.team)

    for act in (
        lambda: accept_merger(request, member),
        lambda: services.decline_merger(request, member),
        lambda: services.ask_merger(member, heron.team),
        lambda: accept_merger(request, heron),
    ):
        with pytest.raises((NotAllowedError, services.TeamChangedError)):
            act()
    assert MergerRequest.objects.get().state == "waiting"


def test_what_is_over_cannot_be_answered(heron: Membership, osprey: Membership) -> None:
    cancelled = services.ask_merger(heron, osprey.team)
    services.cancel_merger(cancelled, heron)
    declined = services.ask_merger(heron, osprey.team)
    services.decline_merger(declined, osprey)
    expired = services.ask_merger(heron, osprey.team)
    MergerRequest.objects.filter(pk=expired.pk).update(expires_at=timezone.now())

    for request in (cancelled, declined, expired):
        with pytest.raises(ConflictError, match="is over"):
            accept_merger(request, osprey)
    assert services.ask_merger(heron, osprey.team)
    assert Notification.objects.filter(user=heron.user, kind="merger-declined").count() == 1


def test_a_team_asks_another_one_of_its_competition_once(heron: Membership, osprey: Membership) -> None:
    services.ask_merger(heron, osprey.team)

    with pytest.raises(services.MergerError, match="asked already"):
        services.ask_merger(heron, osprey.team)
    with pytest.raises(services.MergerError, match="another one"):
        services.ask_merger(heron, heron.team)
    elsewhere = Team.objects.create(competition=factories.make_competition(), name="elsewhere")
    with pytest.raises(services.MergerError, match="another one"):
        services.ask_merger(heron, elsewhere)


def test_the_choice_of_the_team_that_stays_stands(phase: Phase, heron: Membership, osprey: Membership) -> None:
    Phase.objects.update(selection_count=2)
    mine = [factories.scored_entry(phase, heron.user, 0.5, is_selected=True) for _ in range(1)]
    theirs = [factories.scored_entry(phase, osprey.user, 0.5, is_selected=True) for _ in range(2)]

    merge(heron, osprey)

    assert set(Submission.objects.filter(is_selected=True)) == set(theirs)
    assert not Submission.objects.get(pk=mine[0].pk).is_selected


def test_everybody_is_told_and_it_is_written_down(phase: Phase, heron: Membership, osprey: Membership) -> None:
    mate = factories.make_member(phase.competition, team=osprey.team)
    services.ask_merger(osprey, heron.team)

    merge(heron, osprey)

    told = Notification.objects.filter(kind="merged").values_list("user__handle", flat=True)
    assert sorted(told) == sorted([heron.user.handle, mate.handle])
    assert AuditEvent.objects.last().action == "merger-accept"
    assert sorted(MergerRequest.objects.values_list("state", flat=True)) == ["accepted", "cancelled"]


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_from_the_sum_to_one_team_by_the_pages(phase: Phase, heron: Membership, osprey: Membership) -> None:
    page = f"/c/{phase.competition.slug}/team/"
    asking, answering = browser(heron.user), browser(osprey.user)

    shown = asking.get(page, {"merge": "team  OSPREY"}).content.decode()
    assert "Together: 2 members of at most 5; 0 + 0 = 0 entries, at most 5 allowed by today." in shown
    asked = asking.post(f"{page}merge", {"team": osprey.team.ref}, follow=True).content.decode()
    assert "Team osprey is asked; its leader answers within 14 days." in asked
    offered = answering.get(page).content.decode()
    assert "<strong>Team heron</strong> asks to merge with your team." in offered
    address = f"{page}mergers/{MergerRequest.objects.get().ref}/"
    assert asking.post(f"{address}accept").status_code == 404
    merged = answering.post(f"{address}accept", follow=True).content.decode()

    assert "Team heron and Team osprey are one team now." in merged
    assert "2 members of at most 5" in asking.get(page).content.decode()


@pytest.mark.parametrize("name", ["nobody", "Team heron", "", "\0", "x" * 61])
def test_a_name_of_no_other_team_is_said_at_the_field(heron: Membership, name: str) -> None:
    response = browser(heron.user).get(f"/c/{heron.competition.slug}/team/", {"merge": name})

    assert response.status_code == 200
    assert 'class="fault"' in response.content.decode()


@pytest.mark.parametrize("ref", ["", "0" * 12, "\0", "x y"])
def test_an_unknown_team_is_not_found(heron: Membership, ref: str) -> None:
    client = browser(heron.user)

    assert client.post(f"/c/{heron.competition.slug}/team/merge", {"team": ref}).status_code == 404


def test_a_request_is_cancelled_and_declined_by_its_buttons(heron: Membership, osprey: Membership) -> None:
    page = f"/c/{heron.competition.slug}/team/"
    address = f"{page}mergers/{services.ask_merger(heron, osprey.team).ref}/cancel"
    assert f'action="{address}"' in browser(heron.user).get(page).content.decode()
    assert browser(osprey.user).post(address).status_code == 404
    assert "is not asked any more" in browser(heron.user).post(address, follow=True).content.decode()

    address = f"{page}mergers/{services.ask_merger(heron, osprey.team).ref}/decline"
    assert browser(heron.user).post(address).status_code == 404
    assert "You declined to merge" in browser(osprey.user).post(address, follow=True).content.decode()


def test_a_renamed_team_is_renamed_on_a_cached_board_at_once(phase: Phase, heron: Membership) -> None:
    factories.scored_entry(phase, heron.user, 0.5)
    view = view_for(phase, {})
    assert factories.names(selectors.board(phase, view).entries) == ["Team heron"]

    services.rename_team(heron, "Grey heron")

    assert factories.names(selectors.board(phase, view).entries) == ["Grey heron"]
