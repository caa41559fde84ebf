"""The SQL of boards: a team's entry is its best row inside the view's filter, ranked by a window function.

Rows of one recipe of ours are one lane, as the rows of one team are. What is missing is not joined, so it never ranks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from agora.competitions.models import Phase, Spec
from agora.leaderboards.ranking import direction_of
from agora.leaderboards.view import SORTS, Column, View, choices_for, is_primary, value_column
from agora.submissions.disclosure import disclosure_of
from challenges.facets import to_mask

_AGGREGATES: Final = frozenset({"micro", "macro"})
_OPEN_NOW: Final = "b.shown_to IS NULL"
_OPEN_THEN: Final = "b.shown_from <= %(then)s AND (b.shown_to IS NULL OR b.shown_to > %(then)s)"


@dataclass(frozen=True)
class Line:
    """One entry of a view: `line` is its place in the order asked for, `place` its rank in the view, None if it does not rank."""

    line: int
    row: int
    team: int | None
    value: float
    place: int | None
    official: int | None
    before: int | None  # official rank to which `delta` compares
    entries: int
    last: datetime


@dataclass(frozen=True)
class Found:
    """Lines of a view with how many there are in all, and whether there was a ranking before to compare with."""

    lines: tuple[Line, ...]
    total: int
    had_before: bool


def lines_of(
    phase: Phase,
    spec: Spec,
    view: View,
    *,
    then: datetime,
    first: int = 1,
    last: int | None = None,
    team: int | None = None,
) -> Found:
    """Return the lines `first` to `last` of a view (None: to the end), or with `team` that team's own line alone.

    `then` is the earlier instant to whose official ranks the present ones are compared; on the private board they are compared
    to those of the public board now.
    """
    query, values = _query(phase, spec, view, then)
    wanted = "team_id = %(own)s" if team is not None else "line >= %(first)s AND (%(last)s IS NULL OR line <= %(last)s)"
    values |= {"first": first, "last": last, "own": team}
    with connection.cursor() as cursor:
        cursor.execute(f"{query} SELECT * FROM lined WHERE {wanted} ORDER BY line", values)  # noqa: S608 - our own words
        rows = cursor.fetchall()
    lines = tuple(Line(*row[:9]) for row in rows)
    return Found(lines, rows[0][9] if rows else 0, bool(rows and rows[0][10]))


def counts_of(phase: Phase, spec: Spec, view: View) -> dict[str, int]:
    """Return how many entries a view has under either choice of methods, and with no filter at all: `all`, `plain`, `total`."""
    where, values = _filter(view, skip_methods=True)
    query = (
        "SELECT count(DISTINCT (b.team_id, s.recipe)) FILTER (WHERE true" + where + "),"  # noqa: S608 - our own words
        " count(DISTINCT (b.team_id, s.recipe)) FILTER (WHERE b.facets = 0" + where + "),"
        " count(DISTINCT (b.team_id, s.recipe))"
        f" FROM {_SOURCE} {_value_join(phase, view)} WHERE {_SCOPE} AND {_OPEN_NOW}"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, {**values, **_scope_values(phase, spec), **_column_values(phase, view)})
        every, plain, total = cursor.fetchone()
    return {"all": every, "plain": plain, "total": total}


def version_of(phase: Phase, spec: Spec) -> str:
    """Return a text that changes whenever a row of the board is opened or closed: the key of what is cached."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(id), 0), count(shown_to) FROM leaderboards_boardrow WHERE phase_id = %s AND spec_id = %s",
            [phase.pk, spec.pk],
        )
        newest, closed = cursor.fetchone()
    return f"{newest}.{closed}"


_SOURCE: Final = (
    "leaderboards_boardrow b JOIN submissions_submission s ON s.id = b.submission_id"
    " LEFT JOIN competitions_team t ON t.id = b.team_id"
)
_SCOPE: Final = "b.phase_id = %(phase)s AND b.spec_id = %(spec)s"


def _scope_values(phase: Phase, spec: Spec) -> dict[str, Any]:
    return {"phase": phase.pk, "spec": spec.pk}


def _column_values(phase: Phase, view: View) -> dict[str, Any]:
    column = value_column(phase, view)
    return {"split": view.split, "track": column.track, "metric": column.metric}


def _query(phase: Phase, spec: Spec, view: View, then: datetime) -> tuple[str, dict[str, Any]]:
    """Return the common table expressions up to `lined` and their values."""
    where, values = _filter(view)
    primary = "b.shown_public" if view.split == "public" else "b.shown_private"
    before, before_open = (primary, _OPEN_THEN) if view.split == "public" else ("b.shown_public", _OPEN_NOW)
    order = direction_of(view.metric).value
    official_order = direction_of(phase.primary_metric).value
    sort, sort_join, sort_values = _sort(phase, view)
    value = primary if is_primary(phase, view) else _value_sql(phase, view)
    query = f"""
        WITH best AS ({_best(value, _OPEN_NOW + where, order, _value_join(phase, view))}),
        official AS ({_ranks(_best(primary, _OPEN_NOW, official_order), official_order)}),
        before AS ({_ranks(_best(before, before_open, official_order), official_order)}),
        tally AS (SELECT b.team_id, s.recipe, count(*) AS entries, max(b.received_at) AS last
                  FROM {_SOURCE} WHERE {_SCOPE} AND {_OPEN_NOW} GROUP BY b.team_id, s.recipe),
        ranked AS (SELECT best.*, CASE WHEN kind = 'participant' THEN
                     row_number() OVER (PARTITION BY kind = 'participant' ORDER BY value {order}, received_at, id)
                   END AS place FROM best),
        lined AS (SELECT row_number() OVER (ORDER BY {sort} r.value {order}, r.received_at, r.id) AS line,
                    r.id, r.team_id, r.value, r.place, o.rank, b.rank AS before_rank, y.entries, y.last,
                    count(*) OVER () AS total, EXISTS (SELECT FROM before) AS had_before
                  FROM ranked r
                  JOIN tally y ON y.team_id IS NOT DISTINCT FROM r.team_id AND y.recipe = r.recipe
                  LEFT JOIN official o ON o.team_id = r.team_id
                  LEFT JOIN before b ON b.team_id = r.team_id {sort_join})
    """  # noqa: S608 - our own words; what people write is in the values
    return query, {**values, **sort_values, **_scope_values(phase, spec), **_column_values(phase, view), "then": then}


def _best(value: str, where: str, order: str, join: str = "") -> str:
    """Return SQL for the best row of each team, and of each recipe of ours."""
    return f"""
        SELECT DISTINCT ON (b.team_id, s.recipe) b.id, b.evaluation_id, b.team_id, s.recipe, b.kind, b.received_at,
          lower(coalesce(t.name, s.title)) AS name, {value} AS value
        FROM {_SOURCE} {join} WHERE {_SCOPE} AND {value} IS NOT NULL AND {where}
        ORDER BY b.team_id, s.recipe, value {order}, b.received_at, b.id
    """  # noqa: S608


def _ranks(best: str, order: str) -> str:
    return (
        f"SELECT team_id, row_number() OVER (ORDER BY value {order}, received_at, id) AS rank"  # noqa: S608
        f" FROM ({best}) AS entry WHERE kind = 'participant'"
    )


def _value_join(phase: Phase, view: View) -> str:
    """Return the join that brings the viewed score; the primary one is in the row itself."""
    if is_primary(phase, view):
        return ""
    return (
        "JOIN submissions_score v ON v.evaluation_id = b.evaluation_id AND v.split = %(split)s"
        " AND v.track = %(track)s AND v.metric = %(metric)s"
    )


def _value_sql(phase: Phase, view: View) -> str:
    return _rounded(phase, value_column(phase, view), "v.value")


def _rounded(phase: Phase, column: Column, expression: str) -> str:
    """Return SQL for a score as disclosed: by the rule of its kind of number."""
    table = disclosure_of(phase)
    if column.track not in _AGGREGATES:
        return table["tracks"].rounded_sql(expression)
    return table["score" if column.metric == phase.primary_metric else "cmc"].rounded_sql(expression)


def _sort(phase: Phase, view: View) -> tuple[str, str, Mapping[str, Any]]:
    """Return what stands before the value in the order, the join that brings it, and the join's values."""
    words = {"score": "", "entries": "y.entries DESC,", "last": "y.last DESC,", "team": "r.name,"}
    if view.sort in SORTS:
        return words[view.sort], "", {}
    column = next(column for column in choices_for(phase).columns if column.slug == view.sort)
    join = (
        "LEFT JOIN submissions_score w ON w.evaluation_id = r.evaluation_id AND w.split = %(split)s"
        " AND w.track = %(sort_track)s AND w.metric = %(sort_metric)s"
    )
    order = f"{_rounded(phase, column, 'w.value')} {direction_of(column.metric).value} NULLS LAST,"
    return order, join, {"sort_track": column.track, "sort_metric": column.metric}


def _filter(view: View, *, skip_methods: bool = False) -> tuple[str, dict[str, Any]]:
    """Return the view's filter as SQL that begins with AND, and its values."""
    where = ""
    values: dict[str, Any] = {}
    if view.methods == "plain" and not skip_methods:
        where += " AND b.facets = 0"
    if view.kind:
        where += {
            "participant": " AND b.kind = 'participant'",
            "platform": " AND b.kind <> 'participant'",
            "reported": " AND false",
        }[view.kind]
    if view.facet:
        where += " AND (b.facets & %(facet)s) <> 0"
        values["facet"] = to_mask([view.facet])
    if view.search:
        where += " AND (t.name ILIKE %(search)s OR s.title ILIKE %(search)s OR s.method ILIKE %(search)s)"
        escaped = view.search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        values["search"] = f"%{escaped}%"
    return where, values
