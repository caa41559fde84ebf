"""What is asked of a board: every choice has a default, and what cannot be shown is never asked of the database."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from django.db.models import prefetch_related_objects
from django.utils import timezone

from agora.competitions.models import Competition, Phase, Track
from agora.submissions.disclosure import disclosure_of, shown_splits
from challenges.facets import SLUGS
from challenges.spec import Column, metric_label

ALL_TRACKS: Final = ""
METHODS: Final = ("all", "plain")
KINDS: Final = ("", "participant", "platform", "reported")
SORTS: Final = ("score", "entries", "last", "team")
PAGE_ROWS: Final = 50


@dataclass(frozen=True)
class View:
    """One view of one board, as its URL says it. `track` "" is all of them; `sort` is one of SORTS or a column's slug."""

    split: str
    track: str
    metric: str
    methods: str = "all"
    kind: str = ""
    facet: str = ""
    search: str = ""
    sort: str = "score"
    page: int = 1

    @property
    def is_filtered(self) -> bool:
        """Return whether rows are left out, which the caption then says."""
        return self.methods != "all" or bool(self.kind or self.facet or self.search)

    def to_mapping(self) -> dict[str, str | int]:
        """Return the view as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Choices:
    """What a reader may choose on a board at one moment, each with the default first."""

    splits: tuple[str, ...]
    tracks: tuple[tuple[str, str], ...]  # slug and label; "" is all tracks
    metrics: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    primary: Column


def choices_for(phase: Phase, now: datetime | None = None) -> Choices:
    """Return the choices of a phase's board; what disclosure keeps back at `now` is not among them."""
    now = now or timezone.now()
    table = disclosure_of(phase)
    splits = tuple(split for split in shown_splits(phase, now) if split != "all")
    tracks = _tracks(phase.competition) if table["tracks"].is_open(phase, now) else []
    several = len(tracks) > 1
    metrics = [phase.primary_metric]
    if table["cmc"].is_open(phase, now):
        metrics += [metric for metric in phase.metrics if metric != phase.primary_metric]
    labels = {track.slug: track.label for track in tracks}
    return Choices(
        splits=splits,
        tracks=((ALL_TRACKS, "All tracks"), *labels.items()) if several else ((ALL_TRACKS, "All tracks"),),
        metrics=tuple((metric, metric_label(metric)) for metric in metrics),
        columns=tuple(_columns(phase, labels, metrics)),
        primary=Column("score", metric_label(phase.primary_metric), phase.primary_metric, phase.aggregate),
    )


def _tracks(competition: Competition) -> list[Track]:
    """Return the tracks, read once for all the parts of a page that ask for the choices."""
    prefetch_related_objects([competition], "tracks")
    return list(competition.tracks.all())


def view_for(phase: Phase, given: Mapping[str, str], now: datetime | None = None) -> View:
    """Return the view that a query string asks for; an unknown or hidden choice becomes the default, never an error.

    Keys: `board` (public, private), `track`, `metric`, `methods`, `kind`, `facet`, `q`, `sort`, `page`.
    """
    choices = choices_for(phase, now)
    page = given.get("page", "1")
    return View(
        split=_one_of(given.get("board", ""), choices.splits),
        track=_one_of(given.get("track", ""), [slug for slug, _ in choices.tracks]),
        metric=_one_of(given.get("metric", ""), [slug for slug, _ in choices.metrics]),
        methods=_one_of(given.get("methods", ""), METHODS),
        kind=_one_of(given.get("kind", ""), KINDS),
        facet=_one_of(given.get("facet", ""), ("", *SLUGS)),
        search=" ".join(given.get("q", "").replace("\0", "").split())[:60],
        sort=_one_of(given.get("sort", ""), (*SORTS, *(column.slug for column in choices.columns))),
        page=min(max(1, int(page)), 1_000_000) if page.isascii() and page.isdecimal() and len(page) < 8 else 1,
    )


def value_column(phase: Phase, view: View) -> Column:
    """Return the column by which a view ranks."""
    return Column("score", metric_label(view.metric), view.metric, view.track or phase.aggregate)


def is_primary(phase: Phase, view: View) -> bool:
    """Return whether a view ranks by what official ranks are made of."""
    return not view.track and view.metric == phase.primary_metric


def _columns(phase: Phase, labels: Mapping[str, str], metrics: list[str]) -> list[Column]:
    found = []
    for slug in phase.columns:
        if slug in labels:
            found.append(Column(slug, labels[slug], phase.primary_metric, slug))
        elif slug in metrics:
            found.append(Column(slug, metric_label(slug), slug, phase.aggregate))
    return found


def _one_of(value: str, allowed: "tuple[str, ...] | list[str]") -> str:
    return value if value in allowed else allowed[0]
