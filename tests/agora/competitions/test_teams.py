"""Teams of several people: who comes in, who goes, who leads."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agora.accounts.models import User
from agora.activity.models import AuditEvent, Notification
from agora.competitions import invitations, services
from agora.competitions.models import Competition, Invitation, Membership, Phase, Team
from agora.competitions.teams import leader_of, lock_own_team
from agora.core.errors import ConflictError, NotAllowedError
from agora.submissions.models import Upload
from tests.agora.competitions import factories
from tests.agora.factories import make_entry, make_ready_upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def competition() -> Competition:
    """AG-Synth, open."""
    return factories.make_open_competition()


@pytest.fixture
def leader(competition: Competition) -> Membership:
    """The leader of the team `osprey`."""
    return factories.join(competition, factories.make_user("osprey"))


@pytest.fixture
def heron(competition: Competition) -> Membership:
    """Somebody with a team of one."""
    return factories.join(competition, factories.make_user("heron"))


def take_in(leader: Membership, user: User) -> Membership:
    """Bring a person into the leader's team, through the services."""
    return services.accept_invitation(services.invite(leader, user.handle), user)


def people(team: Team) -> list[str]:
    """Return the handles of a team's members."""
    return sorted(team.memberships.filter(left_at=None).values_list("user__handle", flat=True))


def told(user: User) -> list[str]:
    """Return the kinds of what a person was told."""
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


def main_phase(competition: Competition) -> Phase:
    """Return the first phase."""
    return competition.phases.order_by("position")[0]


def test_whoever_accepts_moves_in_and_the_empty_team_ends(leader: Membership, heron: Membership) -> None:
    upload = make_ready_upload(main_phase(leader.competition), heron.user)

    place = take_in(leader, heron.user)

    heron.team.refresh_from_db()
    heron.refresh_from_db()
    assert (place.team, place.role) == (leader.team, "member")
    assert people(leader.team) == ["heron", "osprey"]
    assert heron.left_at is not None
    assert heron.team.ended_at is not None
    assert Upload.objects.get(pk=upload.pk).team == leader.team
    assert told(leader.user) == ["team-joined"]
    assert told(heron.user) == ["team-invited"]
    assert list(AuditEvent.objects.values_list("action", flat=True)) == ["team-invite", "team-join"]


def test_an_invited_stranger_joins_with_the_invitation(leader: Membership) -> None:
    stranger = factories.make_user()

    assert take_in(leader, stranger).team == leader.team


def test_the_name_of_a_team_that_ended_is_free(leader: Membership, heron: Membership) -> None:
    take_in(leader, heron.user)

    assert services.rename_team(leader, "heron").name == "heron"


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        ("nobody", "No account has the handle"),
        ("osprey", "is in osprey already"),
        ("x@", "no e-mail address"),
        ("\u0130" * 240 + "@example.org", "no e-mail address"),  # twice as long in lower case
        ("", "No account"),
    ],
)
def test_what_cannot_be_invited_is_said(leader: Membership, who: str, reason: str) -> None:
    with pytest.raises(services.InvitationError, match=reason):
        services.invite(leader, who)

    assert not Invitation.objects.exists()


@pytest.mark.parametrize("tags", [[], ["private"]])
def test_an_address_with_an_account_costs_the_database_what_one_without_does(
    leader: Membership, heron: Membership, tags: list[str]
) -> None:
    Competition.objects.filter(pk=leader.competition_id).update(tags=tags)

    def statements(address: str) -> list[str]:
        with CaptureQueriesContext(connection) as asked:
            services.invite(leader, address)
        return [" ".join(query["sql"].split()[:3]) for query in asked]

    known, unknown = statements("heron@example.org"), statements("nobody@example.org")

    assert 'INSERT INTO "activity_notification"' in known
    assert [line for line in unknown if "SAVEPOINT" not in line] == [line for line in known if "SAVEPOINT" not in line]
    assert (told(heron.user), told(leader.user)) == (["team-invited"], [])


def test_an_invitation_waits_once(leader: Membership, heron: Membership) -> None:
    services.invite(leader, "HERON")

    with pytest.raises(services.InvitationError, match="invited already"):
        services.invite(leader, "heron")


def test_an_expired_invitation_is_over_and_can_be_sent_anew(leader: Membership, heron: Membership) -> None:
    old = services.invite(leader, "heron")
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    with pytest.raises(ConflictError, match="it is expired"):
        services.accept_invitation(old, heron.user)
    assert invitations.invitations_to(heron.user, leader.competition) == []
    assert services.invite(leader, "heron").pk != old.pk


def test_an_address_is_answered_alike_whether_an_account_has_it_or_not(leader: Membership, heron: Membership) -> None:
    known = services.invite(leader, "Heron@Example.org")
    unknown = services.invite(leader, "nobody@example.org")
    own = services.invite(leader, "osprey@example.org")

    assert [row.addressee for row in invitations.invitations_from(leader.team)] == [
        known.addressee,
        unknown.addressee,
        own.addressee,
    ]
    assert [row.pk for row in invitations.invitations_to(heron.user, leader.competition)] == [known.pk]
    assert invitations.invitations_to(leader.user, leader.competition) == []


def test_an_address_belongs_to_whoever_confirmed_it(leader: Membership, heron: Membership) -> None:
    services.invite(leader, "wader@example.org")
    address = EmailAddress.objects.create(user=heron.user, email="wader@example.org", verified=False)
    assert invitations.invitations_to(heron.user, leader.competition) == []

    EmailAddress.objects.filter(pk=address.pk).update(verified=True)

    assert len(invitations.invitations_to(heron.user, leader.competition)) == 1


def test_a_team_does_not_learn_whose_address_it_invited(leader: Membership, heron: Membership) -> None:
    by_address = services.invite(leader, "heron@example.org")

    take_in(leader, heron.user)

    assert list(invitations.invitations_from(leader.team)) == [by_address]


def test_accepting_by_address_ends_the_invitation_of_the_handle(leader: Membership, heron: Membership) -> None:
    by_address = services.invite(leader, "heron@example.org")
    services.invite(leader, "heron")

    services.accept_invitation(by_address, heron.user)

    assert not invitations.invitations_from(leader.team).exists()


def test_a_team_is_never_larger_than_allowed(leader: Membership, heron: Membership) -> None:
    Competition.objects.update(team_size_max=2)
    leader.refresh_from_db()
    late = factories.make_user("late")
    second = services.invite(leader, "late")
    take_in(leader, heron.user)

    with pytest.raises(services.TeamFullError, match="has 2 members, as many as"):
        services.accept_invitation(second, late)
    with pytest.raises(services.TeamFullError):
        services.invite(leader, "third@example.org")
    assert people(leader.team) == ["heron", "osprey"]


def test_a_day_has_so_many_invitations(leader: Membership) -> None:
    for number in range(20):
        services.cancel_invitation(services.invite(leader, f"a{number}@example.org"), leader)

    with pytest.raises(services.TooManyAskedError) as caught:
        services.invite(leader, "b@example.org")
    assert caught.value.data["resets_at"]

    Invitation.objects.update(asked_at=timezone.now() - timedelta(days=2))
    assert services.invite(leader, "b@example.org")


def test_who_leads_another_team_by_now_takes_no_invitation_of_the_old_one_back(
    leader: Membership, heron: Membership
) -> None:
    take_in(leader, heron.user)
    invitation = services.invite(leader, "b@example.org")
    services.hand_on_lead(leader, "heron")
    services.leave_team(leader)

    with pytest.raises(services.TeamChangedError):
        services.cancel_invitation(invitation, leader)

    invitation.refresh_from_db()
    assert invitation.state == "waiting"


def test_only_the_leader_invites_cancels_and_hands_on(leader: Membership, heron: Membership) -> None:
    member = take_in(leader, heron.user)
    invitation = services.invite(leader, "b@example.org")

    for act in (
        lambda: services.invite(member, "c@example.org"),
        lambda: services.cancel_invitation(invitation, member),
        lambda: services.hand_on_lead(member, "osprey"),
    ):
        with pytest.raises(NotAllowedError, match="Only osprey, who leads the team"):
            act()


def test_a_cancelled_or_declined_invitation_cannot_be_accepted(leader: Membership, heron: Membership) -> None:
    cancelled = services.invite(leader, "heron")
    services.cancel_invitation(cancelled, leader)
    with pytest.raises(ConflictError, match="it is cancelled"):
        services.accept_invitation(cancelled, heron.user)

    declined = services.invite(leader, "heron")
    services.decline_invitation(declined, heron.user)
    with pytest.raises(ConflictError, match="it is declined"):
        services.accept_invitation(declined, heron.user)
    assert told(leader.user) == ["team-declined"]
    assert people(leader.team) == ["osprey"]


def test_people_of_a_team_with_entries_merge_instead(leader: Membership, heron: Membership) -> None:
    make_entry(main_phase(leader.competition), heron.user)
    invitation = services.invite(leader, "heron")

    with pytest.raises(ConflictError, match="heron has entries, so you cannot leave it alone"):
        services.accept_invitation(invitation, heron.user)


def test_whoever_leaves_has_a_team_of_their_own_again(leader: Membership, heron: Membership) -> None:
    member = take_in(leader, heron.user)
    upload = make_ready_upload(main_phase(leader.competition), heron.user)

    place = services.leave_team(member)

    assert (place.team.name, place.role) == ("heron", "leader")
    assert place.team != leader.team
    assert Upload.objects.get(pk=upload.pk).team == place.team
    assert people(leader.team) == ["osprey"]


def test_the_longest_member_leads_when_the_leader_leaves(leader: Membership, heron: Membership) -> None:
    take_in(leader, heron.user)
    take_in(leader, factories.make_user("later"))

    services.leave_team(leader)

    assert leader_of(leader.team) == heron.user


def test_nobody_leaves_after_the_first_entry_or_a_team_of_one(leader: Membership, heron: Membership) -> None:
    with pytest.raises(ConflictError, match="Nobody else is in osprey"):
        services.leave_team(leader)
    member = take_in(leader, heron.user)
    make_entry(main_phase(leader.competition), leader.user)

    with pytest.raises(ConflictError, match="its people stay together"):
        services.leave_team(member)


def test_the_lead_is_handed_on_to_a_member_alone(leader: Membership, heron: Membership) -> None:
    take_in(leader, heron.user)
    with pytest.raises(ConflictError, match="Nobody else of this handle"):
        services.hand_on_lead(leader, "osprey")

    assert services.hand_on_lead(leader, "Heron") == heron.user
    assert leader_of(leader.team) == heron.user
    assert told(heron.user)[-1] == "team-lead"


@pytest.mark.parametrize("field", ["closes_at", "merger_deadline"])
def test_teams_change_until_their_day(leader: Membership, heron: Membership, field: str) -> None:
    invitation, past = services.invite(leader, "heron"), timezone.now() - timedelta(minutes=1)
    if field == "closes_at":
        Phase.objects.update(opens_at=past - timedelta(days=1), closes_at=past)
    else:
        Competition.objects.update(merger_deadline=past)

    for act in (
        lambda: services.accept_invitation(invitation, heron.user),
        lambda: services.invite(Membership.objects.get(pk=leader.pk), "b@example.org"),
        lambda: services.leave_team(Membership.objects.get(pk=leader.pk)),
    ):
        with pytest.raises(NotAllowedError):
            act()


def test_nothing_is_written_to_a_team_that_a_person_has_left(leader: Membership, heron: Membership) -> None:
    stale = take_in(leader, heron.user)
    services.leave_team(stale)

    with pytest.raises(services.TeamChangedError):
        lock_own_team(stale)
    with pytest.raises(services.TeamChangedError):
        services.rename_team(stale, "Mine")


def test_a_private_competition_is_not_told_to_strangers(leader: Membership) -> None:
    Competition.objects.update(tags=["private"])
    stranger = factories.make_user("stranger")

    services.invite(Membership.objects.get(pk=leader.pk), "stranger")

    assert told(stranger) == []
