"""Lay a board out as a table: one axis for all its rows, heads that sort, published rows in a body of their own."""

from collections.abc import Sequence
from dataclasses import replace

from agora.leaderboards.axis import axis_for
from agora.leaderboards.lines import bar_of, computed_line, reported_bar, reported_key, reported_line
from agora.leaderboards.links import Links
from agora.leaderboards.selectors import Board
from agora.leaderboards.table import Head, Line, Table
from challenges.spec import metric_label

DESCENDING = "descending"


def table_of(board: Board, links: Links) -> Table | None:
    """Return the table, or None when the view has no row."""
    key = reported_key(board.view, board)
    published = [row for row in board.reported if key in row.values]
    pinned = None if board.own is None or board.is_own_on_page else board.own
    bars = [bar_of(entry) for entry in board.entries] + [reported_bar(row, key) for row in published]
    axis = axis_for(bars + ([bar_of(pinned)] if pinned else []))
    if axis is None:
        return None
    line = computed_line(board, axis)
    order = board.view.sort if any(board.view.sort in row.values for row in published) else key
    published.sort(key=lambda row: (-float(row.values.get(order) or 0), row.position))
    return Table(
        score=_score_head(board, links),
        axis=axis,
        columns=tuple(_head(board, links, column.slug, column.label) for column in board.columns),
        computed=_bracketed([line(entry) for entry in board.entries]),
        reported=tuple(reported_line(row, key=key, columns=board.columns, axis=axis) for row in published),
        pinned=line(replace(pinned, is_own=True)) if pinned else None,
        pinned_url=links.to(page=board.own_page or 1) if pinned else "",
        entries=_head(board, links, "entries", "Entries"),
        last=_head(board, links, "last", "Last"),
        heading=f"Leaderboard of {board.phase.competition.title}",
    )


def _bracketed(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Mark the first and the last of the rows of a tier that stand together; a tier need not be a range of ranks."""
    tiers = ["", *(line.tier for line in lines), ""]
    return tuple(
        replace(
            line, begins_tier=bool(line.tier) and before != line.tier, ends_tier=bool(line.tier) and after != line.tier
        )
        for line, before, after in zip(lines, tiers, tiers[2:], strict=False)
    )


def _score_head(board: Board, links: Links) -> Head:
    label = f"{metric_label(board.view.metric)} %"
    return Head("score", label, links.to(sort="score"), DESCENDING if board.view.sort == "score" else "")


def _head(board: Board, links: Links, slug: str, label: str) -> Head:
    return Head(slug, label, links.to(sort=slug), DESCENDING if board.view.sort == slug else "", f"Sort by {label}")
