"""Change who is in a team, one change at a time in a competition: join, take in, leave, hand on the lead, rename.

Locks are taken in one order everywhere: the competition's row (every change of teams), then rows of teams in the order of their
ids (submissions, uploads and choices take that of their own team alone), then whatever hangs on them.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse

from agora.accounts.models import User
from agora.activity.services import notify, record
from agora.competitions.access import Visitor, membership_for, require_member
from agora.competitions.head import main_phase, phase_state
from agora.competitions.models import AskState, Competition, Membership, Team
from agora.core import words
from agora.core.clock import database_now
from agora.core.errors import ConflictError, NotAllowedError


class TeamNameError(ConflictError):
    """A team cannot be called so; the message says why."""

    code = "team_name"


class TeamChangedError(ConflictError):
    """The person is not in the team any more in which the page saw them."""

    code = "team_changed"


class TeamFullError(ConflictError):
    """The team, or both together, would have more people than the competition allows."""

    code = "team_full"


def team_url(competition: Competition) -> str:
    """Return the address of the visitor's team."""
    return reverse("competitions:team", args=[competition.slug])


def lock_competition(competition: Competition) -> Competition:
    """Let one change of teams happen at a time; return the row as it is behind the lock.

    The lock is one without key: submissions, which refer to the row, go on.
    """
    return Competition.objects.select_for_update(no_key=True).get(pk=competition.pk)


def lock_teams(*teams: Team) -> None:
    """Lock the rows of teams in the order of their ids, so that two who want the same ones never wait for each other."""
    wanted = Team.objects.filter(pk__in=[team.pk for team in teams]).order_by("pk")
    list(wanted.select_for_update(no_key=True).values_list("pk"))


def lock_own_team(membership: Membership) -> Team:
    """Lock the row of a member's team and return it; TeamChangedError if the person left it before the lock was had.

    Whatever is written to a team's account goes through here: who waited for the row while two teams merged would otherwise write
    to the one that is gone.
    """
    team = Team.objects.select_for_update(no_key=True).get(pk=membership.team_id)
    if not Membership.objects.filter(pk=membership.pk, left_at__isnull=True).exists():
        raise team_changed(membership.competition)
    return team


def team_changed(competition: Competition) -> TeamChangedError:
    """Return the refusal of somebody who acts for a team that they left meanwhile."""
    message = "Your team changed a moment ago, and nothing was done. Open the page again."
    return TeamChangedError(message, way_out="Your team", url=team_url(competition))


def require_leader(visitor: Visitor, competition: Competition, act: str) -> Membership:
    """Return the membership of a team's leader; to others the refusal names who may `act` ("invite people")."""
    membership = require_member(visitor, competition)
    if membership.role != "leader":
        leader = leader_of(membership.team)
        message = f"Only {leader.name if leader else 'its leader'}, who leads the team, may {act}."
        raise NotAllowedError(message, way_out="Your team", url=team_url(competition))
    return membership


def leader_of(team: Team) -> User | None:
    """Return who leads a team; nobody leads one that has ended."""
    held = Membership.objects.filter(team=team, role="leader", left_at__isnull=True).select_related("user").first()
    return held.user if held else None


def require_changeable(competition: Competition) -> None:
    """Refuse changes of teams where nobody can join, and after the day on which they end."""
    now, url = database_now(), reverse("competitions:overview", args=[competition.slug])
    state = phase_state(main_phase(competition), now)
    if state in {"archive", "closed"}:
        reason = "holds no ground truth here" if state == "archive" else "is over"
        message = f"{competition.title} {reason}, so teams cannot change any more."
        raise NotAllowedError(message, way_out="Overview", url=url)
    if competition.merger_deadline is not None and now >= competition.merger_deadline:
        message = f"Teams of {competition.title} could change until {words.instant(competition.merger_deadline)}."
        raise NotAllowedError(message, way_out="Your team", url=team_url(competition))


def team_deadline(competition: Competition) -> datetime | None:
    """Return when teams can change no more; None where that is never."""
    return competition.merger_deadline or main_phase(competition).closes_at


def member_count(team: Team) -> int:
    """Count the people of a team."""
    return team.memberships.filter(left_at__isnull=True).count()


def has_entries(team: Team) -> bool:
    """Return whether a team ever submitted anything: from then on its people stay together."""
    return team.submissions.exists()


def free_name(competition: Competition, handle: str) -> str:
    """Return the handle, or with a number the first of its kind that no team has."""
    held = Team.objects.filter(competition=competition, ended_at__isnull=True, name__istartswith=handle)
    taken = {name.lower() for name in held.values_list("name", flat=True)}
    candidates = (handle if number == 1 else f"{handle}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in candidates if name.lower() not in taken)


def found_team(competition: Competition, user: User) -> Membership:
    """Make a team of one, named after the handle; the caller holds the competition's row."""
    team = Team.objects.create(competition=competition, name=free_name(competition, user.handle))
    return Membership.objects.create(competition=competition, team=team, user=user)


def take_in(team: Team, user: User) -> Membership:
    """Move a person into `team`; the caller holds the competition's row and those of both teams.

    Files that the person sent and nobody submitted go along. A team that loses its last member ends; one that loses its leader is
    led by whoever has been there longest.

    Raises
    ------
    ConflictError
        The person is in the team already, or in one that has entries, which has to merge as a whole.
    TeamFullError
        The team has as many people as the competition allows.
    """
    competition = team.competition
    held = membership_for(user, competition)
    if held is not None and held.team_id == team.pk:
        raise ConflictError(f"You are in {team.name} already.", way_out="Your team", url=team_url(competition))
    if held is not None and has_entries(held.team):
        message = f"{held.team.name} has entries, so you cannot leave it alone. Ask {team.name} to merge instead."
        raise ConflictError(message, way_out="Your team", url=team_url(competition))
    if member_count(team) >= competition.team_size_max:
        people = words.plural(competition.team_size_max, "member")
        message = f"{team.name} has {people}, as many as {competition.title} allows."
        raise TeamFullError(message, way_out="Your team", url=team_url(competition))
    if held is not None:
        close_membership(held)
        held.team.uploads.filter(uploaded_by=user, submissions__isnull=True).update(team=team)
    return Membership.objects.create(competition=competition, team=team, user=user, role="member")


def leave_team(membership: Membership) -> Membership:
    """Let a person leave the team for one of their own; return the new place.

    Locks the competition and the team, so that no first entry slips in between. What the team asked and offered stays with it.

    Raises
    ------
    ConflictError
        The team has entries, or nobody else is in it.
    TeamChangedError, NotAllowedError
        The person left before, or the time for changes is over.
    """
    user = membership.user
    with transaction.atomic():
        competition = lock_competition(membership.competition)
        team = lock_own_team(membership)
        require_changeable(competition)
        if has_entries(team):
            message = f"{team.name} has entries. From a team's first entry on its people stay together."
            raise ConflictError(message, way_out="Your team", url=team_url(competition))
        if member_count(team) == 1:
            message = f"Nobody else is in {team.name}: it is your own team already. You can rename it."
            raise ConflictError(message, way_out="Your team", url=team_url(competition))
        close_membership(Membership.objects.get(pk=membership.pk))
        place = found_team(competition, user)
        team.uploads.filter(uploaded_by=user, submissions__isnull=True).update(team=place.team)
        leader = leader_of(team)
        if leader is not None:
            _tell(leader, "team-left", f"{user.name} has left your team {team.name}", competition)
        record(user, "team-leave", team.ref, data={"team": place.team.ref})
    return place


def hand_on_lead(membership: Membership, handle: str) -> User:
    """Make another member the leader in the present leader's place; return that member.

    Raises
    ------
    ConflictError
        Nobody of this handle is in the team.
    NotAllowedError, TeamChangedError
        The caller does not lead the team any more, or is not in it any more.
    """
    with transaction.atomic():
        competition = lock_competition(membership.competition)
        team = lock_own_team(membership)
        require_leader(membership.user, competition, "hand on the lead")
        others = team.memberships.filter(left_at__isnull=True).exclude(pk=membership.pk).select_related("user")
        # Compared here, not in the database, which takes no NUL.
        chosen = next((row for row in others if row.user.handle.lower() == handle.lower()), None)
        if chosen is None:
            message = f"Nobody else of this handle is in {team.name}. Choose one of its members."
            raise ConflictError(message, way_out="Your team", url=team_url(competition))
        Membership.objects.filter(pk=membership.pk).update(role="member")
        Membership.objects.filter(pk=chosen.pk).update(role="leader")
        _tell(chosen.user, "team-lead", f"You now lead the team {team.name}", competition)
        record(membership.user, "team-lead", team.ref, data={"user": chosen.user_id})
    return chosen.user


def rename_team(membership: Membership, name: str) -> Team:
    """Give a member's team another name.

    Raises
    ------
    TeamNameError
        If the name is empty, too long or another team's, or holds characters that nobody sees: those would let one team
        look like another, or turn the text of a board around.
    TeamChangedError
        The person left the team before.
    """
    name = " ".join(name.split())
    if not name.isprintable():
        raise TeamNameError("The name has a character that cannot be seen. Type it again instead of pasting it.")
    try:
        with transaction.atomic():
            lock_competition(membership.competition)
            team = lock_own_team(membership)
            team.name, team.renamed_at = name, database_now()
            team.full_clean()
            team.save(update_fields=["name", "renamed_at"])
    except ValidationError as error:
        raise TeamNameError(" ".join(error.messages)) from error
    return team


def move_people(team: Team, into: Team) -> list[User]:
    """Make the people of one team members of another and return them; the caller holds the rows of competition and teams."""
    held = list(team.memberships.filter(left_at__isnull=True).select_related("user").order_by("joined_at", "id"))
    Membership.objects.filter(pk__in=[row.pk for row in held]).update(left_at=Now())
    for row in held:
        Membership.objects.create(competition_id=into.competition_id, team=into, user=row.user, role="member")
    return [row.user for row in held]


def close_membership(membership: Membership) -> None:
    """End a person's place; the caller holds the rows of competition and team."""
    Membership.objects.filter(pk=membership.pk).update(left_at=Now())
    team = membership.team
    rest = team.memberships.filter(left_at__isnull=True).order_by("joined_at", "id")
    first = rest.first()
    if first is None:
        end_team(team)
    elif not rest.filter(role="leader").exists():
        rest.filter(pk=first.pk).update(role="leader")


def end_team(team: Team, *, into: Team | None = None) -> None:
    """End a team without members: its name is free, and whatever it asked or was asked is over."""
    over = {"state": AskState.CANCELLED, "ended_at": Now()}
    for asked in (team.invitations, team.mergers_asked, team.mergers_offered):
        asked.filter(state=AskState.WAITING).update(**over)
    Team.objects.filter(pk=team.pk).update(ended_at=Now(), merged_into=into)


def _tell(user: User, kind: str, what: str, competition: Competition) -> None:
    notify(user, kind, f"{what} in {competition.title}.", team_url(competition))
