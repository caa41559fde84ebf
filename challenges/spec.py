"""Define what a challenge is: frozen values, read from a pack and never changed afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scoring import Protocol, SubmissionFormat

PRIMARY_COLUMN = "overall"  # the slug of the column that holds the primary metric over all tracks


@dataclass(frozen=True)
class Organiser:
    """Name who made the challenge."""

    name: str
    url: str


@dataclass(frozen=True)
class Licence:
    """State under which terms the data may be used."""

    name: str
    url: str
    note: str


@dataclass(frozen=True)
class Track:
    """Describe one query set against one gallery set.

    `queries`, `gallery` and `identities` are the counts of the real test set where the challenge fixes them,
    else None; annotations that differ from them are not those of the challenge.
    """

    slug: str
    label: str
    name: str
    query_domain: str
    gallery_domain: str
    queries: int | None
    gallery: int | None
    identities: int | None


@dataclass(frozen=True)
class FieldStatus:
    """Say how far one protocol field is known: `source` (cited in `note`), `assumed` or `unknown`."""

    status: str
    note: str


@dataclass(frozen=True)
class Column:
    """Describe one column of numbers on a board: a metric on a track, `micro` or `macro`."""

    slug: str
    label: str
    metric: str
    track: str


@dataclass(frozen=True)
class SliceColumn:
    """Name a column of the annotations by whose values an entry's score is broken down; its values become public."""

    column: str
    label: str


@dataclass(frozen=True)
class WorkedQuery:
    """Show how one query is scored, as a table; every number follows from the pack's lists and protocol.

    `rows` are cells in the order of `headers`; `result` is the sentence under the table.
    """

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    result: str


@dataclass(frozen=True)
class Phase:
    """Describe a period of a competition: what is handed in, how it is scored, and how often.

    `sample_lines` are the first lines of a valid file, header included; `sample_file` is a whole one in the
    release, by its path under `public/`, or None; `format_rules` are sentences.
    `opens_at` and `closes_at` are aware instants or None; the period is `[opens_at, closes_at)`.
    """

    slug: str
    title: str
    sentence: str
    format: SubmissionFormat
    protocol: Protocol
    protocol_status: Mapping[str, FieldStatus]
    primary_metric: str
    metrics: tuple[str, ...]
    columns: tuple[Column, ...]
    slices: tuple[SliceColumn, ...]
    daily_quota: int
    selection_count: int
    opens_at: datetime | None
    closes_at: datetime | None
    sample_lines: tuple[str, ...]
    sample_file: str | None
    format_rules: tuple[str, ...]
    worked_query: WorkedQuery | None
    evaluation: str

    @property
    def aggregate(self) -> str:
        """Return `micro` (mean over queries) or `macro` (mean over tracks)."""
        return str(self.protocol.aggregate)

    @property
    def primary_column(self) -> Column:
        """Return the column that the board is sorted by."""
        return Column(PRIMARY_COLUMN, metric_label(self.primary_metric), self.primary_metric, self.aggregate)

    @property
    def metric_sentence(self) -> str:
        """Return the primary metric in words, such as `Rank-1, mean over queries`."""
        over = {"micro": "mean over queries", "macro": "mean over tracks"}[self.aggregate]
        return f"{metric_label(self.primary_metric)}, {over}"


@dataclass(frozen=True)
class ReportedRow:
    """Transcribe one row of a published table; `values` are strings as printed, by column slug.

    `inferred_facets` are those of `facets` that the publication does not tick and that were read from its text.
    `card` holds facts that hide nothing on a board (loss, augmentation, attribute-aware training, …).
    """

    method: str
    backbone: str
    role: str
    facets: tuple[str, ...]
    inferred_facets: tuple[str, ...]
    values: Mapping[str, str]
    card: Mapping[str, str]
    source: str
    note: str


@dataclass(frozen=True)
class Reported:
    """Hold a published table: its rows, where it is printed, and what a reader must know about it."""

    publication: str
    caption: str
    note_title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[ReportedRow, ...]


@dataclass(frozen=True)
class FileSpec:
    """List one file or folder of a release, by its path under `public/`.

    `unit` is what its count counts: `images`, `rows` (without the header) or `file`.
    """

    path: str
    what: str
    unit: str


@dataclass(frozen=True)
class ReleaseSpec:
    """Say how a release is laid out: public paths are under `public/`, `annotations` under `hidden/`."""

    manifest: str
    images: str
    gallery: str | None
    annotations: str
    provenance: str | None
    files: tuple[FileSpec, ...]


@dataclass(frozen=True)
class Synthesis:
    """Mark a challenge whose data are made by `synthesize`, with its usual size; the seed is the caller's secret."""

    identities: int


@dataclass(frozen=True)
class Challenge:
    """Hold a whole challenge as its pack defines it.

    `description`, `rules`, `data_note` and each phase's `evaluation` are Markdown. The first phase is the main one.
    """

    slug: str
    title: str
    sentence: str
    tags: tuple[str, ...]
    organiser: Organiser
    licence: Licence
    citation: str
    description: str
    rules: str
    rules_version: int
    data_note: str
    tracks: tuple[Track, ...]
    phases: tuple[Phase, ...]
    reported: Reported | None
    release: ReleaseSpec | None
    synthesis: Synthesis | None
    folder: Path

    @property
    def protocol(self) -> Protocol:
        """Return the main phase's protocol."""
        return self.phases[0].protocol

    @property
    def protocol_status(self) -> Mapping[str, FieldStatus]:
        """Return how far each field of the main phase's protocol is known."""
        return self.phases[0].protocol_status

    @property
    def reported_rows(self) -> tuple[ReportedRow, ...]:
        """Return the published rows, empty where there are none."""
        return self.reported.rows if self.reported else ()

    def phase(self, slug: str) -> Phase:
        """Return the phase called `slug`; KeyError if there is none."""
        for phase in self.phases:
            if phase.slug == slug:
                return phase
        raise KeyError(slug)

    def track(self, slug: str) -> Track:
        """Return the track called `slug`; KeyError if there is none."""
        for track in self.tracks:
            if track.slug == slug:
                return track
        raise KeyError(slug)


def metric_label(metric: str) -> str:
    """Return a metric's name as the field writes it: `Rank-1` for `rank-1`; `mAP` and `mINP` stay."""
    return metric.capitalize() if metric.startswith("rank-") else metric
