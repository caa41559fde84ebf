"""Say what a check found: a headline, a tally, and one block for each kind of problem.

Everything that is shown of a file are the owner's own bytes, cut and made visible by the scorer; templates escape them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from agora.core import words

PAGE_ITEMS = 200
FIRST_IDS = 5
CUT_AT = 80  # characters: the scorer shows no more of a line, so one of this length goes on
UNREADABLE = frozenset(
    {
        "empty_file",
        "binary_file",
        "not_utf8",
        "truncated_archive",
        "zip_bomb",
        "zip_many_files",
        "zip_path",
        "too_large",
        "line_too_long",
    }
)
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class Piece:
    """A run of characters of an excerpt, at fault or not."""

    text: str
    is_marked: bool = False


@dataclass(frozen=True)
class Excerpt:
    """One line of the owner's file."""

    line: int
    pieces: tuple[Piece, ...]

    @property
    def is_faulty(self) -> bool:
        """Whether anything on the line is at fault; the others are shown for comparison."""
        return any(piece.is_marked for piece in self.pieces)


@dataclass(frozen=True)
class Page:
    """One page of a problem's full list."""

    items: tuple[Mapping[str, Any], ...]
    first: int
    last: int
    listed: int
    previous: int | None
    next: int | None

    @property
    def words(self) -> str:
        """Which part of the list this is."""
        return f"{words.count(self.first)} to {words.count(self.last)} of {words.count(self.listed)}"


@dataclass(frozen=True)
class Block:
    """One kind of problem; `anchor` is its code, with a number where a report has the code again for another track."""

    code: str
    anchor: str
    severity: str
    title: str
    mend: str
    excerpts: tuple[Excerpt, ...]
    ids: tuple[str, ...]
    total: int
    listed: int
    page: Page | None = None

    @property
    def word(self) -> str:
        """The word that stands beside the block, so that colour is not the only sign."""
        return "Error" if self.severity == "error" else "Warning"

    @property
    def more_words(self) -> str:
        """The link to the full list; empty when everything is shown already."""
        shown = len(self.ids) if self.ids else len(self.excerpts)
        if self.total <= shown or not self.listed:
            return ""
        if self.listed < self.total:
            return f"Show the first {words.count(self.listed)} of {words.count(self.total)}"
        return f"Show all {words.count(self.total)}"


@dataclass(frozen=True)
class Findings:
    """What a check found in one file."""

    filename: str
    ok: bool
    blocks: tuple[Block, ...] = ()
    tally: tuple[tuple[str, str], ...] = ()  # (strong, rest)
    sha256: str = ""
    headline: str = ""
    sentence: str = ""
    listed: int = 0
    errors: tuple[Block, ...] = field(default=())

    @property
    def has_warnings(self) -> bool:
        """Whether anything looks like a mistake that does not stop the file."""
        return len(self.blocks) > len(self.errors)


def findings(report: Mapping[str, Any], filename: str, *, show: str = "", page: int = 1) -> Findings:
    """Return what a stored report says about the file called `filename`.

    `show` is the anchor of the problem whose full list is opened, `page` the page of that list, from 1.
    """
    blocks = tuple(
        _block(problem, anchor, page=page if anchor == show else None)
        for problem, anchor in _anchored(report["problems"])
    )
    errors = tuple(block for block in blocks if block.severity == "error")
    return Findings(
        filename=filename,
        ok=bool(report["ok"]),
        blocks=blocks,
        tally=tuple(_tally(report)),
        sha256=report["sha256"],
        headline=_headline(report, filename, errors),
        sentence=_sentence(report, errors),
        listed=sum(block.listed for block in blocks),
        errors=errors,
    )


def listed_rows(report: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Yield the full list as rows of severity, code, line and id."""
    for problem in report["problems"]:
        if not problem["items"]:
            yield problem["severity"], problem["code"], "", ""
        for item in problem["items"]:
            yield problem["severity"], problem["code"], _line(item), item["id"]


def _line(item: Mapping[str, Any]) -> str:
    return "" if item["line"] is None else str(item["line"])


def _anchored(problems: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield each problem with a name that no other problem of the report has."""
    seen: Counter[str] = Counter()
    for problem in problems:
        seen[problem["code"]] += 1
        number = seen[problem["code"]]
        yield problem, problem["code"] if number == 1 else f"{problem['code']}-{number}"


def _block(problem: Mapping[str, Any], anchor: str, *, page: int | None) -> Block:
    items = problem["items"]
    excerpts = tuple(_excerpt(part) for part in problem["excerpts"])
    ids = () if excerpts else tuple(item["id"] for item in items[:FIRST_IDS] if item["id"])
    return Block(
        code=problem["code"],
        anchor=anchor,
        severity=problem["severity"],
        title=problem["title"],
        mend=problem["mend"],
        excerpts=excerpts,
        ids=ids,
        total=problem["items_total"],
        listed=len(items),
        page=None if page is None else _page(items, page),
    )


def _excerpt(part: Mapping[str, Any]) -> Excerpt:
    text, pieces, position = part["text"], [], 0
    for start, end in sorted(part["marks"]):
        if start > position:
            pieces.append(Piece(text[position:start]))
        pieces.append(Piece(text[max(start, position) : end], is_marked=True))
        position = max(end, position)
    if position < len(text):
        pieces.append(Piece(text[position:]))
    if len(text) >= CUT_AT:
        pieces.append(Piece(" …"))
    return Excerpt(part["line"], tuple(piece for piece in pieces if piece.text))


def _page(items: list[Mapping[str, Any]], number: int) -> Page:
    last_page = max(1, -(-len(items) // PAGE_ITEMS))
    number = min(max(1, number), last_page)
    first = (number - 1) * PAGE_ITEMS
    shown = tuple(items[first : first + PAGE_ITEMS])
    return Page(
        items=shown,
        first=first + 1,
        last=first + len(shown),
        listed=len(items),
        previous=number - 1 if number > 1 else None,
        next=number + 1 if number < last_page else None,
    )


def _tally(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    problems = report["problems"]
    errors = [problem for problem in problems if problem["severity"] == "error"]
    lines = sum(problem["line_count"] for problem in errors)
    if errors:
        kinds = "error" if len(errors) == 1 else "errors"
        on_lines = f" {kinds} on {words.plural(lines, 'line')}" if lines else f" {kinds}"
        yield words.count(len(errors)), on_lines
    warnings = len(problems) - len(errors)
    if warnings:
        yield words.count(warnings), " warning" if warnings == 1 else " warnings"
    rows = words.plural(report["rows_read"], "row")
    yield "", f"{rows} read, {words.size(report['bytes_read'])}"


def _headline(report: Mapping[str, Any], filename: str, errors: tuple[Block, ...]) -> str:
    if not errors:
        found, expected = words.count(report["queries_found"]), words.count(report["queries_expected"])
        depth = f", {report['depth']}" if report["depth"] else ""
        return f"{filename} is complete: {found} of {expected} queries{depth}."
    if len(errors) == 1 and errors[0].code in UNREADABLE:
        return f"{filename} cannot be read"
    return f"{filename} cannot be scored yet"


def _sentence(report: Mapping[str, Any], errors: tuple[Block, ...]) -> str:
    if errors:
        things = "this" if len(errors) == 1 else f"these {_in_words(len(errors))} things"
        return f"Nothing was charged and nothing was stored. Mend {things} and check again."
    if report["problems"]:
        return "It can be scored as it is. Look at what follows first: it is often a mistake."
    return "Nothing was charged. Describe the method and submit it."


def _in_words(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else words.count(number)
