"""Write boards as files: the same rows and the same disclosed numbers as the page, fractions in [0, 1]."""

import csv
import io
import json
from typing import Any

from agora.competitions.models import Phase, ReportedRow
from agora.leaderboards.captions import caption_for
from agora.leaderboards.selectors import Entry, entries_of, reported_rows
from agora.leaderboards.view import View, choices_for, value_column
from agora.submissions.safe_csv import safe_cell
from challenges.facets import from_mask
from challenges.spec import PRIMARY_COLUMN

_ABOUT = ("kind", "rank", "place", "tier", "name", "method", "facets")


def board_csv(phase: Phase, view: View) -> str:
    """Return a view as CSV: computed rows, then the reported ones.

    Computed values are fractions; reported ones stay as printed and stand in columns of their own, so that no column has two units.
    """
    columns = [value_column(phase, view), *choices_for(phase).columns]
    headers = [f"{column.metric} {column.track}" for column in columns]
    slugs = [PRIMARY_COLUMN, *(column.slug for column in columns[1:])]
    reported = reported_rows(phase, view)
    printed = [f"{header} as printed" for header in headers] if reported else []
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_ABOUT, *headers, "low", "high", "entries", "last", "source", *printed])
    for entry in entries_of(phase, view):
        writer.writerow([_written(cell) for cell in [*_cells(entry), *("" for _ in printed)]])
    for row in reported:
        about = ["reported", "", "", "", row.method, row.backbone, " ".join(from_mask(row.facets))]
        empty = ["" for _ in [*headers, "low", "high", "entries", "last"]]
        values = [row.values.get(slug, "") for slug in slugs]
        writer.writerow([_written(cell) for cell in [*about, *empty, row.source, *values]])
    return out.getvalue()


def board_json(phase: Phase, view: View) -> str:
    """Return a view as JSON, with what its numbers are computed by; reported values stay strings as printed."""
    spec = phase.current_spec
    caption = caption_for(phase, spec, view.split) if spec else None
    document = {
        "schema": 1,
        "competition": phase.competition.slug,
        "phase": phase.slug,
        "view": view.to_mapping(),
        "protocol_hash": caption.protocol_hash if caption else None,
        "scorer_revision": caption.scorer_revision if caption else None,
        "ground_truth_version": caption.ground_truth_version if caption else None,
        "queries": caption.part.queries if caption else None,
        "identities": caption.part.identities if caption else None,
        "entries": [_mapping(phase, view, entry) for entry in entries_of(phase, view)],
        "reported": [_reported_mapping(row) for row in reported_rows(phase, view)],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _written(value: object) -> str:
    """Return a cell: nothing for None, numbers in full, and no text that a spreadsheet would run."""
    if value is None:
        return ""
    return repr(value) if isinstance(value, int | float) else safe_cell(str(value))


def _cells(entry: Entry) -> list[object]:
    facets = " ".join(from_mask(entry.facets))
    return [
        *(entry.kind, entry.official, entry.place, entry.tier, entry.name, entry.method, facets, entry.value),
        *entry.cells,
        *(entry.low, entry.high, entry.entries, entry.last.isoformat(), "computed"),
    ]


def _mapping(phase: Phase, view: View, entry: Entry) -> dict[str, Any]:
    columns = choices_for(phase).columns
    return {
        "kind": entry.kind,
        "rank": entry.official,
        "place": entry.place,
        "tier": entry.tier or None,
        "name": entry.name,
        "team": entry.team_ref or None,
        "submission": entry.submission_ref,
        "method": entry.method,
        "facets": list(from_mask(entry.facets)),
        "value": entry.value,
        "low": entry.low,
        "high": entry.high,
        "columns": {column.slug: cell for column, cell in zip(columns, entry.cells, strict=True)},
        "entries": entry.entries,
        "last": entry.last.isoformat(),
    }


def _reported_mapping(row: ReportedRow) -> dict[str, Any]:
    return {
        "method": row.method,
        "backbone": row.backbone,
        "facets": list(from_mask(row.facets)),
        "inferred": list(from_mask(row.inferred)),
        "values": row.values,
        "source": row.source,
    }
