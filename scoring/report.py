"""Say everything that a check found in a file, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

EXCERPT_CHARACTERS: Final = 80
EXCERPTS: Final = 2

Severity = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class Item:
    """Point at one occurrence of a problem.

    Attributes
    ----------
    line : int or None
        Line of the file, 1 is the header; None for what is not in the file.
    id : str
        The id at fault as the file or the manifest writes it.
    """

    line: int | None
    id: str


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """Show a piece of a line of the user's own file.

    Attributes
    ----------
    line : int
        Line of the file, 1 is the header.
    text : str
        At most 80 characters; control characters are shown as symbols.
    marks : tuple of (start, end)
        Ranges of characters of `text` that are at fault.
    """

    line: int
    text: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Group all occurrences of one kind of problem.

    Attributes
    ----------
    code : str
        Stable slug, listed in scoring/README.md.
    severity : str
        An ``error`` makes the file invalid, a ``warning`` does not.
    title, mend : str
        What is wrong, with counts, and one sentence that says how to mend it.
    count, line_count : int
        Occurrences, and lines that hold them (0 for what is not in the file).
    items : tuple of Item
        The first occurrences; `items_total` counts all.
    excerpts : tuple of Excerpt
        At most two.
    """

    code: str
    severity: Severity
    title: str
    mend: str
    count: int
    line_count: int
    items: tuple[Item, ...]
    items_total: int
    excerpts: tuple[Excerpt, ...]


@dataclass(frozen=True, kw_only=True)
class Report:
    """Hold what a check found: errors before warnings, most lines first.

    Attributes
    ----------
    rows_read : int
        Lines with content after the header.
    bytes_read : int
        Bytes after expansion.
    queries_found, queries_expected : int
        Distinct queries of the manifest that the file answers, and all of them.
    sha256 : str
        Of the received bytes.
    depth : str
        How deep the rankings are, in words.
    """

    problems: tuple[Problem, ...]
    rows_read: int
    bytes_read: int
    queries_found: int
    queries_expected: int
    sha256: str
    depth: str

    @property
    def ok(self) -> bool:
        """Tell whether the file can be scored."""
        return not self.errors

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Return the problems that make the file invalid."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Return the problems that do not stop the file from being scored."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")

    def to_mapping(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        return {"ok": self.ok} | asdict(self)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Report:
        """Read what `to_mapping` returned, also after a way through JSON."""
        values = {key: value for key, value in mapping.items() if key != "ok"}
        values["problems"] = tuple(_problem(problem) for problem in mapping["problems"])
        return cls(**values)

    def to_json(self) -> str:
        """Return the report as JSON text."""
        return json.dumps(self.to_mapping(), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Report:
        """Read what `to_json` returned."""
        return cls.from_mapping(json.loads(text))


def _problem(mapping: Mapping[str, Any]) -> Problem:
    excerpts = tuple(
        Excerpt(line=part["line"], text=part["text"], marks=tuple((mark[0], mark[1]) for mark in part["marks"]))
        for part in mapping["excerpts"]
    )
    items = tuple(Item(**item) for item in mapping["items"])
    return Problem(**{**mapping, "items": items, "excerpts": excerpts})
