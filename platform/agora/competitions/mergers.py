"""Let one team ask another to take it in, and say beforehand what both would be together.

Accepting moves entries and rows of boards too, which belong to apps above: `agora.leaderboards.merging` does it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404

from agora.activity.services import notify, record
from agora.competitions.access import Visitor, require_member
from agora.competitions.asking import (
    ANSWER_DAYS,
    end,
    end_expired,
    open_ones,
    require_moderation,
    require_waiting,
)
from agora.competitions.models import AskState, Competition, Membership, MergerRequest, Phase, Team
from agora.competitions.teams import (
    leader_of,
    lock_competition,
    lock_own_team,
    member_count,
    require_changeable,
    require_leader,
    team_changed,
    team_deadline,
    team_url,
)
from agora.core import words
from agora.core.clock import database_now, utc_day
from agora.core.errors import ConflictError

REQUESTS_A_DAY: Final = 10  # of one team, and of one person in one competition, who may have led several teams


class MergerError(ConflictError):
    """The two teams cannot merge; the message says why."""

    code = "merger"


@dataclass(frozen=True)
class PhaseSum:
    """The charged entries of two teams in one phase, and how many one team could have made by today."""

    title: str  # empty where the competition has one phase
    ours: int
    theirs: int
    allowed: int

    @property
    def fits(self) -> bool:
        """Whether one team could have made them all."""
        return self.ours + self.theirs <= self.allowed

    @property
    def words(self) -> str:
        """Return the sum: "12 + 9 = 21 entries, at most 35 allowed by today"."""
        together = words.plural(self.ours + self.theirs, "entry", "entries")
        said = f"{self.ours} + {self.theirs} = {together}, at most {self.allowed} allowed by today"
        return f"{self.title}: {said}" if self.title else said


@dataclass(frozen=True)
class MergerSum:
    """What two teams would be together."""

    other: Team
    members: int
    size_max: int
    phases: tuple[PhaseSum, ...]
    deadline: datetime | None

    @property
    def fits(self) -> bool:
        """Whether both rules hold."""
        return not any(self.faults)

    @property
    def faults(self) -> Iterator[str]:
        """Yield what forbids the merger."""
        if self.members > self.size_max:
            yield f"Together you would be {self.members} members; at most {self.size_max} are allowed."
        for phase in self.phases:
            if not phase.fits:
                yield f"Together you made more entries than one team could have: {phase.words}."

    @property
    def words(self) -> str:
        """Return the whole sum in one line, as it stands before the button."""
        parts = [f"{words.plural(self.members, 'member')} of at most {self.size_max}", *(p.words for p in self.phases)]
        until = f" Allowed until {words.day(self.deadline)}." if self.deadline else ""
        return f"Together: {'; '.join(parts)}.{until}"


def merger_sum(ours: Team, theirs: Team) -> MergerSum:
    """Add two teams up; charges that were given back do not count."""
    competition, now = ours.competition, database_now()
    phases = list(competition.phases.all())
    used = [(phase, _charged(ours, phase), _charged(theirs, phase)) for phase in phases]
    shown = [row for row in used if row[1] or row[2]] or used[:1]
    sums = [
        PhaseSum(phase.title if len(phases) > 1 else "", mine, other, allowed_by(phase, now))
        for phase, mine, other in shown
    ]
    members = member_count(ours) + member_count(theirs)
    return MergerSum(theirs, members, competition.team_size_max, tuple(sums), team_deadline(competition))


def allowed_by(phase: Phase, now: datetime) -> int:
    """Return how many entries one team could have made in a phase up to the end of the present UTC day."""
    last = now if phase.closes_at is None else min(now, phase.closes_at)
    days = (utc_day(last) - utc_day(phase.opens_at)).days + 1
    return phase.daily_quota * max(0, days)


def require_mergeable(ours: Team, theirs: Team) -> None:
    """Refuse two teams that one team could not be; the caller holds both rows."""
    faults = list(merger_sum(ours, theirs).faults)
    if faults:
        raise MergerError(" ".join(faults), way_out="Your team", url=team_url(ours.competition))


def ask_merger(membership: Membership, other: Team) -> MergerRequest:
    """Ask another team to take the leader's team in, with all its people and entries; its leader is told.

    Raises
    ------
    MergerError
        It is the own team, one that has ended or was asked already, or together they break a rule.
    TooManyAskedError, NotAllowedError, TeamChangedError
        Enough requests for one day; not the leader, or the time for changes is over; not in the team any more.
    """
    user = membership.user
    with transaction.atomic():
        competition = lock_competition(membership.competition)
        team = lock_own_team(membership)
        require_leader(user, competition, "ask for a merger")
        require_changeable(competition)
        other = Team.objects.get(pk=other.pk)
        _require_askable(team, other)
        sent = MergerRequest.objects.filter(Q(team=team) | Q(asked_by=user, team__competition=competition))
        require_moderation(sent, REQUESTS_A_DAY, "requests", competition)
        require_mergeable(team, other)
        expires_at = database_now() + timedelta(days=ANSWER_DAYS)
        request = MergerRequest.objects.create(team=team, into=other, asked_by=user, expires_at=expires_at)
        leader = leader_of(other)
        if leader is not None:
            text = f"{team.name} asks to merge with your team {other.name} in {competition.title}."
            notify(leader, "merger-asked", text, team_url(competition))
        record(user, "merger-ask", team.ref, data={"into": other.ref, "request": request.ref})
    return request


def cancel_merger(request: MergerRequest, membership: Membership) -> None:
    """Take a request back; NotAllowedError for others than the asking team's leader, ConflictError if it is over."""
    with transaction.atomic():
        row = locked_request(request, membership, side="team")
        end(MergerRequest.objects.filter(pk=row.pk), AskState.CANCELLED, membership.user)
        record(membership.user, "merger-cancel", row.team.ref, data={"request": row.ref})


def decline_merger(request: MergerRequest, membership: Membership) -> None:
    """Refuse a request; NotAllowedError for others than the asked team's leader, ConflictError if it is over."""
    with transaction.atomic():
        row = locked_request(request, membership, side="into")
        end(MergerRequest.objects.filter(pk=row.pk), AskState.DECLINED, membership.user)
        leader, competition = leader_of(row.team), membership.competition
        if leader is not None:
            text = f"{row.into.name} declined to merge with your team {row.team.name} in {competition.title}."
            notify(leader, "merger-declined", text, team_url(competition))
        record(membership.user, "merger-decline", row.into.ref, data={"request": row.ref})


def locked_request(request: MergerRequest, membership: Membership, *, side: str) -> MergerRequest:
    """Lock the competition and return the request as it is behind the lock, for the leader of one side ("team", "into")."""
    competition = lock_competition(membership.competition)
    act = {"team": "take requests back", "into": "answer requests"}[side]
    present = require_leader(membership.user, competition, act)
    if present.team_id != getattr(request, f"{side}_id"):
        raise team_changed(competition)
    row = MergerRequest.objects.select_related("team__competition", "into__competition").get(pk=request.pk)
    require_waiting(row, f"The request of {row.team.name} to merge with {row.into.name}", competition)
    return row


def requests_of(team: Team) -> QuerySet[MergerRequest]:
    """Return the requests from and to a team that wait for an answer, oldest first."""
    rows = MergerRequest.objects.filter(Q(team=team) | Q(into=team))
    return open_ones(rows).select_related("team", "into", "asked_by")


def request_for(visitor: Visitor, competition: Competition, ref: str, *, side: str) -> tuple[MergerRequest, Membership]:
    """Return a request of which the visitor's team is the `side` ("team" asked, "into" was asked); Http404 for every other."""
    membership = require_member(visitor, competition)
    found = MergerRequest.objects.filter(ref=ref, **{side: membership.team_id})
    row = found.select_related("team", "into").first()
    if row is None:
        raise Http404
    return row, membership


def team_called(competition: Competition, name: str) -> Team | None:
    """Return the team of this name in any case, None without one."""
    return Team.objects.filter(competition=competition, name__iexact=" ".join(name.split()), ended_at=None).first()


def team_with(competition: Competition, ref: str) -> Team:
    """Return the team of a reference; Http404 without one."""
    # Compared as text of our own alphabet: the database takes no NUL.
    team = Team.objects.filter(competition=competition, ref=ref).first() if ref.isalnum() else None
    if team is None:
        raise Http404
    return team


def _require_askable(team: Team, other: Team) -> None:
    url = team_url(team.competition)
    asked = MergerRequest.objects.filter(team=team, into=other)
    end_expired(asked)
    if other.pk == team.pk or other.competition_id != team.competition_id:
        raise MergerError("A team merges with another one of the same competition.", way_out="Your team", url=url)
    if other.ended_at is not None:
        raise MergerError(f"The team {other.name} has ended.", way_out="Your team", url=url)
    if asked.filter(state=AskState.WAITING).exists():
        raise MergerError(f"{other.name} is asked already. Cancel that to ask anew.", way_out="Your team", url=url)


def _charged(team: Team, phase: Phase) -> int:
    charged = team.submissions.filter(phase=phase, charged_on__isnull=False, released_at__isnull=True)
    return int(charged.count())
