"""Build the phases of a challenge: format, protocol with its statuses, columns, sample and worked example."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from challenges.errors import Collector, did_you_mean
from challenges.files import read_text
from challenges.spec import PRIMARY_COLUMN, Column, FieldStatus, Phase, SliceColumn
from challenges.tables import STATUS
from challenges.tree import read_table
from challenges.wording import format_rules
from challenges.worked import build_worked_query
from scoring import FormatError, Protocol, ProtocolError, SubmissionFormat

# By these columns a slice would be a person, an image or what the site shows apart.
NEVER_SLICED = ("pid", "cluster", "image_id", "split", "track", "role")
# Beside the primary score and its interval a board has room for two more columns.
MAX_COLUMNS = 2
# The version of the description is no choice of the pack, so it needs no status.
PROTOCOL_FIELDS = tuple(field.name for field in fields(Protocol) if field.name != "schema")
# Fields that came later are left out of mappings while they have their defaults: they need a status where a pack sets them.
USUAL_FIELDS = (*Protocol().to_mapping(), "depth")

Tree = Mapping[str, Any]
Value = TypeVar("Value")


def build_phase(tree: Tree, number: int, *, folder: Path, faults: Collector) -> Phase | None:
    """Build phase `number` (from 0) of the document, noting every fault; None if it cannot be built."""
    table, where = tree["phases"][number], f"phases[{number + 1}]"
    submission_format = _built(SubmissionFormat.from_mapping, table["format"], place=(where, "format"), faults=faults)
    protocol = _protocol(tree, table, where=where, faults=faults)
    status = _statuses(tree, table, where=where, faults=faults)
    evaluation = read_text(folder, table["evaluation"], place=(where, "evaluation"), faults=faults)
    for check in (_check_columns, _check_slices, _check_period):
        check(tree, table, where=where, faults=faults)
    if submission_format is None or protocol is None:
        return None
    _check_format(table, submission_format, protocol, where=where, faults=faults)
    worked = None
    if table["worked_query"] is not None and faults.is_clean(where):
        worked = build_worked_query(table["worked_query"], submission_format, protocol, where=where, faults=faults)
    if None in (table["metrics"], table["sample"], table["format_notes"]):
        return None
    plain = (
        "slug",
        "title",
        "sentence",
        "primary_metric",
        "daily_quota",
        "selection_count",
        "opens_at",
        "closes_at",
        "sample_file",
    )
    return Phase(
        format=submission_format,
        protocol=protocol,
        protocol_status=MappingProxyType(status),
        metrics=tuple(table["metrics"]),
        columns=tuple(Column(**values) for values in table["columns"]),
        slices=tuple(SliceColumn(**values) for values in table["slices"]),
        sample_lines=tuple(table["sample"]),
        format_rules=(*format_rules(submission_format), *table["format_notes"]),
        worked_query=worked,
        evaluation=evaluation,
        **{key: table[key] for key in plain},
    )


def _built(
    build: Callable[[Mapping[str, object]], Value],
    values: Mapping[str, object] | None,
    *,
    place: tuple[str, str],
    faults: Collector,
) -> Value | None:
    if values is None:
        return None
    try:
        return build(values)
    except (ProtocolError, FormatError) as error:
        faults.add(*place, str(error))
        return None


def _protocol(tree: Tree, table: Tree, *, where: str, faults: Collector) -> Protocol | None:
    # The common table is built by itself first, so that its faults are said once and in their own place.
    common = _built(Protocol.from_mapping, tree["protocol"], place=("", "protocol"), faults=_once(faults, where))
    if common is None or table["protocol"] is None:
        return None
    merged = {**tree["protocol"], **table["protocol"]}
    return _built(Protocol.from_mapping, merged, place=(where, "protocol"), faults=faults)


def _once(faults: Collector, where: str) -> Collector:
    """Return the collector for faults of shared tables: the real one for the first phase, a spare one after it."""
    return faults if where == "phases[1]" else Collector(faults.file)


def _statuses(tree: Tree, table: Tree, *, where: str, faults: Collector) -> dict[str, FieldStatus]:
    needed = tuple(name for name in PROTOCOL_FIELDS if name in USUAL_FIELDS or name in (tree["protocol"] or ()))
    shared = _status_table(tree["protocol_status"], needed=needed, where="protocol_status", faults=_once(faults, where))
    own = _status_table(
        table["protocol_status"],
        needed=tuple(name for name in PROTOCOL_FIELDS if name in (table["protocol"] or ())),
        where=f"{where}.protocol_status",
        faults=faults,
    )
    return {**shared, **own}


def _status_table(
    values: Mapping[str, Any] | None, *, needed: tuple[str, ...], where: str, faults: Collector
) -> dict[str, FieldStatus]:
    if values is None:
        return {}
    for name in values:
        if name not in PROTOCOL_FIELDS:
            faults.add(where, name, f"unknown key{did_you_mean(name, PROTOCOL_FIELDS)}")
    for name in needed:
        if name not in values:
            faults.add(where, name, "is missing: say whether it has a source, is assumed or is unknown")
    statuses: dict[str, FieldStatus] = {}
    for name in PROTOCOL_FIELDS:
        value = values.get(name)
        if isinstance(value, Mapping):
            statuses[name] = FieldStatus(**read_table(value, STATUS, where=f"{where}.{name}", faults=faults))
        elif value is not None:
            faults.add(where, name, 'expected a table, such as { status = "assumed", note = "…" }')
    return statuses


def _check_columns(tree: Tree, table: Tree, *, where: str, faults: Collector) -> None:
    metrics = table["metrics"] or ()
    primary = table["primary_metric"]
    if primary is not None and metrics and primary not in metrics:
        faults.add(where, "primary_metric", f'"{primary}" is not in metrics')
    if len(table["columns"]) > MAX_COLUMNS:
        faults.add(where, "columns", f"has {len(table['columns'])} columns; a board has room for {MAX_COLUMNS}")
    known = (*(track["slug"] for track in tree["tracks"] if track["slug"]), "micro", "macro")
    seen = {PRIMARY_COLUMN}
    for position, column in enumerate(table["columns"], 1):
        place = f"{where}.columns[{position}]"
        # A track whose own slug is at fault is not reported a second time here.
        if column["track"] is not None and column["track"] not in known and faults.is_clean("tracks"):
            faults.add(place, "track", f'unknown track "{column["track"]}"{did_you_mean(column["track"], known)}')
        if column["metric"] is not None and metrics and column["metric"] not in metrics:
            faults.add(place, "metric", f'"{column["metric"]}" is not in metrics')
        if column["slug"] in seen:
            faults.add(place, "slug", f'"{column["slug"]}" is used twice')
        seen.add(column["slug"])


def _check_slices(_: Tree, table: Tree, *, where: str, faults: Collector) -> None:
    seen: set[str] = set()
    for position, values in enumerate(table["slices"], 1):
        place, column = f"{where}.slices[{position}]", values["column"]
        if column in NEVER_SLICED:
            faults.add(
                place, "column", f'"{column}" names people, images or parts of the test set; there are no slices by it'
            )
        if column in seen:
            faults.add(place, "column", f'"{column}" is used twice')
        seen.add(column)


def _check_period(_: Tree, table: Tree, *, where: str, faults: Collector) -> None:
    opens, closes = table["opens_at"], table["closes_at"]
    if opens is not None and closes is not None and closes <= opens:
        faults.add(where, "closes_at", "is not after opens_at")


def _check_format(
    table: Tree, submission_format: SubmissionFormat, protocol: Protocol, *, where: str, faults: Collector
) -> None:
    metrics = table["metrics"] or ()
    if submission_format.kind == "labels":
        if protocol.draw in ("per_query", "resplit"):
            faults.add(where, "format", f'kind "labels" cannot be scored under the draw "{protocol.draw}"')
        if protocol.gallery_labels != "released":
            faults.add(where, "format", 'kind "labels" needs protocol.gallery_labels = "released"')
        known = [f"rank-{k}" for k in range(1, submission_format.top + 1)]
        if others := [metric for metric in metrics if metric not in known]:
            given = "rank-1 alone" if len(known) == 1 else f"rank-1 to {known[-1]}"
            faults.add(where, "metrics", f"labels give {given}, not {', '.join(others)}")
    elif "mINP" in metrics and (submission_format.depth or protocol.depth):
        faults.add(where, "metrics", "mINP needs full rankings; leave out the depth or the metric")
    header = ",".join(submission_format.columns)
    if header and table["sample"] and table["sample"][0] != header:
        faults.add(where, "sample", f'begins with "{table["sample"][0]}", but the header of the format is "{header}"')
