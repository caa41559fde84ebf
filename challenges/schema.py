"""Declare every key of `challenge.toml`: its kind, whether it must be there, and what it means.

The reader walks these tables; the README lists the same keys, and a test compares the two.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from challenges.errors import did_you_mean

# A word here is a path of the site or a label of its own, so nothing from outside may be called so.
_RESERVED = (
    "about account accounts admin agora all api archive assets audit baselines board catalogue challenges "
    "check compare competitions compute data download downloads edit entries evaluations export favicon "
    "files health help home host invitations join leaderboard leaderboards login logout macro me media "
    "micro new notifications overall overview password phases private profile public queue reports robots "
    "rules runs search session sessions settings signin signup staff static status submissions submit "
    "team teams terms tokens tracks uploads user users www "
)
RESERVED_SLUGS = frozenset(_RESERVED.split())
TAGS = ("synthetic", "archive")
STATUSES = ("source", "assumed", "unknown")
UNITS = ("images", "rows", "file")
ROLES = ("challenge entry", "organiser baseline")
METRICS = ("rank-1", "rank-2", "rank-5", "rank-10", "rank-20", "rank-50", "mAP", "mINP")

Check = Callable[[Any], str | None]


@dataclass(frozen=True)
class Kind:
    """Describe what a value may be: `name` is said in messages, `check` returns what is wrong or None."""

    name: str
    check: Check


@dataclass(frozen=True)
class Key:
    """Describe one key of a table. `table` is set for a nested table; `many` if it is an array of tables."""

    name: str
    kind: Kind
    meaning: str
    required: bool = True
    default: Any = None
    table: "Table | None" = None
    many: bool = False


@dataclass(frozen=True)
class Table:
    """Name the keys that one table of the file may have."""

    keys: tuple[Key, ...]

    def names(self) -> tuple[str, ...]:
        """Return the names of the keys in the order of the specification."""
        return tuple(key.name for key in self.keys)


def _expected(name: str, value: object) -> str:
    shown = {
        bool: "a boolean",
        int: "an integer",
        float: "a decimal number",
        str: "a string",
        list: "a list",
        dict: "a table",
    }
    return f"expected {name}, found {shown.get(type(value), type(value).__name__)}"


def _line(value: Any) -> str | None:
    if not isinstance(value, str):
        return _expected("a string", value)
    if not value.strip():
        return "is empty"
    return "must be one line" if "\n" in value else None


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        return _expected("a string", value)
    return None if value.strip() else "is empty"


def _lines(value: Any) -> str | None:
    if not isinstance(value, list):
        return _expected("a list of strings", value)
    for position, item in enumerate(value, 1):
        if fault := _line(item):
            return f"item {position} {fault}" if not fault.startswith("expected") else f"item {position}: {fault}"
    return None


def _integer(low: int) -> Kind:
    def check(value: Any) -> str | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return _expected("an integer", value)
        return f"is {value}, must be at least {low}" if value < low else None

    return Kind(f"integer ≥ {low}", check)


def _instant(value: Any) -> str | None:
    if not isinstance(value, datetime):
        return f"{_expected('a date and time', value)}; write it without quotes, such as 2026-11-21T14:00:00Z"
    return None if value.tzinfo else "has no time zone; end it with Z for UTC, such as 2026-11-21T14:00:00Z"


def _slug(pattern: str, words: str) -> Kind:
    allowed = re.compile(pattern)

    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            return _expected("a string", value)
        if not allowed.fullmatch(value):
            return f'"{value}" is no slug: {words}'
        return f'"{value}" is a reserved word; choose another' if value in RESERVED_SLUGS else None

    return Kind("slug", check)


def _choice(*known: str) -> Kind:
    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            return _expected("a string", value)
        if value in known:
            return None
        return f'"{value}" is not one of {", ".join(known)}{did_you_mean(value, known)}'

    return Kind(" or ".join(f"`{word}`" for word in known), check)


def _choices(*known: str) -> Kind:
    one = _choice(*known)

    def check(value: Any) -> str | None:
        if fault := _lines(value):
            return fault
        if fault := next((fault for item in value if (fault := one.check(item))), None):
            return fault
        return "names something twice" if len(set(value)) < len(value) else None

    return Kind(f"list of {one.name}", check)


def _open_table(value: Any) -> str | None:
    return None if isinstance(value, Mapping) else _expected("a table", value)


def _path(value: Any) -> str | None:
    if fault := _line(value):
        return fault
    inside = not value.startswith("/") and "\\" not in value and ".." not in value.split("/")
    return None if inside else f'"{value}" leads outside the folder'


_HYPHENED = "lower-case letters, digits and single hyphens, 2 to 40 characters, beginning with a letter"
_UNDERSCORED = "lower-case letters, digits and single underscores, 2 to 40 characters, beginning with a letter"
LINE = Kind("one line of text", _line)
TEXT = Kind("text", _text)
LINES = Kind("list of lines", _lines)
POSITIVE = _integer(1)
INSTANT = Kind("date and time with zone", _instant)
SLUG = _slug(r"(?=.{2,40}$)[a-z][a-z0-9]*(-[a-z0-9]+)*", _HYPHENED)
TRACK_SLUG = _slug(r"(?=.{2,40}$)[a-z][a-z0-9]*(_[a-z0-9]+)*", _UNDERSCORED)
OPEN_TABLE = Kind("table", _open_table)
NESTED = Kind("nested table", lambda _: None)  # its own keys are checked instead
PATH = Kind("path inside the folder", _path)
METRIC = _choice(*METRICS)
METRIC_LIST = _choices(*METRICS)
TAG_LIST = _choices(*TAGS)
STATUS = _choice(*STATUSES)
UNIT = _choice(*UNITS)
