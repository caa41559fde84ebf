"""Collect what the page of a team shows: its people, whom it invited, and what the visitor may do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from agora.competitions.access import Visitor
from agora.competitions.forms import FindTeamForm, InviteForm, TeamNameForm
from agora.competitions.head import Head, head
from agora.competitions.invitations import invitations_from, invitations_to
from agora.competitions.mergers import MergerSum, merger_sum, requests_of, team_called
from agora.competitions.models import Competition, Invitation, MergerRequest, Team
from agora.competitions.teams import has_entries, require_changeable
from agora.core import words
from agora.core.errors import ParticipantError


@dataclass(frozen=True)
class Member:
    """One person of a team."""

    name: str
    handle: str
    role: str
    joined_at: datetime
    entries: int
    is_you: bool


@dataclass(frozen=True)
class Merger:
    """A request to merge, with what both teams would be together."""

    request: MergerRequest
    sum: MergerSum


@dataclass(frozen=True)
class TeamPage:
    """One team as one of its members sees it."""

    members: tuple[Member, ...]
    size_max: int
    is_leader: bool
    is_settled: bool  # it has entries: nobody leaves any more
    refusal: str  # why nothing can be changed, empty while it can
    invitations: Sequence[Invitation] = field(default=())
    asked: Sequence[Merger] = field(default=())  # of this team, waiting for an answer
    offered: Sequence[Merger] = field(default=())  # to this team, waiting for its leader

    @property
    def is_several(self) -> bool:
        """Whether anybody else is in the team."""
        return len(self.members) > 1

    @property
    def may_invite(self) -> bool:
        """Whether the visitor may invite somebody now."""
        return self.is_leader and not self.refusal and len(self.members) < self.size_max

    @property
    def may_merge(self) -> bool:
        """Whether the visitor may ask and answer now."""
        return self.is_leader and not self.refusal

    @property
    def may_hand_on(self) -> bool:
        """Whether the visitor leads others, of whom one could lead instead."""
        return self.is_leader and self.is_several

    @property
    def may_leave(self) -> bool:
        """Whether the visitor may go back to a team of one."""
        return self.is_several and not self.is_settled and not self.refusal

    @property
    def size_words(self) -> str:
        """Return how many people there are and may be: "2 members of at most 5"."""
        return f"{words.plural(len(self.members), 'member')} of at most {self.size_max}"


def team_page(
    competition: Competition,
    visitor: Visitor,
    *,
    name: TeamNameForm | None = None,
    invite: InviteForm | None = None,
    merge: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the context of the page; a form that was sent and is at fault comes back in the place of an empty one.

    `merge` is the query that names another team: its leader's page then shows what both would be together.
    """
    shown = head(competition, visitor)
    page = _page(shown, shown.team, visitor) if shown.team else None
    find, together = _sum(shown.team, merge) if page and page.may_merge else (FindTeamForm(), None)
    return {
        "head": shown,
        "tab": "team",
        "form": name or TeamNameForm(initial={"name": shown.team.name if shown.team else ""}),
        "invite_form": invite or InviteForm(),
        "page": page,
        "find_form": find,
        "together": together,
        "received": [] if shown.is_archive else invitations_to(visitor, competition),
        "own_ends": _own_ends(shown.team),
    }


def members(team: Team, visitor: Visitor) -> tuple[Member, ...]:
    """Return the people of a team with their numbers of entries, in the order in which they came."""
    counted = Count("user__submissions", filter=Q(user__submissions__team=team))
    held = team.memberships.filter(left_at__isnull=True).select_related("user").annotate(entries=counted)
    return tuple(
        Member(
            name=row.user.name,
            handle=row.user.handle,
            role=row.get_role_display(),
            joined_at=row.joined_at,
            entries=row.entries,
            is_you=row.user_id == visitor.pk,
        )
        for row in held.order_by("joined_at", "id")
    )


def _page(shown: Head, team: Team, visitor: Visitor) -> TeamPage:
    competition, requests = shown.competition, list(requests_of(team))
    return TeamPage(
        members=members(team, visitor),
        size_max=competition.team_size_max,
        is_leader=shown.membership is not None and shown.membership.role == "leader",
        is_settled=has_entries(team),
        refusal=_refusal(competition),
        invitations=list(invitations_from(team)),
        asked=[Merger(row, merger_sum(team, row.into)) for row in requests if row.team_id == team.pk],
        offered=[Merger(row, merger_sum(team, row.team)) for row in requests if row.into_id == team.pk],
    )


def _sum(team: Team | None, given: Mapping[str, str] | None) -> tuple[FindTeamForm, MergerSum | None]:
    """Return the form that names another team, and the sum with it once it does."""
    if team is None or not given or "merge" not in given:
        return FindTeamForm(), None
    form = FindTeamForm(given)
    if not form.is_valid():
        return form, None
    other = team_called(team.competition, form.cleaned_data["merge"])
    if other is None or other.pk == team.pk:
        form.add_error("merge", "There is no other team of this name. Look it up on the leaderboard.")
        return form, None
    return form, merger_sum(team, other)


def _refusal(competition: Competition) -> str:
    try:
        require_changeable(competition)
    except ParticipantError as error:
        return error.message
    return ""


def _own_ends(team: Team | None) -> bool:
    """Return whether the visitor's present team would end if they went elsewhere: nobody else is in it, and it has no entry."""
    return team is not None and not has_entries(team) and team.memberships.filter(left_at__isnull=True).count() == 1
