"""Read the list of competitions, for its own page and for the home page."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, Q
from django.utils import timezone

from agora.competitions.access import Visitor
from agora.competitions.head import metric_words, phase_state, team_count
from agora.competitions.models import Competition, Phase
from agora.competitions.selectors import visible_competitions

SEARCH_FROM = 8  # rows: a shorter list is read faster than searched
_STATES = {"open": ("open", "upcoming"), "archive": ("archive", "closed")}


@dataclass(frozen=True)
class Row:
    """One competition in the list. `printed` is the best reported number in per cent, exactly as printed."""

    competition: Competition
    phase: Phase
    state: str
    metric: str
    teams: int
    entries: int
    platform_run: int
    reported: int
    printed: str
    opens_at: datetime
    closes_at: datetime | None
    archived_on: date | None
    is_mine: bool


@dataclass(frozen=True)
class Filter:
    """One choice above the list, with the number of rows behind it."""

    slug: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Listing:
    """The rows that remain, and what they were chosen by."""

    rows: tuple[Row, ...]
    total: int
    filters: tuple[Filter, ...]
    words: str
    which: str

    @property
    def has_search(self) -> bool:
        """Return whether the list is long enough to be searched."""
        return self.total > SEARCH_FROM or bool(self.words)


def listing(visitor: Visitor, *, which: str = "", words: str = "") -> Listing:
    """Return the competitions that the visitor may see; `which` is open, yours, archive or empty for all."""
    rows = catalogue_rows(visitor)
    found = [row for row in rows if _matches(row, words)]
    choices = [
        Filter(slug, label, count, slug == which)
        for slug, label in (("", "All"), ("open", "Open"), ("yours", "Yours"), ("archive", "Archive"))
        if (count := sum(_is_in(row, slug) for row in found)) or slug == which
    ]
    # A choice that hides nothing is no choice.
    filters = [choice for choice in choices if choice.slug in {"", which} or choice.count < len(found)]
    shown = tuple(row for row in found if _is_in(row, which))
    return Listing(shown, len(rows), tuple(filters) if len(filters) > 1 else (), words, which)


def catalogue_rows(visitor: Visitor) -> tuple[Row, ...]:
    """Return one row for each competition that the visitor may see, in the order of the site."""
    mine: set[int] = set()
    if visitor.is_authenticated:
        mine = set(visitor.memberships.filter(left_at__isnull=True).values_list("competition_id", flat=True))
    return tuple(_row(competition, is_mine=competition.pk in mine) for competition in visible_competitions(visitor))


def _row(competition: Competition, *, is_mine: bool) -> Row:
    phase: Phase = competition.phases.all()[0]
    metric, _ = metric_words(phase)
    shown = phase.board_rows.filter(shown_to__isnull=True, spec=F("phase__current_spec"))
    counted = shown.aggregate(
        entries=Count("id", filter=Q(kind="participant")),
        platform_run=Count("id", filter=Q(kind="baseline")),
    )
    reported = list(competition.reported_rows.values_list("values", flat=True))
    printed = [values["overall"] for values in reported if values.get("overall")]
    return Row(
        competition=competition,
        phase=phase,
        state=phase_state(phase, timezone.now()),
        metric=metric,
        teams=team_count(competition),
        entries=counted["entries"],
        platform_run=counted["platform_run"],
        reported=len(reported),
        printed=max(printed, key=float, default=""),
        opens_at=phase.opens_at,
        closes_at=phase.closes_at,
        archived_on=competition.archived_on,
        is_mine=is_mine,
    )


def _matches(row: Row, words: str) -> bool:
    text = f"{row.competition.title} {row.competition.sentence} {' '.join(row.competition.tags)}".lower()
    return all(word in text for word in words.lower().split())


def _is_in(row: Row, which: str) -> bool:
    if which == "yours":
        return row.is_mine
    return row.state in _STATES[which] if which in _STATES else True
