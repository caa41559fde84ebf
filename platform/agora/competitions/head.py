"""Say what stands at the top of every page of a competition: facts, tabs and the one button by state."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone

from agora.competitions.access import Visitor, acceptance_for, current_rules, is_organiser, membership_for
from agora.competitions.models import Competition, Membership, Phase, RulesVersion, Team
from agora.core import words
from challenges.spec import metric_label

# Slug, label and the key that follows `g`.
_TABS = (
    ("overview", "Overview", "o"),
    ("data", "Data", "d"),
    ("leaderboard", "Leaderboard", "l"),
    ("rules", "Rules", "r"),
    ("team", "Team", "t"),
    ("submissions", "Submissions", "s"),
    ("host", "Host", "h"),
)
_TAB_URLS = {"leaderboard": "leaderboards:board", "submissions": "submissions:list", "host": "runs:list"}


@dataclass(frozen=True)
class Action:
    """The one button: what it says, where it leads, by which method, and its small print."""

    label: str
    url: str = ""
    method: str = "get"
    note: str = ""

    @property
    def is_disabled(self) -> bool:
        """Return whether nothing can be done now; the note says when or why."""
        return not self.url


@dataclass(frozen=True)
class Tab:
    """One page of the competition."""

    slug: str
    label: str
    url: str
    key: str


@dataclass(frozen=True)
class Head:
    """What the head of a competition shows; `state` is archive | upcoming | open | closed."""

    competition: Competition
    phase: Phase
    state: str
    teams: int
    entries: int
    rules: RulesVersion | None
    has_accepted: bool
    membership: Membership | None
    used_today: int
    now: datetime
    is_anonymous: bool
    is_host: bool

    @property
    def team(self) -> Team | None:
        """Return the visitor's team."""
        return self.membership.team if self.membership else None

    @property
    def is_archive(self) -> bool:
        """Return whether this site holds no ground truth for the competition, so that nothing can be scored here."""
        return self.state == "archive"

    @property
    def left_today(self) -> int:
        """Return how many submissions the visitor's team has left on this UTC day."""
        return max(0, self.phase.daily_quota - self.used_today)

    @property
    def resets_in(self) -> timedelta:
        """Return the time to the next UTC midnight."""
        return next_utc_midnight(self.now) - self.now

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Return the line of facts as (strong, rest)."""
        return tuple(_facts(self))

    @property
    def action(self) -> Action:
        """Return the one button by state."""
        return _action(self)

    @property
    def tabs(self) -> tuple[Tab, ...]:
        """Return the tabs: the host's for organisers and operators, and of an archive neither team nor submissions without any."""
        hidden = {"team", "submissions"} if self.is_archive and self.membership is None else set()
        hidden |= set() if self.is_host else {"host"}
        slug = self.competition.slug
        return tuple(
            Tab(name, label, reverse(_TAB_URLS.get(name, f"competitions:{name}"), args=[slug]), key)
            for name, label, key in _TABS
            if name not in hidden
        )


def main_phase(competition: Competition) -> Phase:
    """Return the phase that the competition is known by: the first one."""
    return competition.phases.select_related("current_spec").order_by("position", "id")[0]


def next_utc_midnight(now: datetime) -> datetime:
    """Return when the daily quota starts anew."""
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time.min, tzinfo=UTC)


def used_on_day(team: Team, phase: Phase, now: datetime) -> int:
    """Count the team's charges of the UTC day that were not given back."""
    return team.submissions.filter(phase=phase, charged_on=now.astimezone(UTC).date(), released_at__isnull=True).count()


def phase_state(phase: Phase, now: datetime) -> str:
    """Return archive, upcoming, open or closed; the period is [opens_at, closes_at)."""
    if phase.current_spec_id is None:
        return "archive"
    if now < phase.opens_at:
        return "upcoming"
    return "closed" if phase.closes_at is not None and now >= phase.closes_at else "open"


def head(competition: Competition, visitor: Visitor, *, phase: Phase | None = None) -> Head:
    """Collect what the head shows to `visitor`; `phase` defaults to the main one."""
    phase = phase or main_phase(competition)
    now = timezone.now()
    membership = membership_for(visitor, competition)
    rules = current_rules(competition)
    return Head(
        competition=competition,
        phase=phase,
        state=phase_state(phase, now),
        teams=team_count(competition),
        entries=entry_count(competition),
        rules=rules,
        has_accepted=rules is None or acceptance_for(visitor, rules) is not None,
        membership=membership,
        used_today=used_on_day(membership.team, phase, now) if membership else 0,
        now=now,
        is_anonymous=not visitor.is_authenticated,
        is_host=is_organiser(visitor, competition),
    )


def team_count(competition: Competition) -> int:
    """Count teams that have a member."""
    return Team.objects.filter(competition=competition, memberships__left_at__isnull=True).distinct().count()


def entry_count(competition: Competition) -> int:
    """Count the participants' scored entries on the boards that the site shows."""
    shown = Q(board_rows__kind="participant", board_rows__shown_to__isnull=True, board_rows__spec=F("current_spec"))
    counted = competition.phases.aggregate(entries=Count("board_rows", filter=shown))
    return int(counted["entries"])


def metric_words(phase: Phase) -> tuple[str, str]:
    """Return the primary metric and what it is a mean over."""
    return metric_label(phase.primary_metric), phase.get_aggregate_display()


def _facts(head: Head) -> Iterator[tuple[str, str]]:
    competition, phase = head.competition, head.phase
    metric, over = metric_words(phase)
    yield _period(head)
    if head.is_archive:
        reported = competition.reported_rows.count()
        if reported:
            yield words.count(reported), f" reported {'method' if reported == 1 else 'methods'}"
    else:
        yield words.count(head.teams), " team" if head.teams == 1 else " teams"
        yield words.count(head.entries), " entry" if head.entries == 1 else " entries"
    yield metric, f", {over}"
    if competition.facts:
        yield "", competition.facts


def _period(head: Head) -> tuple[str, str]:
    phase = head.phase
    if head.is_archive:
        closed = head.competition.archived_on
        return "Archive", f": challenge closed {words.day(closed)}" if closed else ": nothing is scored here"
    if head.state == "upcoming":
        return f"Opens in {words.duration(phase.opens_at - head.now)}", f", {words.instant(phase.opens_at)}"
    if phase.closes_at is None:
        return "Open", ", no end"
    if head.state == "closed":
        return "Closed", f" on {words.instant(phase.closes_at)}"
    return words.duration(phase.closes_at - head.now), f" left, to {words.instant(phase.closes_at)}"


def _action(head: Head) -> Action:
    slug, phase = head.competition.slug, head.phase
    overview = reverse("competitions:overview", args=[slug])
    if head.is_archive:
        return Action("Score a file offline", f"{overview}#offline", note="This site holds no ground truth for it")
    if head.state == "closed" and phase.closes_at is not None:
        return Action("Submit", note=f"Entries closed on {words.instant(phase.closes_at)}")
    return _entrance(head, overview) or _submit(head)


def _entrance(head: Head, overview: str) -> Action | None:
    """Return the step that is still missing before this visitor can submit."""
    slug = head.competition.slug
    if head.is_anonymous:
        return Action(
            "Sign in to join", f"{reverse('account_login')}?next={overview}", note="An account takes a minute"
        )
    if head.membership is None:
        return Action("Join", reverse("competitions:join", args=[slug]), "post", "Makes you a team of one")
    if not head.has_accepted:
        url = reverse("competitions:rules", args=[slug]) + "#accept"
        return Action("Accept the rules", url, note="Before downloading and submitting")
    return None


def _submit(head: Head) -> Action:
    phase, left, quota = head.phase, head.left_today, head.phase.daily_quota
    if head.state == "upcoming":
        wait = words.duration(phase.opens_at - head.now)
        return Action("Submit", note=f"Entries open on {words.instant(phase.opens_at)}, in {wait}")
    wait = words.duration(head.resets_in)
    if left == 0:
        return Action("Submit", note=f"Next at 00:00 UTC, in {wait}")
    note = f"{left} of {quota} left today" + (f", resets in {wait}" if head.used_today else "")
    return Action("Submit", reverse("submissions:submit", args=[head.competition.slug]), note=note)
