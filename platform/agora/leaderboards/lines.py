"""Turn the rows of a board into words and positions."""

from collections.abc import Callable

from django.urls import reverse
from django.utils import timezone

from agora.competitions.models import ReportedRow
from agora.core import words
from agora.leaderboards.axis import Axis, Bar
from agora.leaderboards.selectors import Board, Entry
from agora.leaderboards.table import Line
from agora.leaderboards.view import View, is_primary
from agora.submissions.pills import pills
from agora.submissions.presentation import decimals, interval_words
from challenges.spec import PRIMARY_COLUMN, Column

UNRANKED = "–"
UP, DOWN = "▲", "▼"


def bar_of(entry: Entry) -> Bar:
    """Return what the axis has to hold of a computed row, in per cent."""
    if entry.low is None or entry.high is None:
        return Bar(100 * entry.value)
    return Bar(100 * entry.value, 100 * entry.low, 100 * entry.high)


def reported_key(view: View, board: Board) -> str:
    """Return under which key published rows have the number that the view shows."""
    if view.metric != board.phase.primary_metric:
        return view.metric
    return view.track or PRIMARY_COLUMN


def reported_bar(row: ReportedRow, key: str) -> Bar:
    """Return where a printed number stands; only the drawing reads it as a number."""
    return Bar(float(row.values[key]))


def computed_line(board: Board, axis: Axis) -> Callable[[Entry], Line]:
    """Return the function that turns a computed row of this board into its line."""
    digits = decimals(board.phase)
    now = timezone.now()
    shows_place = not is_primary(board.phase, board.view) or board.view.methods != "all" or bool(board.view.facet)

    def line(entry: Entry) -> Line:
        rank, official = _ranks(entry, shows_place)
        change, change_words = _change(entry)
        is_linked = entry.is_own or entry.kind == "baseline"
        return Line(
            kind="participant" if entry.kind == "participant" else "baseline",
            name=entry.name,
            url=reverse("submissions:detail", args=[entry.submission_ref]) if is_linked else "",
            is_own=entry.is_own,
            tier=entry.tier,
            begins_tier=bool(entry.tier),
            ends_tier=bool(entry.tier),
            rank=rank,
            official=official,
            change=change,
            change_words=change_words,
            method=entry.method or entry.card.get("Backbone", ""),
            pills=pills(entry.facets),
            score=words.percent(entry.value, digits=digits),
            half=words.half_width(entry.low, entry.high),
            interval_words=interval_words(entry.low, entry.high),
            mark=axis.mark(bar_of(entry)),
            cells=tuple(words.percent(cell, digits=digits) for cell in entry.cells),
            entries=words.count(entry.entries) if entry.kind == "participant" else "",
            last=words.age(entry.last, now=now),
            last_title=words.instant(entry.last),
            last_iso=entry.last.isoformat(),
        )

    return line


def reported_line(row: ReportedRow, *, key: str, columns: tuple[Column, ...], axis: Axis) -> Line:
    """Return the line of a published row: its numbers stay the text that was printed."""
    return Line(
        kind="reported",
        name=row.method,
        method=row.backbone,
        pills=pills(row.facets, inferred=row.inferred),
        score=row.values[key],
        mark=axis.mark(reported_bar(row, key)),
        cells=tuple(row.values.get(column.slug, "") for column in columns),
        source=row.source,
        note=row.note,
    )


def _ranks(entry: Entry, shows_place: bool) -> tuple[str, str]:
    """Return the number in the first column and the official rank behind it where the two mean different things."""
    if entry.official is None and entry.place is None:
        return UNRANKED, ""
    official = "" if entry.official is None else words.count(entry.official)
    if not shows_place:
        return official or UNRANKED, ""
    return (UNRANKED if entry.place is None else words.count(entry.place)), official


def _change(entry: Entry) -> tuple[str, str]:
    if entry.is_new:
        return "new", "new in the last seven days"
    if not entry.delta:
        return "", ""
    places = words.plural(abs(entry.delta), "place")
    return (f"{UP}{entry.delta}", f"{places} up") if entry.delta > 0 else (f"{DOWN}{-entry.delta}", f"{places} down")
