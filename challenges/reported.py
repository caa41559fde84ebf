"""Read a pack's published rows: strings as printed, with declared and inferred facets."""

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import MappingProxyType

from challenges.errors import Collector, Problem, did_you_mean
from challenges.facets import SLUGS, in_order
from challenges.files import read_text
from challenges.schema import ROLES
from challenges.spec import Column, ReportedRow

# `facets` and `inferred` are facet slugs, space separated; every inferred one is set without standing in `facets`.
FIXED_COLUMNS = ("method", "backbone", "role", "facets", "inferred", "source", "note")
CARD_PREFIX = "card:"
PRINTED_NUMBER = re.compile(r"\d{1,3}(\.\d+)?")

Row = dict[str, str]


def read_reported(
    folder: Path, name: str | None, *, columns: Sequence[Column], faults: Collector
) -> tuple[ReportedRow, ...]:
    """Return the published rows of `name`, noting every fault of the file.

    Its columns are `FIXED_COLUMNS`, one per board column by slug, and any number of `card:<term>` columns.
    A value is the string as printed, or empty where the publication prints none.
    """
    text = read_text(folder, name, place=("reported", "file"), faults=faults)
    if not text or name is None:
        return ()
    reader = csv.DictReader(text.splitlines(), strict=True)
    slugs = tuple(column.slug for column in columns)
    header = tuple(reader.fieldnames or ())
    problems = list(_header_problems(header, (*FIXED_COLUMNS, *slugs), name=name))
    rows: list[ReportedRow] = []
    if not problems:
        for line, row in enumerate(reader, 2):
            found = list(_row_problems(row, slugs, place=(name, f"line {line}")))
            problems.extend(found)
            rows.extend(() if found else (_row(row, slugs),))
    faults.problems.extend(problems)
    return tuple(rows)


def _header_problems(header: Sequence[str], needed: Sequence[str], *, name: str) -> Iterator[Problem]:
    for column in needed:
        if column not in header:
            yield Problem(name, "line 1", column, f"column is missing{did_you_mean(column, header)}")
    for column in header:
        if column not in needed and not column.startswith(CARD_PREFIX):
            yield Problem(name, "line 1", column, f"unknown column{did_you_mean(column, needed)}")


def _row_problems(row: Row, slugs: Sequence[str], *, place: tuple[str, str]) -> Iterator[Problem]:
    if None in row or None in row.values():
        yield Problem(*place, "", "has another number of cells than the header")
        return
    for column in ("method", "source"):
        if not row[column].strip():
            yield Problem(*place, column, "is empty")
    if row["role"] not in ROLES:
        yield Problem(*place, "role", f'"{row["role"]}" is not one of {", ".join(ROLES)}')
    yield from _facet_problems(row, place=place)
    for column in slugs:
        if row[column] and not PRINTED_NUMBER.fullmatch(row[column]):
            yield Problem(*place, column, f'"{row[column]}" is no number as printed, such as 97.73')


def _facet_problems(row: Row, *, place: tuple[str, str]) -> Iterator[Problem]:
    for column in ("facets", "inferred"):
        for word in row[column].split():
            if word not in SLUGS:
                yield Problem(*place, column, f'unknown facet "{word}"{did_you_mean(word, SLUGS)}')
    if twice := set(row["facets"].split()) & set(row["inferred"].split()):
        yield Problem(
            *place, "inferred", f"{', '.join(sorted(twice))} stands in facets too; a facet is either ticked or inferred"
        )


def _row(row: Row, slugs: Sequence[str]) -> ReportedRow:
    inferred = row["inferred"].split()
    card = {key.removeprefix(CARD_PREFIX): value for key, value in row.items() if key.startswith(CARD_PREFIX) and value}
    return ReportedRow(
        method=row["method"],
        backbone=row["backbone"],
        role=row["role"],
        facets=in_order([*row["facets"].split(), *inferred]),
        inferred_facets=in_order(inferred),
        values=MappingProxyType({slug: row[slug] for slug in slugs if row[slug]}),
        card=MappingProxyType(card),
        source=row["source"],
        note=row["note"],
    )
