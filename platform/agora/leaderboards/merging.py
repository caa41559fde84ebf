"""Merge two teams: their people, their entries, and their rows on every board.

It lives here because rows of boards do; the request to merge, its sum and its refusals are those of `agora.competitions.mergers`.
"""

from django.db import transaction

from agora.activity.services import notify, record
from agora.competitions.asking import end
from agora.competitions.mergers import locked_request, require_mergeable
from agora.competitions.models import AskState, Invitation, Membership, MergerRequest, Team
from agora.competitions.teams import end_team, lock_teams, move_people, require_changeable, team_url
from agora.leaderboards.services import reopen_rows
from agora.submissions.moving import move_entries


def accept_merger(request: MergerRequest, membership: Membership) -> Team:
    """Take the asking team in: its people become members, its entries and board rows those of the leader's team; return that.

    Locks the competition, then both teams in the order of their ids: two teams that accept each other at the same moment become
    one, and no entry is charged to a team that is gone. Rows of boards are closed and opened anew, so that a board as of an earlier
    instant still shows both teams.

    Raises
    ------
    ConflictError, MergerError
        The request is over; together they would break a rule.
    NotAllowedError, TeamChangedError
        Not the leader of the team that was asked, or the time for changes is over; not in it any more.
    """
    with transaction.atomic():
        row = locked_request(request, membership, side="into")
        team, into = row.team, row.into
        lock_teams(team, into)
        require_changeable(into.competition)
        require_mergeable(into, team)
        end(MergerRequest.objects.filter(pk=row.pk), AskState.ACCEPTED, membership.user)
        people = move_people(team, into)
        invited = Invitation.objects.filter(team=into, user__in=people, state=AskState.WAITING)
        end(invited, AskState.CANCELLED, membership.user)
        entries = move_entries(team, into)
        reopen_rows(entries)
        end_team(team, into=into)
        _tell(team, into, membership)
        said = {"team": team.ref, "request": row.ref, "entries": [entry.ref for entry in entries]}
        record(membership.user, "merger-accept", into.ref, data=said)
    return into


def _tell(team: Team, into: Team, membership: Membership) -> None:
    """Tell everybody of both teams but the one who accepted."""
    competition = into.competition
    text = f"{team.name} and {into.name} are one team in {competition.title} now: {into.name}."
    others = into.memberships.filter(left_at__isnull=True).exclude(user=membership.user)
    for other in others.select_related("user"):
        notify(other.user, "merged", text, team_url(competition))
