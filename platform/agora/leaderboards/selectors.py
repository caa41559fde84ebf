"""Read boards. Nothing of the private part is read, ranked or counted before its release."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from agora.competitions.access import Visitor, membership_for
from agora.competitions.models import Phase, ReportedRow, Spec
from agora.core.cache import remembered
from agora.leaderboards.captions import Caption, caption_for
from agora.leaderboards.models import BoardRow
from agora.leaderboards.queries import Found, Line, counts_of, lines_of
from agora.leaderboards.standings import version_of
from agora.leaderboards.tiers import BoardTiers, board_tiers
from agora.leaderboards.view import PAGE_ROWS, Choices, View, choices_for, is_primary, value_column
from agora.submissions.disclosure import Shown, disclose
from agora.submissions.models import Score
from challenges.facets import to_mask
from challenges.spec import Column

_CHANGE_OVER: Final = timedelta(days=7)
# The version in the key changes with every row; only times told by the clock (the change of a week) grow old in between.
_CACHE_SECONDS: Final = 60


@dataclass(frozen=True)
class Entry:
    """One computed row of a board. Numbers are fractions in [0, 1], disclosed.

    `place` is the rank in the view, `official` over all methods by the primary metric, both None for platform-run rows.
    `delta` counts ranks gained (positive) or lost in seven days, on the private board against the public one; None when there
    is nothing to compare. `cells` are in the order of the board's columns.
    """

    submission_ref: str
    kind: str
    name: str
    team_ref: str
    method: str
    card: Mapping[str, Any]
    facets: int
    value: float
    low: float | None
    high: float | None
    cells: tuple[float | None, ...]
    place: int | None
    official: int | None
    delta: int | None
    is_new: bool
    entries: int
    last: datetime
    received_at: datetime
    is_own: bool = False
    tier: str = ""

    @property
    def half_width(self) -> float | None:
        """Return half the width of the interval as shown."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2


@dataclass(frozen=True)
class Board:
    """One view of one board, ready for words: no number in it is more exact or earlier than its disclosure."""

    phase: Phase
    view: View
    choices: Choices
    value: Column
    entries: tuple[Entry, ...]
    reported: tuple[ReportedRow, ...]
    own: Entry | None  # the viewer's team's row, wherever it stands
    own_page: int | None
    total: int
    pages: int
    counts: Mapping[
        str, int
    ]  # all, plain: labels of the choice; total: without any filter; reported_all, reported_plain
    caption: Caption | None  # None: nothing is computed here
    tiers: BoardTiers = field(default_factory=BoardTiers)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return the further columns of numbers."""
        return self.choices.columns

    @property
    def is_own_on_page(self) -> bool:
        """Return whether the viewer's row is among the entries shown."""
        return any(entry.is_own for entry in self.entries)


def board(phase: Phase, view: View, *, viewer: Visitor | None = None, now: datetime | None = None) -> Board:
    """Return a page of a board under the phase's current spec; `view` comes from `view_for`.

    The page is cached by (phase, spec, view, version); what depends on the viewer is not.
    """
    now = now or timezone.now()
    choices = choices_for(phase, now)
    if view.split not in choices.splits:
        view = replace(view, split=choices.splits[0])
    spec = phase.current_spec
    reported = reported_rows(phase, view)
    counts = _reported_counts(phase)
    if spec is None:
        empty = {"all": 0, "plain": 0, "total": 0}
        return Board(
            phase, view, choices, value_column(phase, view), (), reported, None, None, 0, 1, {**empty, **counts}, None
        )
    page = _page(phase, spec, view, now)
    team = _own_team(viewer, phase)
    own, own_page = _own(phase, spec, view, team, now)
    own_ref = own.submission_ref if own else ""
    tiers = board_tiers(phase, spec, view, now)
    marked = (replace(entry, is_own=entry.submission_ref == own_ref) for entry in page.entries)
    return Board(
        phase=phase,
        view=view,
        choices=choices,
        value=value_column(phase, view),
        entries=_with_tiers(marked, tiers),
        reported=reported,
        own=_with_tiers([own], tiers)[0] if own else None,
        own_page=own_page,
        total=page.total,
        pages=max(1, ceil(page.total / PAGE_ROWS)),
        counts={**page.counts, **counts},
        caption=caption_for(phase, spec, view.split),
        tiers=tiers,
    )


def entries_of(phase: Phase, view: View, *, now: datetime | None = None) -> tuple[Entry, ...]:
    """Return every row of a view, for an export; empty where nothing is computed."""
    if phase.current_spec is None or view.split not in choices_for(phase, now).splits:
        return ()
    now = now or timezone.now()
    found = _entries(phase, view, lines_of(phase, phase.current_spec, view, then=now - _CHANGE_OVER), now)
    return _with_tiers(found, board_tiers(phase, phase.current_spec, view, now))


def _with_tiers(entries: Iterable[Entry], tiers: BoardTiers) -> tuple[Entry, ...]:
    return tuple(replace(entry, tier=tiers.letters.get(entry.submission_ref, "")) for entry in entries)


def official_entry(phase: Phase, viewer: Visitor, *, split: str = "public") -> Entry | None:
    """Return the row of the viewer's team on the whole board by the primary metric, None without one."""
    team = _own_team(viewer, phase)
    view = View(split=split, track="", metric=phase.primary_metric)
    if phase.current_spec is None or split not in choices_for(phase).splits:
        return None
    return _own(phase, phase.current_spec, view, team, timezone.now())[0]


@dataclass(frozen=True)
class _Page:
    """What is cached of a view."""

    entries: tuple[Entry, ...]
    total: int
    counts: Mapping[str, int]


def _page(phase: Phase, spec: Spec, view: View, now: datetime) -> _Page:
    parts = [
        phase.pk,
        spec.pk,
        version_of(phase, spec),
        *view.to_mapping().values(),
        str(phase.disclosure),
        *phase.columns,
    ]
    stored = remembered("board", parts, lambda: _to_json(_read_page(phase, spec, view, now)), seconds=_CACHE_SECONDS)
    entries = tuple(
        Entry(
            **{
                **row,
                "cells": tuple(row["cells"]),
                "last": _time(row["last"]),
                "received_at": _time(row["received_at"]),
            }
        )
        for row in stored["entries"]
    )
    return _Page(entries, stored["total"], stored["counts"])


def _read_page(phase: Phase, spec: Spec, view: View, now: datetime) -> _Page:
    first = (view.page - 1) * PAGE_ROWS + 1
    found = lines_of(phase, spec, view, then=now - _CHANGE_OVER, first=first, last=first + PAGE_ROWS - 1)
    counts = counts_of(phase, spec, view)
    total = found.total or counts["plain" if view.methods == "plain" else "all"]
    return _Page(_entries(phase, view, found, now), total, counts)


def _to_json(page: _Page) -> dict[str, Any]:
    entries = [
        {**asdict(entry), "last": entry.last.isoformat(), "received_at": entry.received_at.isoformat()}
        for entry in page.entries
    ]
    return {"entries": entries, "total": page.total, "counts": dict(page.counts)}


def _time(text: str) -> datetime:
    moment = parse_datetime(text)
    if moment is None:
        raise ValueError(text)
    return moment


def _own_team(viewer: Visitor | None, phase: Phase) -> int | None:
    membership = membership_for(viewer, phase.competition) if viewer is not None else None
    return membership.team_id if membership else None


def _own(phase: Phase, spec: Spec, view: View, team: int | None, now: datetime) -> tuple[Entry | None, int | None]:
    if team is None:
        return None, None
    found = lines_of(phase, spec, view, then=now - _CHANGE_OVER, team=team)
    if not found.lines:
        return None, None
    entry = _entries(phase, view, found, now)[0]
    return replace(entry, is_own=True), ceil(found.lines[0].line / PAGE_ROWS)


def _entries(phase: Phase, view: View, found: Found, now: datetime) -> tuple[Entry, ...]:
    """Fill lines with what a page says of them."""
    pks = [line.row for line in found.lines]
    rows = BoardRow.objects.select_related("submission", "team").in_bulk(pks)
    columns = choices_for(phase, now).columns
    scores = _shown_scores(phase, view, columns, rows.values(), now)
    numbers = [value_column(phase, view), *columns]
    is_official = is_primary(phase, view) and found.had_before
    return tuple(
        _entry(
            line,
            rows[line.row],
            [scores.get((rows[line.row].evaluation_id, column.track, column.metric)) for column in numbers],
            can_be_new=is_official,
        )
        for line in found.lines
    )


ScoreKey = tuple[int, str, str]


def _shown_scores(
    phase: Phase, view: View, columns: Sequence[Column], rows: Iterable[BoardRow], now: datetime
) -> dict[ScoreKey, Shown]:
    """Return the disclosed scores of the rows in the split of the view, by (evaluation, track, metric)."""
    wanted = [value_column(phase, view), *columns]
    found = list(
        Score.objects.filter(
            evaluation__in=[row.evaluation_id for row in rows],
            split=view.split,
            track__in={column.track for column in wanted},
            metric__in={column.metric for column in wanted},
        )
    )
    return {
        (score.evaluation_id, score.track, score.metric): shown
        for score in found
        for shown in disclose(phase, [score], now)
    }


def _entry(line: Line, row: BoardRow, shown: Sequence[Shown | None], *, can_be_new: bool) -> Entry:
    """Return one row; `shown` is its score in the view and then those of the further columns."""
    submission, score = row.submission, shown[0]
    delta = line.before - line.official if line.before is not None and line.official is not None else None
    return Entry(
        submission_ref=submission.ref,
        kind=row.kind,
        name=row.team.name if row.team else submission.title,
        team_ref=row.team.ref if row.team else "",
        method=submission.method,
        card=submission.card,
        facets=row.facets,
        value=line.value,
        low=score.low if score else None,
        high=score.high if score else None,
        cells=tuple(cell.value if cell else None for cell in shown[1:]),
        place=line.place,
        official=line.official,
        delta=delta,
        is_new=can_be_new and line.official is not None and line.before is None,
        entries=line.entries,
        last=line.last,
        received_at=row.received_at,
    )


def reported_rows(phase: Phase, view: View) -> tuple[ReportedRow, ...]:
    """Return the reported rows that a view's filter keeps: they are never ranked, so they keep the paper's order."""
    if view.kind not in {"", "reported"}:
        return ()
    rows = phase.competition.reported_rows.order_by("position", "pk")
    if view.methods == "plain":
        rows = rows.filter(facets=0)
    if view.search:
        rows = rows.filter(method__icontains=view.search)
    wanted = to_mask([view.facet]) if view.facet else 0
    return tuple(row for row in rows if not wanted or row.facets & wanted)


def _reported_counts(phase: Phase) -> dict[str, int]:
    facets = list(phase.competition.reported_rows.values_list("facets", flat=True))
    return {"reported_all": len(facets), "reported_plain": sum(mask == 0 for mask in facets)}
