"""Joins, acceptances and departures at the same moment: a person has one place, a team its size and one leader."""

import pytest

from agora.accounts.models import User
from agora.competitions import services
from agora.competitions.models import Competition, Invitation, Membership, Phase, RulesAcceptance, Team
from agora.competitions.teams import leader_of, member_count
from agora.submissions import services as submissions
from agora.submissions.final import choose_final
from agora.submissions.models import Submission
from tests.agora import factories
from tests.agora.races.together import at_once, codes, in_line

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 12


def place_of(user: User, competition: Competition) -> Membership:
    return Membership.objects.select_related("team", "competition", "user").get(
        user=user, competition=competition, left_at=None
    )


def invited(leader: User, user: User, competition: Competition) -> Invitation:
    return services.invite(place_of(leader, competition), user.handle)


def open_places(user: User) -> list[str]:
    """Return the names of the teams that a person is in."""
    return list(Membership.objects.filter(user=user, left_at=None).values_list("team__name", flat=True))


@pytest.fixture
def competition(phase: Phase) -> Competition:
    return phase.competition


def test_one_person_who_joins_many_times_has_one_place(competition: Competition) -> None:
    user = factories.make_user("wader")

    outcomes = at_once(*[lambda: services.join(competition, user).pk] * MANY)

    assert len({outcome.value for outcome in outcomes}) == 1
    assert Membership.objects.count() == Team.objects.count() == 1


def test_people_who_join_under_one_name_all_get_one(competition: Competition) -> None:
    Team.objects.create(competition=competition, name="wader")
    people = [factories.make_user(f"wader{'-' * bool(number)}{number or ''}") for number in range(MANY)]

    at_once(*[lambda user=user: services.join(competition, user) for user in people])

    names = {name.lower() for name in Team.objects.values_list("name", flat=True)}
    assert len(names) == MANY + 1
    assert Membership.objects.filter(left_at=None).count() == MANY


def test_one_of_many_teams_gets_the_name_that_all_want(competition: Competition) -> None:
    places = [place_of(factories.make_member(competition), competition) for _ in range(MANY)]

    outcomes = at_once(*[lambda place=place: services.rename_team(place, "Osprey") for place in places])

    assert codes(outcomes) == ["ok"] + ["team_name"] * (MANY - 1)
    assert Team.objects.filter(name="Osprey").count() == 1


def test_rules_that_are_accepted_many_times_are_accepted_once(competition: Competition) -> None:
    user, rules = factories.make_user(), competition.rules_versions.get()

    outcomes = at_once(*[lambda: services.accept_rules(user, rules).pk] * MANY)

    assert len({outcome.value for outcome in outcomes}) == 1
    assert RulesAcceptance.objects.count() == 1


def test_one_invitation_is_accepted_once(competition: Competition, heron: User) -> None:
    user = factories.make_user()
    invitation = invited(heron, user, competition)

    outcomes = at_once(*[lambda: services.accept_invitation(invitation, user)] * MANY)

    assert codes(outcomes) == ["conflict"] * (MANY - 1) + ["ok"]
    assert Membership.objects.filter(user=user).count() == 1
    assert Invitation.objects.get().state == "accepted"


def test_one_person_is_invited_once(competition: Competition, heron: User) -> None:
    user, place = factories.make_user("wader"), place_of(heron, competition)

    outcomes = at_once(*[lambda: services.invite(place, user.handle)] * MANY)

    assert codes(outcomes) == ["invitation"] * (MANY - 1) + ["ok"]


def test_who_accepts_two_teams_at_once_is_in_one(competition: Competition, heron: User, osprey: User) -> None:
    user = factories.make_member(competition, factories.make_user("wader"))
    first, second = (invited(leader, user, competition) for leader in (heron, osprey))

    outcomes = in_line(
        lambda: services.accept_invitation(first, user),
        lambda: services.accept_invitation(second, user),
        behind=competition,
    )

    assert codes(outcomes) == ["ok", "ok"]
    assert open_places(user) == ["Team osprey"]
    assert Team.objects.get(name="Team wader").ended_at is not None
    assert member_count(factories.team_of(heron, competition)) == 1


@pytest.mark.parametrize("is_accepted_first", [True, False])
def test_an_acceptance_and_a_cancel_have_one_winner(
    competition: Competition, heron: User, is_accepted_first: bool
) -> None:
    user = factories.make_user()
    invitation, place = invited(heron, user, competition), place_of(heron, competition)
    calls = [
        lambda: services.accept_invitation(invitation, user),
        lambda: services.cancel_invitation(invitation, place),
    ]

    first, second = in_line(*(calls if is_accepted_first else calls[::-1]), behind=competition)

    assert (first.code, second.code) == ("ok", "conflict")
    assert Invitation.objects.get().state == ("accepted" if is_accepted_first else "cancelled")
    assert bool(open_places(user)) == is_accepted_first


def test_acceptances_beyond_the_size_fill_the_team_exactly(competition: Competition, heron: User) -> None:
    Competition.objects.update(team_size_max=4)
    people = [factories.make_member(competition) for _ in range(MANY)]
    invitations = [invited(heron, user, competition) for user in people]

    outcomes = at_once(
        *[
            lambda one=one, user=user: services.accept_invitation(one, user)
            for one, user in zip(invitations, people, strict=True)
        ]
    )

    assert codes(outcomes) == ["ok"] * 3 + ["team_full"] * (MANY - 3)
    assert member_count(factories.team_of(heron, competition)) == 4
    assert Membership.objects.filter(left_at=None).count() == MANY + 1


@pytest.mark.parametrize("is_accepted_first", [True, False])
def test_who_accepts_while_leaving_has_one_place(
    competition: Competition, heron: User, mate: User, osprey: User, is_accepted_first: bool
) -> None:
    invitation, place = invited(osprey, mate, competition), place_of(mate, competition)
    calls = [lambda: services.accept_invitation(invitation, mate), lambda: services.leave_team(place)]

    first, second = in_line(*(calls if is_accepted_first else calls[::-1]), behind=competition)

    assert (first.code, second.code) == ("ok", "team_changed" if is_accepted_first else "ok")
    assert open_places(mate) == ["Team osprey"]
    assert member_count(factories.team_of(heron, competition)) == 1


def test_the_last_of_a_team_does_not_leave(competition: Competition, heron: User, mate: User) -> None:
    team = factories.team_of(heron, competition)
    places = [place_of(user, competition) for user in (heron, mate)]

    outcomes = at_once(*[lambda place=place: services.leave_team(place) for place in places])

    assert codes(outcomes) == ["conflict", "ok"]
    assert member_count(team) == 1
    assert leader_of(team) in {heron, mate}


def test_the_lead_goes_to_one(competition: Competition, heron: User, mate: User) -> None:
    team, place = factories.team_of(heron, competition), place_of(heron, competition)
    third = factories.make_member(competition, factories.make_user("third"), team=team)

    outcomes = at_once(*[lambda user=user: services.hand_on_lead(place, user.handle) for user in (mate, third)])

    assert codes(outcomes) == ["not_allowed", "ok"]
    assert team.memberships.filter(role="leader", left_at=None).count() == 1
    assert leader_of(team) in {mate, third}


@pytest.mark.parametrize("is_submitted_first", [True, False])
def test_the_first_entry_and_a_departure_have_one_winner(
    phase: Phase, heron: User, mate: User, is_submitted_first: bool
) -> None:
    team, place = factories.team_of(heron, phase.competition), place_of(mate, phase.competition)
    upload = factories.make_ready_upload(phase, mate)
    calls = [lambda: submissions.submit(upload, mate, note="A note."), lambda: services.leave_team(place)]

    first, second = in_line(*(calls if is_submitted_first else calls[::-1]), behind=team)

    assert (first.code, second.code) == ("ok", "conflict" if is_submitted_first else "team_changed")
    assert Submission.objects.filter(team=team).exists() == is_submitted_first
    assert (factories.team_of(mate, phase.competition) == team) == is_submitted_first


def test_an_acceptance_does_not_take_somebody_away_from_their_first_entry(
    phase: Phase, heron: User, osprey: User
) -> None:
    invitation = invited(heron, osprey, phase.competition)
    upload = factories.make_ready_upload(phase, osprey)
    own = factories.team_of(osprey, phase.competition)

    submitted, accepted = in_line(
        lambda: submissions.submit(upload, osprey, note="A note."),
        lambda: services.accept_invitation(invitation, osprey),
        behind=own,
    )

    assert (submitted.code, accepted.code) == ("ok", "conflict")
    assert factories.team_of(osprey, phase.competition) == own


def test_two_browsers_that_choose_final_entries_end_with_the_choice_of_one(
    phase: Phase, heron: User, mate: User
) -> None:
    Phase.objects.filter(pk=phase.pk).update(closes_at="2999-01-01T00:00Z", selection_count=2)
    phase.refresh_from_db()
    refs = [factories.scored_entry(phase, heron, 0.5).ref for _ in range(6)]
    choices = [(user, set(refs[start : start + 2])) for user in (heron, mate) for start in (0, 2, 4)]

    def choose(user: User, chosen: set[str]) -> int:
        return choose_final(place_of(user, phase.competition), phase, chosen)

    calls = [lambda user=user, chosen=chosen: choose(user, chosen) for user, chosen in choices]
    at_once(*calls)
    assert set(Submission.objects.filter(is_selected=True).values_list("ref", flat=True)) in [
        set_ for _, set_ in choices
    ]

    in_line(calls[0], calls[4], behind=factories.team_of(heron, phase.competition))

    assert set(Submission.objects.filter(is_selected=True).values_list("ref", flat=True)) == choices[4][1]
