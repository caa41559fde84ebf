"""The few rows of a board that the home page carries."""

from dataclasses import replace
from typing import Any

from agora.competitions.access import Visitor
from agora.competitions.head import main_phase
from agora.competitions.models import Competition, ReportedRow
from agora.leaderboards.axis import axis_for
from agora.leaderboards.lines import bar_of, computed_line, reported_bar, reported_line
from agora.leaderboards.selectors import Board, Entry, board
from agora.leaderboards.table import Head, Line, Table
from agora.leaderboards.view import view_for
from agora.submissions.pills import Pills
from challenges.spec import PRIMARY_COLUMN, metric_label

FIRST = 3


def mini_context(competition: Competition, visitor: Visitor) -> dict[str, Any]:
    """Return the first rows of the main board and the visitor's own; of an archive the first three and the best plain one."""
    phase = main_phase(competition)
    found = board(phase, view_for(phase, {}), viewer=visitor)
    entries = _entries(found)
    published = _published(found) if not entries else []
    axis = axis_for([bar_of(entry) for entry in entries] + [reported_bar(row, PRIMARY_COLUMN) for row in published])
    table = None
    if axis is not None:
        line = computed_line(found, axis)
        shown = tuple(_short(line(entry)) for entry in entries)
        printed = tuple(_short(reported_line(row, key=PRIMARY_COLUMN, columns=(), axis=axis)) for row in published)
        head = Head("score", f"{metric_label(phase.primary_metric)} %", sort="descending")
        table = Table(head, axis, computed=shown, reported=printed, heading=f"First rows of {competition.title}")
    return {
        "competition": competition,
        "table": table,
        "is_archive": phase.current_spec_id is None,
        "as_of": found.caption.as_of if found.caption else None,
        "has_own": any(entry.is_own for entry in entries),
    }


def _entries(found: Board) -> list[Entry]:
    entries = list(found.entries[:FIRST])
    if found.own is not None and all(not entry.is_own for entry in entries):
        entries.append(replace(found.own, is_own=True))
    return entries


def _published(found: Board) -> list[ReportedRow]:
    rows = sorted(
        (row for row in found.reported if PRIMARY_COLUMN in row.values),
        key=lambda row: (-float(row.values[PRIMARY_COLUMN]), row.position),
    )
    plain = next((row for row in rows[FIRST:] if not row.facets), None)
    return [*rows[:FIRST], *([plain] if plain else [])]


def _short(line: Line) -> Line:
    """Leave out what a small board has no room for."""
    one = Pills(line.pills.shown[:1])
    method = "" if one.shown else line.method
    return replace(line, cells=(), entries="", last="", change="", tier="", method=method, pills=one)
