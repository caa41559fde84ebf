"""List the recipes. This module loads no learning framework, so that the site may import it.

A recipe is a TOML file in `recipes/`: slug, title, kind (the program that answers), facets, a card for readers and, where
something is learned, the tables of `baselines.vocabulary`. `extends` names a recipe whose tables it takes and changes. An
*addition* is a file in `recipes/additions/`; `bot_r50+rerank` is the recipe `bot_r50` with the addition `rerank`. What a
recipe does at test decides its facets: nobody has to remember to declare them.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from baselines.fields import near
from baselines.post.facets import POST, PSEUDO
from baselines.schema import RecipeError, check_overrides, with_overrides
from baselines.vocabulary import RECIPE
from challenges.facets import in_order

__all__ = ["Addition", "Recipe", "RecipeError", "additions", "overridden", "read_recipe", "recipe", "recipes"]

FOLDER = Path(__file__).parent / "recipes"
KINDS = ("colour_texture", "random", "network")
_KEYS = {"slug": str, "title": str, "kind": str, "facets": list, "needs_gpu": bool, "card": dict}
_TABLES = tuple(RECIPE.keys)


@dataclass(frozen=True)
class Recipe:
    """Hold one method: its slug and title, the program that runs it, facets, the card for readers and its tables.

    `table` is empty where nothing is learned.
    """

    slug: str
    title: str
    kind: str
    facets: tuple[str, ...]
    needs_gpu: bool
    card: Mapping[str, str]
    table: Mapping[str, Any] = field(default_factory=dict)

    @property
    def learns(self) -> bool:
        """Whether the recipe has to be trained before it can answer."""
        return self.kind == "network"


@dataclass(frozen=True)
class Addition:
    """Hold what can be added to a learned recipe: its slug, the words behind the title, and the tables that it changes."""

    slug: str
    title: str
    card: Mapping[str, str]
    table: Mapping[str, Any]


@cache
def recipes() -> tuple[Recipe, ...]:
    """Return every recipe without additions, in the order of the slugs.

    Raises
    ------
    RecipeError for a recipe with a missing, unknown or ill-typed key.
    """
    return tuple(read_recipe(path) for path in sorted(FOLDER.glob("*.toml")))


@cache
def additions() -> tuple[Addition, ...]:
    """Return every addition, in the order of the slugs."""
    found = []
    for path in sorted((FOLDER / "additions").glob("*.toml")):
        table = _parsed(path)
        body = {key: table[key] for key in _TABLES if key in table}
        found.append(Addition(path.stem, table["title"], MappingProxyType(table["card"]), body))
    return tuple(found)


def recipe(slug: str) -> Recipe:
    """Return the recipe of this slug, with its additions (`bot_r50+rerank`); RecipeError names the nearest one."""
    base, *added = slug.split("+")
    known = {item.slug: item for item in recipes()}
    if base not in known:
        raise RecipeError(f'unknown recipe "{base}"{near(base, sorted(known))}')
    return with_additions(known[base], added)


def with_additions(chosen: Recipe, names: Iterable[str]) -> Recipe:
    """Return a recipe with additions on top; RecipeError names the nearest to an unknown one."""
    offered = {item.slug: item for item in additions()}
    for name in names:
        if name not in offered:
            raise RecipeError(f'unknown addition "{name}"{near(name, sorted(offered))}')
        chosen = _with_addition(chosen, offered[name])
    return chosen


def overridden(chosen: Recipe, lines: Iterable[str]) -> Recipe:
    """Return a recipe with overrides `key=value`, its facets anew; RecipeError names what the schema refuses."""
    table = with_overrides(chosen, check_overrides(chosen, lines))
    return replace(chosen, table=table, facets=in_order({*chosen.facets, *facets_of(table)})) if table else chosen


def facets_of(table: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the facets that a learned recipe's tables imply, in the vocabulary's order."""
    found = set()
    test = table.get("test", {})
    inference = test.get("inference", {})
    if inference.get("flip", "none") != "none" or inference.get("scales", [1.0]) not in ([1.0], []):
        found.add("tta")
    for step in test.get("post", []):
        found |= set(POST[step["kind"]])
    if pseudo := table.get("pseudo"):
        found |= set(PSEUDO[pseudo["variant"]])
    return in_order(found)


def read_recipe(path: Path) -> Recipe:
    """Read one recipe; RecipeError lists everything that is wrong with it."""
    table = _whole(path)
    known = (*_KEYS, *_TABLES)
    problems = [f'unknown key "{key}"{near(key, known)}' for key in sorted(set(table) - set(known))]
    problems += [f'"{key}" is missing' for key in _KEYS if key not in table]
    problems += [
        f'"{key}" must be a {kind.__name__}'
        for key, kind in _KEYS.items()
        if key in table and type(table[key]) is not kind
    ]
    if not problems:
        problems += _faults(table, path)
    if problems:
        raise RecipeError("\n".join(f"{path.name}: {problem}" for problem in problems))
    body = {key: table[key] for key in _TABLES if key in table}
    card = MappingProxyType({key: str(value) for key, value in table["card"].items()})
    facets = in_order({*table["facets"], *facets_of(body)})
    return Recipe(table["slug"], table["title"], table["kind"], facets, table["needs_gpu"], card, body)


def _whole(path: Path, below: Sequence[str] = ()) -> dict[str, Any]:
    """Return a recipe's tables on top of those that it extends."""
    own = _parsed(path)
    base = own.pop("extends", None)
    if base is None:
        return own
    parent = path.parent / f"{base}.toml"
    if not parent.is_file() or base in below:
        raise RecipeError(f'{path.name}: extends "{base}", which is no recipe beside it')
    return _merged(_whole(parent, (*below, path.stem)), own)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path.name}: {error}") from error


def _merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `change` on top: tables key by key, anything else replaced; another `kind` replaces its table."""
    merged = copy.deepcopy(dict(base))
    for key, value in change.items():
        old = merged.get(key)
        merges = (
            isinstance(value, dict) and isinstance(old, dict) and value.get("kind", old.get("kind")) == old.get("kind")
        )
        merged[key] = _merged(old, value) if merges and isinstance(old, dict) else copy.deepcopy(value)
    return merged


def _with_addition(chosen: Recipe, added: Addition) -> Recipe:
    if not chosen.learns:
        raise RecipeError(f'"{chosen.slug}" learns nothing: "{added.slug}" cannot be added')
    table = _merged(chosen.table, added.table)
    steps = [*chosen.table["test"].get("post", []), *added.table.get("test", {}).get("post", [])]
    if steps:
        table["test"]["post"] = copy.deepcopy(steps)
    if faults := RECIPE.faults(table, ""):
        raise RecipeError("\n".join(f"{chosen.slug}+{added.slug}: {fault}" for fault in faults))
    return replace(
        chosen,
        slug=f"{chosen.slug}+{added.slug}",
        title=f"{chosen.title} {added.title}",
        facets=in_order({*chosen.facets, *facets_of(table)}),
        card=MappingProxyType({**chosen.card, **added.card}),
        table=table,
    )


def _faults(table: Mapping[str, Any], path: Path) -> list[str]:
    """Return what is wrong with values of the right type."""
    problems = []
    if table["slug"] != path.stem:
        problems.append(f'the slug "{table["slug"]}" must be the file\'s name')
    if table["kind"] not in KINDS:
        problems.append(f'unknown kind "{table["kind"]}" (there are {", ".join(KINDS)})')
    try:
        in_order(table["facets"])
    except ValueError as error:
        problems.append(str(error))
    body = {key: table[key] for key in _TABLES if key in table}
    if table["kind"] == "network":
        problems += RECIPE.faults(body, "")
    elif body:
        problems.append(f'"{next(iter(body))}" is for the kind "network" alone')
    return problems
