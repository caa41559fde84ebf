"""What the keys of a recipe may hold: a tree of leaves and tables that notes every fault of what is held against it.

`Value` is a leaf with its type, range and choices, `Table` a set of named keys, `Kinds` a table whose key `kind` decides
the other keys, `Rows` an ordered list of tables. Faults name the dotted place, and an unknown key the nearest known one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True)
class Value:
    """Describe a leaf: its type (int, float, bool, str), bounds or choices; `count` > 0 makes it a list of that length.

    An integer is taken where a number is asked for. `count` = -1 is a list of any length.
    """

    kind: type
    low: float | None = None
    high: float | None = None
    choices: tuple[Any, ...] = ()
    count: int = 0

    def faults(self, value: Any, place: str) -> list[str]:
        """Return what is wrong with a value at this place."""
        if self.count == 0:
            return self._faults_of_one(value, place)
        if not isinstance(value, list) or (self.count > 0 and len(value) != self.count):
            size = f"{self.count} values" if self.count > 0 else "values"
            return [f"{place} must be a list of {size}"]
        return [fault for index, one in enumerate(value) for fault in self._faults_of_one(one, f"{place}.{index}")]

    def _faults_of_one(self, value: Any, place: str) -> list[str]:
        taken = (int, float) if self.kind is float else (self.kind,)
        # bool is an int in Python, but true is no number of identities.
        if not isinstance(value, taken) or (isinstance(value, bool) and self.kind is not bool):
            return [f"{place} must be a {_WORDS[self.kind]}, not {value!r}"]
        if self.choices and value not in self.choices:
            return [
                f"{place} must be one of {', '.join(map(str, self.choices))}, not {value!r}{near(value, self.choices)}"
            ]
        if isinstance(value, str):
            return []
        number = cast("float", value)
        # Written so that a value that is no number (nan) is outside.
        if (self.low is not None and not number >= self.low) or (self.high is not None and not number <= self.high):
            return [f"{place} must be {self._range()}, not {value!r}"]
        return []

    def _range(self) -> str:
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        return f"{self.low:g} or more" if self.low is not None else f"{self.high:g} or less"


@dataclass(frozen=True)
class Table:
    """Describe a table: what each key holds, and which keys must be there."""

    keys: Mapping[str, Node]
    required: frozenset[str] = frozenset()

    def faults(self, value: Any, place: str) -> list[str]:
        """Return what is wrong with a table at this place and below."""
        if not isinstance(value, Mapping):
            return [f"{place or 'the recipe'} must be a table"]
        found = [f'unknown key "{_joined(place, key)}"{near(key, self.keys)}' for key in value if key not in self.keys]
        found += [f"{_joined(place, key)} is missing" for key in sorted(self.required - set(value))]
        for key, node in self.keys.items():
            if key in value:
                found += node.faults(value[key], _joined(place, key))
        return found


@dataclass(frozen=True)
class Kinds:
    """Describe a table whose key `kind` names one of several tables."""

    kinds: Mapping[str, Table]

    def faults(self, value: Any, place: str) -> list[str]:
        """Return what is wrong with the table at this place."""
        if not isinstance(value, Mapping):
            return [f"{place} must be a table"]
        kind = value.get("kind")
        if kind not in self.kinds:
            return [f"{place}.kind must be one of {', '.join(self.kinds)}, not {kind!r}{near(kind, self.kinds)}"]
        return self.of(str(kind)).faults(value, place)

    def of(self, kind: str) -> Table:
        """Return the table of one kind, the key `kind` itself included."""
        table = self.kinds[kind]
        return Table({"kind": Value(str), **table.keys}, table.required | {"kind"})


@dataclass(frozen=True)
class Rows:
    """Describe an ordered list of tables."""

    of: Table | Kinds
    least: int = 0

    def faults(self, value: Any, place: str) -> list[str]:
        """Return what is wrong with the list at this place."""
        if not isinstance(value, list) or len(value) < self.least:
            return [f"{place} must be a list of {'at least ' + str(self.least) + ' ' if self.least else ''}tables"]
        return [fault for index, one in enumerate(value) for fault in self.of.faults(one, f"{place}.{index}")]


Node = Value | Table | Kinds | Rows


def near(word: Any, known: Iterable[Any], *, prefix: str = "", rest: Sequence[str] = ()) -> str:
    """Return the hint with the nearest known name, spelled as the whole dotted key where a prefix is given."""
    names = [str(name) for name in known]
    close = difflib.get_close_matches(str(word), names, n=1)
    if not close:
        return f" (there are {', '.join(names)})" if names and not isinstance(word, bool) else ""
    if prefix:
        before = prefix.split(".")[: -1 - len(rest)]
        return f' (did you mean "{".".join([*before, close[0], *rest])}"?)'
    return f' (did you mean "{close[0]}"?)'


def _joined(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


_WORDS = {int: "whole number", float: "number", bool: "boolean (true or false)", str: "text"}
