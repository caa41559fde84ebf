"""The SQL of views: a team's entry is its best row inside the view's filter, ranked by a window function.

Rows of one recipe of ours are one lane, as the rows of one team are. What is missing is not joined, so it never ranks. Teams and
recipes are read apart: the rows of teams come from the index in the order wanted and are joined to nothing but what a view needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from agora.competitions.models import Phase, Spec
from agora.leaderboards.ranking import direction_of
from agora.leaderboards.standings import OPEN_NOW, SCOPE, official_ranks, ranks_at, scope_values, shown_column
from agora.leaderboards.view import SORTS, View, choices_for, is_primary, value_column
from agora.submissions.disclosure import disclosure_of
from challenges.facets import to_mask
from challenges.spec import Column

_SUBMISSION: Final = " JOIN submissions_submission s ON s.id = b.submission_id"
_TEAM: Final = " JOIN competitions_team t ON t.id = b.team_id"


@dataclass(frozen=True)
class Line:
    """One entry of a view: `line` is its place in the order asked for, `place` its rank in the view, None if it does not rank."""

    line: int
    row: int
    team: int | None
    value: float
    place: int | None
    official: int | None
    before: int | None  # official rank to which `official` is compared
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
    query, values = _query(phase, spec, view)
    wanted = "team_id = %(own)s" if team is not None else "line >= %(first)s AND (%(last)s IS NULL OR line <= %(last)s)"
    values |= {"first": first, "last": last, "own": team}
    with connection.cursor() as cursor:
        cursor.execute(f"{query} SELECT * FROM lined WHERE {wanted} ORDER BY line", values)  # noqa: S608 - our own words
        rows = cursor.fetchall()
    official = official_ranks(phase, spec, view.split)
    before = ranks_at(phase, spec, then) if view.split == "public" else official_ranks(phase, spec, "public")
    tallies = _tallies(phase, spec, [row[2] for row in rows if row[2]], [row[3] for row in rows if row[3]])
    lines = tuple(
        Line(line, pk, team_id, value, place, official.get(team_id), before.get(team_id), *tallies[team_id or recipe])
        for line, pk, team_id, recipe, value, place, _ in rows
    )
    return Found(lines, rows[0][6] if rows else 0, bool(before))


def first_rows(phase: Phase, spec: Spec, view: View, most: int) -> tuple[list[int], int]:
    """Return the keys of the first board rows of a view in its order, and how many entries it has in all."""
    query, values = _query(phase, spec, view)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{query} SELECT id, total FROM lined WHERE line <= %(most)s ORDER BY line",  # noqa: S608 - our own words
            {**values, "most": most},
        )
        rows = cursor.fetchall()
    return [pk for pk, _ in rows], rows[0][1] if rows else 0


def counts_of(phase: Phase, spec: Spec, view: View) -> dict[str, int]:
    """Return how many entries a view has under either choice of methods, and with no filter at all: `all`, `plain`, `total`."""
    counts = {"all": 0, "plain": 0, "total": 0}
    for of_teams in (True, False):
        where, joins, values = _filter(view, of_teams=of_teams, skip_methods=True)
        # A view by another score holds only rows that have it.
        where, joins = f"true{where}", joins + _value_join(phase, view)
        lane = "b.team_id" if of_teams else "s.recipe"
        query = f"""
            SELECT count(*) FILTER (WHERE kept), count(*) FILTER (WHERE is_plain), count(*) FROM (
              SELECT bool_or({where}) AS kept, bool_or(b.facets = 0 AND {where}) AS is_plain
              FROM leaderboards_boardrow b {joins}
              WHERE {SCOPE} AND {OPEN_NOW} AND b.team_id IS {"NOT NULL" if of_teams else "NULL"} GROUP BY {lane}
            ) AS lanes
        """  # noqa: S608 - our own words
        with connection.cursor() as cursor:
            cursor.execute(query, {**values, **scope_values(phase, spec), **_column_values(phase, view)})
            for name, count in zip(counts, cursor.fetchone(), strict=True):
                counts[name] += count
    return counts


def _tallies(phase: Phase, spec: Spec, teams: list[int], recipes: list[str]) -> dict[int | str, tuple[int, datetime]]:
    """Return how many scored entries each team and recipe has, and when the last arrived."""
    query = f"""
        SELECT b.team_id, '', count(*), max(b.received_at) FROM leaderboards_boardrow b
        WHERE {SCOPE} AND {OPEN_NOW} AND b.team_id = ANY(%(teams)s) GROUP BY b.team_id
        UNION ALL SELECT NULL, s.recipe, count(*), max(b.received_at) FROM leaderboards_boardrow b {_SUBMISSION}
        WHERE {SCOPE} AND {OPEN_NOW} AND b.team_id IS NULL AND s.recipe = ANY(%(recipes)s) GROUP BY s.recipe
    """  # noqa: S608 - our own words
    with connection.cursor() as cursor:
        cursor.execute(query, {**scope_values(phase, spec), "teams": teams, "recipes": recipes})
        return {team or recipe: (count, last) for team, recipe, count, last in cursor.fetchall()}


def _column_values(phase: Phase, view: View) -> dict[str, Any]:
    column = value_column(phase, view)
    return {"split": view.split, "track": column.track, "metric": column.metric}


def _query(phase: Phase, spec: Spec, view: View) -> tuple[str, dict[str, Any]]:
    """Return the common table expressions up to `lined` and their values."""
    order = direction_of(view.metric).value
    value = (
        shown_column(view.split) if is_primary(phase, view) else _rounded(phase, value_column(phase, view), "v.value")
    )
    sort, sort_join, sort_values = _sort(phase, view)
    query = f"""
        WITH best AS ({_best(phase, view, value, of_teams=True)} UNION ALL {_best(phase, view, value, of_teams=False)}),
        ranked AS (SELECT best.*, CASE WHEN team_id IS NOT NULL THEN
                     row_number() OVER (PARTITION BY team_id IS NULL ORDER BY value {order}, received_at, id)
                   END AS place FROM best),
        lined AS (SELECT row_number() OVER (ORDER BY {sort} r.value {order}, r.received_at, r.id) AS line,
                    r.id, r.team_id, r.recipe, r.value, r.place, count(*) OVER () AS total
                  FROM ranked r {sort_join})
    """  # noqa: S608 - our own words; what people write is in the values
    filters = _filter(view, of_teams=True)[2]
    return query, {**filters, **sort_values, **scope_values(phase, spec), **_column_values(phase, view)}


def _best(phase: Phase, view: View, value: str, *, of_teams: bool) -> str:
    """Return SQL for the best row of each team, or of each recipe of ours."""
    where, joins, _ = _filter(view, of_teams=of_teams)
    lane, recipe = ("b.team_id", "''::text") if of_teams else ("s.recipe", "s.recipe::text")
    # The order names columns and directions as the index has them, so that nothing has to be sorted.
    return f"""(
        SELECT DISTINCT ON ({lane}) b.id, b.evaluation_id, b.submission_id, b.team_id, {recipe} AS recipe,
          b.received_at, {value} AS value
        FROM leaderboards_boardrow b {joins} {_value_join(phase, view)}
        WHERE {SCOPE} AND {OPEN_NOW} AND {value} IS NOT NULL
          AND b.team_id IS {"NOT NULL" if of_teams else "NULL"}{where}
        ORDER BY {lane}, {value} {direction_of(view.metric).value}, b.received_at, b.id
    )"""  # noqa: S608


def _value_join(phase: Phase, view: View) -> str:
    """Return the join that brings the viewed score; the primary one is in the row itself."""
    if is_primary(phase, view):
        return ""
    return (
        " JOIN submissions_score v ON v.evaluation_id = b.evaluation_id AND v.split = %(split)s"
        " AND v.track = %(track)s AND v.metric = %(metric)s"
    )


def _rounded(phase: Phase, column: Column, expression: str) -> str:
    """Return SQL for a score as disclosed: by the rule of its kind of number."""
    return disclosure_of(phase).rule(column.track, column.metric).rounded_sql(expression)


def _sort(phase: Phase, view: View) -> tuple[str, str, Mapping[str, Any]]:
    """Return what stands before the value in the order, the join that brings it, and the join's values."""
    if view.sort == "score":
        return "", "", {}
    if view.sort == "team":
        join = (
            "LEFT JOIN competitions_team t ON t.id = r.team_id JOIN submissions_submission s ON s.id = r.submission_id"
        )
        return "lower(coalesce(t.name, s.title)),", join, {}
    if view.sort in SORTS:
        tally = f"""LEFT JOIN (
            SELECT b.team_id, count(*) AS entries, max(b.received_at) AS last FROM leaderboards_boardrow b
            WHERE {SCOPE} AND {OPEN_NOW} GROUP BY b.team_id
        ) y ON y.team_id = r.team_id"""  # noqa: S608
        order = "y.entries DESC NULLS LAST," if view.sort == "entries" else "coalesce(y.last, r.received_at) DESC,"
        return order, tally, {}
    column = next(column for column in choices_for(phase).columns if column.slug == view.sort)
    join = (
        "LEFT JOIN submissions_score w ON w.evaluation_id = r.evaluation_id AND w.split = %(split)s"
        " AND w.track = %(sort_track)s AND w.metric = %(sort_metric)s"
    )
    order = f"{_rounded(phase, column, 'w.value')} {direction_of(column.metric).value} NULLS LAST,"
    return order, join, {"sort_track": column.track, "sort_metric": column.metric}


def _filter(view: View, *, of_teams: bool, skip_methods: bool = False) -> tuple[str, str, dict[str, Any]]:
    """Return the view's filter as SQL that begins with AND, the joins that it needs, and its values."""
    where, joins = "", "" if of_teams else _SUBMISSION
    values: dict[str, Any] = {}
    if view.methods == "plain" and not skip_methods:
        where += " AND b.facets = 0"
    if view.kind and view.kind != ("participant" if of_teams else "platform"):
        where += " AND false"
    if view.facet:
        where += " AND (b.facets & %(facet)s) <> 0"
        values["facet"] = to_mask([view.facet])
    if view.search:
        joins = _SUBMISSION + (_TEAM if of_teams else "")
        where += f" AND ({'t.name' if of_teams else 's.title'} ILIKE %(search)s OR s.method ILIKE %(search)s)"
        escaped = view.search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        values["search"] = f"%{escaped}%"
    return where, joins, values
