"""Write nested tables for a page: a run's configuration as TOML, with what overrides changed, and its environment as terms."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_Names = frozenset[str]


@dataclass(frozen=True)
class Line:
    """One line of the file."""

    text: str
    is_overridden: bool = False


def toml_lines(table: Mapping[str, Any], overrides: Sequence[str]) -> list[Line]:
    """Return the lines of nested tables as TOML; `overrides` are `key=value` with dotted keys, in which a row of a list is called
    by its index, its name or its kind.
    """
    changed = [tuple(line.partition("=")[0].strip().split(".")) for line in overrides]
    lines = list(_lines(table, "", (), changed))
    return lines[1:] if lines and not lines[0].text else lines


def leaves(mapping: Mapping[str, Any], name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the values of nested tables by their dotted names, for a list of terms."""
    for key, value in mapping.items():
        dotted = f"{name}.{key}" if name else str(key)
        if isinstance(value, dict):
            yield from leaves(value, dotted)
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield dotted, text


def _lines(
    table: Mapping[str, Any], name: str, path: tuple[_Names, ...], changed: Sequence[tuple[str, ...]]
) -> Iterator[Line]:
    for key, value in table.items():
        if not _is_table(value) and not _is_rows(value):
            yield Line(f"{key} = {_value(value)}", _is_changed((*path, frozenset({key})), changed))
    for key, value in table.items():
        dotted, below = f"{name}.{key}" if name else key, (*path, frozenset({key}))
        if _is_table(value):
            yield Line("")
            yield Line(f"[{dotted}]")
            yield from _lines(value, dotted, below, changed)
        elif _is_rows(value):
            for place, row in enumerate(value):
                called = frozenset({str(place), *(str(row[word]) for word in ("name", "kind") if word in row)})
                yield Line("")
                yield Line(f"[[{dotted}]]")
                yield from _lines(row, dotted, (*below, called), changed)


def _is_changed(path: tuple[_Names, ...], changed: Sequence[tuple[str, ...]]) -> bool:
    return any(
        len(key) == len(path) and all(word in names for word, names in zip(key, path, strict=True)) for key in changed
    )


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _value(value: object) -> str:
    if isinstance(value, float):
        return repr(value)
    # Texts, whole numbers, booleans and lists of them are written the same in JSON.
    return json.dumps(value, ensure_ascii=False)
