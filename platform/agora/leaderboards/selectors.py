"""Read boards: which rows stand where, with what may be shown of them to the one who asks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agora.competitions.models import Phase, ReportedRow, Spec, Track
from agora.core.clock import database_now
from agora.leaderboards.standings import PLAIN, Area, Standing, View, places, standings
from agora.submissions.disclosure import Shown, disclose, disclosure_of, shown_splits
from agora.submissions.models import Evaluation, Score, Submission
from agora.submissions.presentation import find

CHANGE_DAYS = 7
OVERALL = "overall"  # the key under which a reported row has its number over all tracks
REPORTED_KINDS = "reported"


@dataclass(frozen=True)
class Column:
    """A further column of numbers."""

    slug: str
    label: str
    area: Area


@dataclass(frozen=True)
class Row:
    """One computed row. `rank` is official, `place` inside the view; both are None for platform-run rows."""

    submission: Submission
    standing: Standing
    kind: str
    rank: int | None
    place: int | None
    change: int | None  # places won in seven days, negative when lost; None if unknown
    is_new: bool
    score: Shown | None
    columns: tuple[Shown | None, ...]


@dataclass(frozen=True)
class Board:
    """One page of one view of a board."""

    phase: Phase
    spec: Spec | None
    view: View
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    own: Row | None  # the visitor's row, wherever it stands
    reported: tuple[ReportedRow, ...]
    total: int  # computed rows in the view
    teams: int
    baselines: int
    all_methods: int  # rows of all three kinds without a filter
    plain: int  # of these, those without a facet
    now: datetime


def columns_of(phase: Phase, tracks: Sequence[Track], split: str) -> tuple[Column, ...]:
    """Return the phase's further columns whose numbers may be shown now."""
    known = {track.slug: track for track in tracks}
    made = []
    for name in phase.columns:
        area = Area(split, name, phase.primary_metric) if name in known else Area(split, phase.aggregate, name)
        if may_show(phase, area):
            made.append(Column(name, known[name].label if name in known else name, area))
    return tuple(made)


def may_show(phase: Phase, area: Area) -> bool:
    """Return whether a board may be made of this number now."""
    if area.split not in shown_splits(phase):
        return False
    table, now = disclosure_of(phase), database_now()
    if area.is_primary(phase):
        return table["score"].is_open(phase, now)
    return table["cmc" if area.track in {"micro", "macro"} else "tracks"].is_open(phase, now)


def board(phase: Phase, view: View, tracks: Sequence[Track], *, team_id: int | None) -> Board:
    """Return one page of a view as it stands now; a phase without ground truth has reported rows alone."""
    spec, now = phase.current_spec, database_now()
    columns = columns_of(phase, tracks, view.area.split)
    reported = reported_rows(phase, view)
    every = reported_rows(phase, View(view.area))
    if spec is None or not may_show(phase, view.area):
        plain = sum(not row.facets for row in every)
        return Board(phase, spec, view, columns, (), None, reported, 0, 0, 0, len(every), plain, now)
    found = standings(phase, spec, view, team_id=team_id)
    rows = _rows(phase, spec, view, found, columns, now)
    counts = _counts(phase, spec)
    return Board(
        phase=phase,
        spec=spec,
        view=view,
        columns=columns,
        rows=tuple(row for row in rows if view.first <= row.standing.position <= view.last),
        own=next((row for row in rows if team_id is not None and row.standing.team_id == team_id), None),
        reported=reported,
        total=found[0].total if found else 0,
        teams=counts["teams"],
        baselines=counts["baselines"],
        all_methods=counts["teams"] + counts["baselines"] + len(every),
        plain=counts["plain"] + sum(not row.facets for row in every),
        now=now,
    )


def reported_rows(phase: Phase, view: View) -> tuple[ReportedRow, ...]:
    """Return the published rows that have the view's number, best first as printed; only the main phase has any."""
    key = reported_key(phase, view.area)
    main = phase.competition.phases.order_by("position", "pk").values_list("pk", flat=True).first()
    if not key or phase.pk != main:
        return ()
    rows = phase.competition.reported_rows.all()
    if view.methods == PLAIN:
        rows = rows.filter(facets=0)
    wanted = view.q.casefold()
    kept = [row for row in rows if key in row.values and wanted in f"{row.method} {row.backbone}".casefold()]
    order = reported_key(phase, view.sort) if isinstance(view.sort, Area) else key
    # Only for the order: what is shown stays the text as printed.
    return tuple(sorted(kept, key=lambda row: (-float(row.values.get(order) or 0), row.position)))


def reported_key(phase: Phase, area: Area) -> str:
    """Return under which key published rows have the number of an area; empty if papers do not print it."""
    if area.metric != phase.primary_metric:
        return area.metric if area.track == phase.aggregate else ""
    return OVERALL if area.track == phase.aggregate else area.track


def official_place(phase: Phase, submission: Submission, split: str = "public") -> tuple[int, int] | None:
    """Return the official rank of the submission's team and how many are ranked, None if it is not ranked."""
    area = Area(split, phase.aggregate, phase.primary_metric)
    if phase.current_spec is None or submission.team_id is None or not may_show(phase, area):
        return None
    ranked = places(phase, phase.current_spec, split)
    place = ranked.get(submission.team_id)
    return None if place is None else (place, len(ranked))


def best_of_team(phase: Phase, team_id: int) -> Standing | None:
    """Return the row with which a team stands on the official board."""
    if phase.current_spec is None:
        return None
    view = View(Area("public", phase.aggregate, phase.primary_metric), first=0, last=0)
    found = standings(phase, phase.current_spec, view, team_id=team_id)
    return found[0] if found else None


def cmc_of(phase: Phase, rows: Iterable[Row], split: str) -> dict[int, dict[str, Shown]]:
    """Return what may be shown of the board's own mean for every metric, by evaluation."""
    keys = [row.standing.evaluation_id for row in rows]
    scores = Score.objects.filter(evaluation__in=keys, split=split, track=phase.aggregate).order_by("pk")
    return {
        key: {
            shown.metric: shown for shown in disclose(phase, [score for score in scores if score.evaluation_id == key])
        }
        for key in keys
    }


def split_counts(phase: Phase, split: str) -> dict[str, int] | None:
    """Return queries and identities that the board's numbers are over, None before anything is scored."""
    scored = Evaluation.objects.filter(spec=phase.current_spec, submission__phase=phase, state="scored").order_by("pk")
    latest = scored.last()
    rows = latest.counts if latest else ()
    return next((row for row in rows if (row["split"], row["track"]) == (split, phase.aggregate)), None)


def _rows(
    phase: Phase, spec: Spec, view: View, found: list[Standing], columns: tuple[Column, ...], now: datetime
) -> list[Row]:
    submissions = Submission.objects.select_related("team").in_bulk([standing.submission_id for standing in found])
    scores = _scores(phase, found, [view.area, *(column.area for column in columns)])
    official = places(phase, spec, view.area.split)
    before = places(phase, spec, view.area.split, as_of=now - timedelta(days=CHANGE_DAYS))
    rows = []
    for standing in found:
        submission, shown = submissions[standing.submission_id], scores[standing.evaluation_id]
        team = standing.team_id
        rank = official.get(team) if team is not None else None
        earlier = before.get(team) if team is not None else None
        rows.append(
            Row(
                submission=submission,
                standing=standing,
                kind=submission.kind,
                rank=rank,
                place=standing.place,
                change=earlier - rank if rank is not None and earlier is not None else None,
                is_new=bool(before) and rank is not None and earlier is None,
                score=_found(shown, view.area),
                columns=tuple(_found(shown, column.area) for column in columns),
            )
        )
    return rows


def _scores(phase: Phase, found: list[Standing], areas: list[Area]) -> dict[int, tuple[Shown, ...]]:
    """Return what may be shown of the needed scores, by evaluation."""
    keys = [standing.evaluation_id for standing in found]
    metrics = {area.metric for area in areas}
    stored = Score.objects.filter(evaluation__in=keys, split=areas[0].split, metric__in=metrics).order_by("pk")
    by_evaluation: dict[int, list[Score]] = {key: [] for key in keys}
    for score in stored:
        by_evaluation[score.evaluation_id].append(score)
    return {key: disclose(phase, scores) for key, scores in by_evaluation.items()}


def _found(shown: tuple[Shown, ...], area: Area) -> Shown | None:
    return find(shown, split=area.split, track=area.track, metric=area.metric)


def _counts(phase: Phase, spec: Spec) -> dict[str, int]:
    rows = phase.board_rows.filter(spec=spec, shown_to__isnull=True)
    teams = rows.filter(kind="participant")
    baselines = rows.filter(kind="baseline")
    plain = teams.filter(facets=0).values("team").distinct().count() + baselines.filter(facets=0).count()
    return {"teams": teams.values("team").distinct().count(), "baselines": baselines.count(), "plain": plain}
