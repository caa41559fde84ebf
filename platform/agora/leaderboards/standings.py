"""Official ranks of a whole board, now and earlier: the best row of each team by the primary metric, over all methods.

Both are kept in the cache: those of now under the board's version, those of an instant for good, since rows are never edited and
the past of a board therefore never changes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from agora.competitions.models import Phase, Spec
from agora.core.cache import remembered
from agora.leaderboards.ranking import direction_of

OPEN_NOW: Final = "b.shown_to IS NULL"
_OPEN_THEN: Final = "b.shown_from <= %(then)s AND (b.shown_to IS NULL OR b.shown_to > %(then)s)"
#: The scope of one board; without a team there is no rank.
SCOPE: Final = "b.phase_id = %(phase)s AND b.spec_id = %(spec)s"
_KEPT: Final = timedelta(hours=2)
_STEP: Final = timedelta(hours=1)


def scope_values(phase: Phase, spec: Spec) -> dict[str, Any]:
    """Return the values of `SCOPE`."""
    return {"phase": phase.pk, "spec": spec.pk}


def shown_column(split: str) -> str:
    """Return the column of a board row that holds the primary value of a split as disclosed."""
    return {"public": "b.shown_public", "private": "b.shown_private"}[split]


def version_of(phase: Phase, spec: Spec) -> str:
    """Return a text that changes whenever a row of the board is opened or closed or a team renamed: the key of what is cached."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(id), 0), count(*), count(shown_to),"
            " (SELECT max(renamed_at) FROM competitions_team WHERE competition_id = %s)"
            " FROM leaderboards_boardrow WHERE phase_id = %s AND spec_id = %s",
            [phase.competition_id, phase.pk, spec.pk],
        )
        # Two transactions may commit in the other order than their ids say: the number of rows tells the later one.
        newest, rows, closed, renamed = cursor.fetchone()
    return f"{newest}.{rows}.{closed}.{renamed.isoformat() if renamed else ''}"


def official_ranks(phase: Phase, spec: Spec, split: str) -> Mapping[int, int]:
    """Return the rank of each team on the board as it stands."""
    key = [phase.pk, spec.pk, split, phase.primary_metric, version_of(phase, spec)]
    return _ranks(key, lambda: _read(phase, spec, shown_column(split), OPEN_NOW, None))


def ranks_at(phase: Phase, spec: Spec, then: datetime) -> Mapping[int, int]:
    """Return the rank of each team on the public board at the full hour before `then`."""
    hour = then.replace(minute=0, second=0, microsecond=0)
    key = [phase.pk, spec.pk, "then", phase.primary_metric, hour.isoformat()]
    return _ranks(key, lambda: _read(phase, spec, shown_column("public"), _OPEN_THEN, hour))


def _ranks(key: list[object], read: Any) -> Mapping[int, int]:
    stored = remembered("ranks", key, read, seconds=int(_KEPT.total_seconds()))
    return {team: rank for rank, team in enumerate(stored, start=1)}


def _read(phase: Phase, spec: Spec, value: str, is_open: str, then: datetime | None) -> list[int]:
    """Return the teams in the order of their ranks."""
    order = direction_of(phase.primary_metric).value
    query = f"""
        SELECT team_id FROM (
          SELECT DISTINCT ON (b.team_id) b.team_id, {value} AS value, b.received_at, b.id
          FROM leaderboards_boardrow b
          WHERE {SCOPE} AND {is_open} AND b.team_id IS NOT NULL AND {value} IS NOT NULL
          ORDER BY b.team_id, {value} {order}, b.received_at, b.id
        ) AS entry ORDER BY value {order}, received_at, id
    """  # noqa: S608 - our own words
    with connection.cursor() as cursor:
        cursor.execute(query, {**scope_values(phase, spec), "then": then})
        return [team for (team,) in cursor.fetchall()]
