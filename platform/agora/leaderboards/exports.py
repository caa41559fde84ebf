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


def board_csv(phase: Phase, view: View) -> str:
    """Return a view as CSV: computed rows, then the reported rows with their values as printed."""
    columns = [value_column(phase, view), *choices_for(phase).columns]
    headers = [f"{column.metric} {column.track}" for column in columns]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["kind", "rank", "place", "name", "method", "facets", *headers, "low", "high", "entries", "last", "source"]
    )
    writer.writerows([_written(cell) for cell in _cells(entry)] for entry in entries_of(phase, view))
    for row in reported_rows(phase, view):
        values = [row.values.get(PRIMARY_COLUMN, ""), *(row.values.get(column.slug, "") for column in columns[1:])]
        facets = " ".join(from_mask(row.facets))
        line = ["reported", "", "", row.method, row.backbone, facets, *values, "", "", "", "", row.source]
        writer.writerow([_written(cell) for cell in line])
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
        *(entry.kind, entry.official, entry.place, entry.name, entry.method, facets, entry.value),
        *entry.cells,
        *(entry.low, entry.high, entry.entries, entry.last.isoformat(), "computed"),
    ]


def _mapping(phase: Phase, view: View, entry: Entry) -> dict[str, Any]:
    columns = choices_for(phase).columns
    return {
        "kind": entry.kind,
        "rank": entry.official,
        "place": entry.place,
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
