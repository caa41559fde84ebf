"""Collect what is wrong with arrays and word it; lines of a report are those of text files, arrays have none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from scoring.formats.container import Received
from scoring.formats.context import Context
from scoring.formats.mending import gallery_mend, query_mend
from scoring.report import Excerpt, Item, Problem, Report, Severity
from scoring.wording import plural

#: Codes that files of distances and embeddings add to those of text files; refusals are in `scoring.vectors.refusals`.
CODES: Final = (
    "not_finite",
    "bad_number",
    "zero_vectors",
    "missing_gallery_ids",
    "constant_rows",
    "constant_columns",
    "negative_distances",
    "probably_similarities",
    "many_ties",
    "identical_vectors",
)


@dataclass
class Noted:
    """Collect the occurrences of one kind of problem.

    Attributes
    ----------
    count, lines : int
        Occurrences, and lines of the file that hold them.
    items : list of Item
        The first of them.
    excerpts : list of Excerpt
    """

    count: int = 0
    lines: int = 0
    items: list[Item] = field(default_factory=list)
    excerpts: list[Excerpt] = field(default_factory=list)


@dataclass
class Notes:
    """Collect everything that is wrong with a file, and what was read of it.

    Attributes
    ----------
    errors : dict of code to Noted
        Occurrences in all tracks; `_words` words them.
    problems : list of Problem
        What is worded already: warnings about one track.
    rows, bytes, queries : int
        Rows and bytes that were read, and queries that were answered.
    shapes : list of str
        What each track's file holds, in words.
    """

    context: Context
    errors: dict[str, Noted] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    rows: int = 0
    bytes: int = 0
    queries: int = 0
    shapes: list[str] = field(default_factory=list)

    def add(self, code: str, name: str, *, count: int = 1, line: int | None = None) -> None:
        """Note an occurrence at an id or a line."""
        noted = self.errors.setdefault(code, Noted())
        noted.count += count
        noted.lines += line is not None
        if len(noted.items) < self.context.limits.max_problem_items:
            noted.items.append(Item(line=line, id=name))

    def warn(self, code: str, title: str, mend: str, names: Sequence[str] = (), *, count: int = 0) -> None:
        """Note a warning about one track."""
        limit = self.context.limits.max_problem_items
        items = tuple(Item(line=None, id=name) for name in names[:limit])
        self.problems.append(_problem(code, "warning", (title, mend), Noted(count or len(names) or 1, 0, list(items))))

    def report(self, received: Received) -> Report:
        """Return the report of a file that was read to its end."""
        worded = [
            _problem(code, "error", _words(code, noted, self.context), noted) for code, noted in self.errors.items()
        ]
        return Report(
            problems=tuple(sorted([*worded, *self.problems], key=_order)),
            rows_read=self.rows,
            bytes_read=self.bytes,
            queries_found=self.queries,
            queries_expected=self.context.manifest.n_queries,
            sha256=received.sha256,
            depth="; ".join(dict.fromkeys(self.shapes)),
        )


def _order(problem: Problem) -> tuple[bool, int, int, str]:
    """Put errors before warnings, then most lines first."""
    return problem.severity == "warning", -problem.line_count, -problem.count, problem.code


def _problem(code: str, severity: Severity, words: tuple[str, str], noted: Noted) -> Problem:
    return Problem(
        code=code,
        severity=severity,
        title=words[0],
        mend=words[1],
        count=noted.count,
        line_count=noted.lines,
        items=tuple(noted.items),
        items_total=max(noted.count, len(noted.items)),
        excerpts=tuple(noted.excerpts),
    )


def _words(code: str, noted: Noted, context: Context) -> tuple[str, str]:
    """Return the title of an error and how to mend it."""
    count = noted.count
    known = {
        "not_finite": (
            f"{plural(count, 'number is', 'numbers are')} NaN or infinite",
            "Look for divisions by zero and overflows of float16 where the numbers were computed.",
        ),
        "zero_vectors": (
            f"{plural(count, 'vector has', 'vectors have')} length 0",
            "A vector of zeros has no direction: look for images that were not read.",
        ),
        "bad_number": (
            f"{plural(count, 'cell is', 'cells are')} no number",
            "Write plain decimal numbers, such as 0.25, in every cell.",
        ),
        "bad_row": (
            f"{plural(count, 'line does', 'lines do')} not have a number for each column",
            "Write the query id and then one number for each id of the first line, separated by commas.",
        ),
        "line_too_long": (f"{plural(count, 'line is', 'lines are')} too long", "End every line with a line break."),
        "missing_queries": (f"{plural(count, 'query is', 'queries are')} missing", "Add the vectors of all queries."),
        "missing_gallery_ids": (
            f"{plural(count, 'gallery id is', 'gallery ids are')} missing",
            "Add every image of the track's gallery.",
        ),
        "duplicate_queries": (f"{plural(count, 'query occurs', 'queries occur')} again", "Give every query once."),
        "duplicate_gallery_ids": (
            f"{plural(count, 'gallery id occurs', 'gallery ids occur')} again",
            "Give every gallery image once.",
        ),
    }
    if code in known:
        return known[code]
    ids, manifest = [item.id for item in noted.items], context.manifest
    if code == "unknown_queries":
        return f"{plural(count, 'query id is', 'query ids are')} unknown", query_mend(ids, manifest)
    title = f"{plural(count, 'gallery id is', 'gallery ids are')} unknown"
    return title, gallery_mend(ids, manifest)
