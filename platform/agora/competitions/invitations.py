"""Invite people into a team: by handle, or by e-mail address without saying whether it belongs to an account."""

from datetime import timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404

from agora.accounts.models import User
from agora.accounts.selectors import confirmed_emails, user_by_email, user_by_handle
from agora.activity.services import notify, record
from agora.competitions.access import Visitor, membership_for, require_member
from agora.competitions.asking import ANSWER_DAYS, end, end_expired, open_ones, require_moderation, require_waiting
from agora.competitions.models import AskState, Competition, Invitation, Membership, Team
from agora.competitions.teams import (
    TeamFullError,
    lock_competition,
    lock_own_team,
    lock_teams,
    member_count,
    require_changeable,
    require_leader,
    take_in,
    team_changed,
    team_url,
)
from agora.core import words
from agora.core.clock import database_now
from agora.core.errors import ParticipantError

INVITATIONS_A_DAY: Final = 20  # of one team, and of one person in one competition: nobody is to be pestered


class InvitationError(ParticipantError):
    """This cannot be invited; the message says why."""

    code = "invitation"


def invite(membership: Membership, addressee: str) -> Invitation:
    """Offer a place in the leader's team to a person, named by handle or by e-mail address.

    The answer to an address is the same whether an account has it or not: whoever confirmed it, now or later, sees the invitation.
    Locks the competition and the team; tells the person if there is one.

    Raises
    ------
    InvitationError
        No account has the handle, the text is neither handle nor address, or the person is in the team or invited already.
    TeamFullError
        The team has as many people as the competition allows.
    TooManyAskedError, NotAllowedError, TeamChangedError
        Enough invitations for one day; not the leader, or the time for changes is over; not in the team any more.
    """
    inviter = membership.user
    user, email = _addressee(addressee)
    with transaction.atomic():
        competition = lock_competition(membership.competition)
        team = lock_own_team(membership)
        require_leader(inviter, competition, "invite people")
        require_changeable(competition)
        _require_news(team, user, email)
        sent = Invitation.objects.filter(Q(team=team) | Q(asked_by=inviter, team__competition=competition))
        require_moderation(sent, INVITATIONS_A_DAY, "invitations", competition)
        if member_count(team) >= competition.team_size_max:
            people = words.plural(competition.team_size_max, "member")
            raise TeamFullError(f"{team.name} has {people}, as many as {competition.title} allows.")
        invitation = Invitation.objects.create(
            team=team,
            user=user,
            email=email,
            asked_by=inviter,
            expires_at=database_now() + timedelta(days=ANSWER_DAYS),
        )
        _tell_invited(invitation, user or user_by_email(email))
        record(inviter, "team-invite", team.ref, data={"invitation": invitation.ref})
    return invitation


def accept_invitation(invitation: Invitation, user: User) -> Membership:
    """Take the place that was offered; return it.

    Locks the competition and both teams in the order of their ids: an invitation is accepted once, a person ends in one team,
    and a team never has more people than allowed. Another one of the same team to the same handle is over.

    Raises
    ------
    ConflictError
        The invitation is over, or the person is in the team or in one that has entries.
    TeamFullError
        Others were quicker.
    NotAllowedError
        The time for changes is over.
    """
    team = invitation.team
    with transaction.atomic():
        competition = lock_competition(team.competition)
        held = membership_for(user, competition)
        lock_teams(team, *([held.team] if held else []))
        row = _waiting(invitation)
        require_changeable(competition)
        place = take_in(row.team, user)
        # One to the person's address stays: if it went, the team would learn whose it is.
        same = Invitation.objects.filter(user=user, team=team, state=AskState.WAITING)
        end(same.exclude(pk=row.pk), AskState.CANCELLED, user)
        _end(row, AskState.ACCEPTED, user)
        _tell_team(row, f"{user.name} has joined your team {row.team.name}", "team-joined")
        record(user, "team-join", team.ref, data={"invitation": row.ref})
    return place


def decline_invitation(invitation: Invitation, user: User) -> None:
    """Refuse the place that was offered; ConflictError if the invitation is over."""
    with transaction.atomic():
        lock_competition(invitation.team.competition)
        row = _waiting(invitation)
        _end(row, AskState.DECLINED, user)
        _tell_team(row, f"{row.addressee} declined your invitation to {row.team.name}", "team-declined")
        record(user, "team-decline", row.team.ref, data={"invitation": row.ref})


def cancel_invitation(invitation: Invitation, membership: Membership) -> None:
    """Take an invitation back; NotAllowedError for others than the team's leader, ConflictError if it is over.

    TeamChangedError for who leads another team by now.
    """
    with transaction.atomic():
        competition = lock_competition(membership.competition)
        present = require_leader(membership.user, competition, "take invitations back")
        if present.team_id != invitation.team_id:
            raise team_changed(competition)
        row = _waiting(invitation)
        _end(row, AskState.CANCELLED, membership.user)
        record(membership.user, "team-uninvite", row.team.ref, data={"invitation": row.ref})


def invitations_from(team: Team) -> QuerySet[Invitation]:
    """Return a team's invitations that wait for an answer, oldest first."""
    return _open(Invitation.objects.filter(team=team))


def invitations_to(visitor: Visitor, competition: Competition) -> list[Invitation]:
    """Return the invitations of other teams that a visitor can answer, oldest first."""
    if not visitor.is_authenticated:
        return []
    held = membership_for(visitor, competition)
    to_me = Q(user=visitor) | Q(user__isnull=True, email__in=confirmed_emails(visitor))
    found = Invitation.objects.filter(to_me, team__competition=competition, team__ended_at__isnull=True)
    return [row for row in _open(found) if held is None or row.team_id != held.team_id]


def invitation_to(visitor: Visitor, competition: Competition, ref: str) -> tuple[Invitation, User]:
    """Return an invitation to answer, whatever became of it, and who answers; Http404 to whom it was not sent to."""
    row = _found(competition, ref)
    if not visitor.is_authenticated or row is None:
        raise Http404
    is_mine = row.user_id == visitor.pk if row.user_id else row.email in confirmed_emails(visitor)
    if not is_mine:
        raise Http404
    return row, visitor


def invitation_from(visitor: Visitor, competition: Competition, ref: str) -> tuple[Invitation, Membership]:
    """Return an invitation of the visitor's own team and the visitor's place in it; Http404 for every other."""
    membership = require_member(visitor, competition)
    row = _found(competition, ref)
    if row is None or row.team_id != membership.team_id:
        raise Http404
    return row, membership


def _addressee(text: str) -> tuple[User | None, str]:
    """Return the person of a handle, or an e-mail address in lower case."""
    text = text.strip()
    if "@" not in text:
        user = user_by_handle(text)
        if user is None:
            raise InvitationError(
                f"No account has the handle “{text}”. Look at its spelling, or write an e-mail address."
            )
        return user, ""
    email = text.lower()
    try:
        validate_email(email)  # as it is stored: of some letters the lower case is another one, or two
    except ValidationError as error:
        raise InvitationError("This is no e-mail address. Write it as name@example.org.") from error
    return None, email


def _require_news(team: Team, user: User | None, email: str) -> None:
    """Refuse whom the team has or has invited; what it cannot know, whose address it is, makes no difference."""
    same = Invitation.objects.filter(team=team, user=user, email=email, state=AskState.WAITING)
    end_expired(same)
    if user is not None and team.memberships.filter(user=user, left_at__isnull=True).exists():
        raise InvitationError(f"{user.handle} is in {team.name} already.")
    if same.exists():
        raise InvitationError(f"{user.handle if user else email} is invited already. Cancel that to ask anew.")


def _open(rows: QuerySet[Invitation]) -> QuerySet[Invitation]:
    return open_ones(rows).select_related("team__competition", "user", "asked_by")


def _found(competition: Competition, ref: str) -> Invitation | None:
    found = Invitation.objects.filter(team__competition=competition, ref=ref)
    return found.select_related("team__competition", "user", "asked_by").first()


def _waiting(invitation: Invitation) -> Invitation:
    """Return the invitation as it is behind the lock, or refuse one that is over."""
    row = Invitation.objects.select_related("team__competition", "user", "asked_by").get(pk=invitation.pk)
    require_waiting(row, f"This invitation to {row.team.name}", row.team.competition)
    return row


def _end(row: Invitation, state: AskState, user: User) -> None:
    end(Invitation.objects.filter(pk=row.pk), state, user)


def _tell_invited(invitation: Invitation, user: User | None) -> None:
    """Tell the person, if there is one who may see the competition: its name is not everybody's if it is private.

    Where an address has no account the same is written and taken back: how long the answer takes must not tell either.
    """
    competition, reader = invitation.team.competition, user or invitation.asked_by
    may_see = "private" not in competition.tags or membership_for(reader, competition) is not None
    text = f"{invitation.asked_by.name} invites you to the team {invitation.team.name} in {competition.title}."
    with transaction.atomic():
        notify(reader, "team-invited", text, team_url(competition))
        if user is None or not may_see:
            transaction.set_rollback(True)


def _tell_team(invitation: Invitation, what: str, kind: str) -> None:
    competition = invitation.team.competition
    if invitation.team.memberships.filter(user=invitation.asked_by, left_at__isnull=True).exists():
        notify(invitation.asked_by, kind, f"{what} in {competition.title}.", team_url(competition))
