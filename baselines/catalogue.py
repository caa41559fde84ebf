"""List the recipes. This module loads no learning framework, so that the site may import it.

A recipe is a TOML file in `recipes/`: slug, title, kind (the program that answers), facets and a card for readers.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from challenges.facets import in_order

FOLDER = Path(__file__).parent / "recipes"
KINDS = ("colour_texture", "random")
_KEYS = {"slug": str, "title": str, "kind": str, "facets": list, "needs_gpu": bool, "card": dict}


class RecipeError(ValueError):
    """Say which recipe is wrong or unknown, and how to mend it."""


@dataclass(frozen=True)
class Recipe:
    """Hold one method: its slug and title, the program that runs it, declared facets and the card for readers."""

    slug: str
    title: str
    kind: str
    facets: tuple[str, ...]
    needs_gpu: bool
    card: Mapping[str, str]


@cache
def recipes() -> tuple[Recipe, ...]:
    """Return every recipe in the order of the slugs.

    Raises
    ------
    RecipeError for a recipe with a missing, unknown or ill-typed key.
    """
    return tuple(read_recipe(path) for path in sorted(FOLDER.glob("*.toml")))


def recipe(slug: str) -> Recipe:
    """Return the recipe of this slug; RecipeError names the nearest one if there is none."""
    known = {item.slug: item for item in recipes()}
    if slug not in known:
        near = difflib.get_close_matches(slug, sorted(known), n=1)
        hint = f' (did you mean "{near[0]}"?)' if near else f" (there are {', '.join(sorted(known))})"
        raise RecipeError(f'unknown recipe "{slug}"{hint}')
    return known[slug]


def read_recipe(path: Path) -> Recipe:
    """Read one recipe; RecipeError lists everything that is wrong with it."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path.name}: {error}") from error
    problems = [f'unknown key "{key}"{_nearest(key)}' for key in sorted(set(table) - set(_KEYS))]
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
    card = MappingProxyType({key: str(value) for key, value in table["card"].items()})
    return Recipe(table["slug"], table["title"], table["kind"], in_order(table["facets"]), table["needs_gpu"], card)


def _nearest(key: str) -> str:
    near = difflib.get_close_matches(key, _KEYS, n=1)
    return f' (did you mean "{near[0]}"?)' if near else ""


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
    return problems
