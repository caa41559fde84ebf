"""Check recipes and overrides against the vocabulary; no learning framework is loaded, so that the site may import it."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from baselines.fields import Kinds, Node, Rows, Table, Value, near
from baselines.vocabulary import RECIPE


class RecipeError(ValueError):
    """Say which recipe, key or value is wrong or unknown, and how to mend it."""


class HasTable(Protocol):
    """What is overridden: a recipe with its tree of tables."""

    @property
    def slug(self) -> str:
        """Name of the recipe."""

    @property
    def table(self) -> Mapping[str, Any]:
        """Tables by name."""


def check_overrides(recipe: HasTable, lines: Iterable[str]) -> dict[str, Any]:
    """Return overrides `a.b=value` as dotted key → value, checked against the schema.

    A value is TOML; a bare word is text. A row of a list is named by its index or by its kind or name, so
    `train.losses.triplet.margin=0.3` and `train.losses.1.margin=0.3` are the same.

    Raises
    ------
    RecipeError for a line without `=`, a key that the recipe cannot have (with the nearest one), or a value out of range.
    """
    overrides = {}
    for line in lines:
        key, equals, text = line.partition("=")
        if not equals:
            raise RecipeError(f'override "{line}": write key=value')
        overrides[key.strip()] = _parsed(text.strip())
    with_overrides(recipe, overrides)
    return overrides


def with_overrides(recipe: HasTable, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a recipe's tables with these dotted keys set; RecipeError if the result is no valid recipe."""
    table: dict[str, Any] = copy.deepcopy(dict(recipe.table))
    for key, value in overrides.items():
        if not recipe.table:
            raise RecipeError(f'"{recipe.slug}" learns nothing and has no key to set ("{key}")')
        _set(table, RECIPE, key.split("."), value, key)
    if found := RECIPE.faults(table, "") if table else []:
        raise RecipeError("\n".join(found))
    return table


def _set(table: Any, node: Node, keys: Sequence[str], value: Any, whole: str) -> None:
    """Set one dotted key below `table`; the schema decides which keys there are."""
    head, rest = keys[0], keys[1:]
    if isinstance(node, Rows):
        place = _row(table, head, whole)
        if not rest:
            raise RecipeError(f'"{whole}" is a table; name one of its keys')
        _set(table[place], node.of, rest, value, whole)
        return
    known = node.of(table["kind"]) if isinstance(node, Kinds) else node
    if not isinstance(known, Table) or head not in known.keys:
        keys_here = known.keys if isinstance(known, Table) else ()
        raise RecipeError(f'unknown key "{whole}"{near(head, keys_here, prefix=whole, rest=rest)}')
    below = known.keys[head]
    if not rest:
        if not isinstance(below, Value):
            raise RecipeError(f'"{whole}" is a table; name one of its keys')
        table[head] = value
        return
    if isinstance(below, Value):
        raise RecipeError(f'"{whole}": {head} has no keys')
    _set(table.setdefault(head, [] if isinstance(below, Rows) else {}), below, rest, value, whole)


def _row(rows: Sequence[Mapping[str, Any]], head: str, whole: str) -> int:
    """Return which row of a list a part of a key names: an index, a kind or a name."""
    if head.isdigit() and int(head) < len(rows):
        return int(head)
    named = [str(row.get("name", row.get("kind"))) for row in rows]
    if named.count(head) != 1:
        several = "names several rows; give an index" if head in named else "is not there"
        raise RecipeError(f'unknown key "{whole}": "{head}" {several} (there are {", ".join(named) or "none"})')
    return named.index(head)


def _parsed(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
