"""The folder of a run: what is in it, and how a later command finds the recipe again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from baselines.catalogue import Recipe, RecipeError, overridden, recipe, with_additions
from baselines.training.files import write_whole
from baselines.training.journal import Journal

RECIPE, EVENTS, CHECKPOINT = "recipe.json", "events.jsonl", "checkpoint.pt"
WEIGHTS, PROVENANCE, EMBEDDINGS, PIXELS = "model.safetensors", "provenance.json", "embeddings.npz", "pixels"
PSEUDO_LABELS = "pseudo_labels_{round}.csv"


@dataclass(frozen=True)
class Plan:
    """Hold what decides a run: the recipe with its overrides, and the seed."""

    recipe: Recipe
    overrides: tuple[str, ...]
    seed: int

    @classmethod
    def of(cls, slug: str, overrides: Sequence[str], seed: int) -> Plan:
        """Return the plan of a recipe's slug; RecipeError for an unknown recipe or a refused override."""
        return cls(overridden(recipe(slug), overrides), tuple(overrides), seed)

    @property
    def sha256(self) -> str:
        """SHA-256 of the resolved tables and the seed: two runs with equal ones and equal data are the same."""
        content = {"slug": self.recipe.slug, "table": self.recipe.table, "seed": self.seed}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def write(self, folder: Path) -> None:
        """Write `recipe.json`."""
        content = {
            "schema": 1,
            "slug": self.recipe.slug,
            "title": self.recipe.title,
            "facets": list(self.recipe.facets),
            "overrides": list(self.overrides),
            "seed": self.seed,
            "sha256": self.sha256,
            "table": self.recipe.table,
        }
        write_json(folder / RECIPE, content)


def read_plan(folder: Path) -> Plan:
    """Return the plan of a run's folder; RecipeError if it is none."""
    path = folder / RECIPE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        chosen = recipe(content["slug"])
        # What was run counts, also where the recipe has changed since.
        chosen = replace(chosen, table=content["table"], facets=tuple(content["facets"]), title=content["title"])
        return Plan(chosen, tuple(content["overrides"]), int(content["seed"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecipeError(f"{path}: this is no folder of a run ({error})") from error


def find_run(word: str) -> tuple[Path, Plan]:
    """Return the folder and the plan of a run; `FOLDER+rerank` adds what acts after training alone.

    Raises
    ------
    RecipeError if the folder is none of a run, or if an addition is unknown or would have had to be trained with.
    """
    folder, added = split_run(word)
    plan = read_plan(folder)
    if not added:
        return folder, plan
    chosen = with_additions(plan.recipe, added)
    trained, own = ({key: table[key] for key in table if key != "test"} for table in (plan.recipe.table, chosen.table))
    if trained != own:
        raise RecipeError(f'"{word}": this addition changes training; train {chosen.slug}')
    return folder, replace(plan, recipe=chosen)


def split_run(word: str) -> tuple[Path, list[str]]:
    """Return the folder of a run and the additions behind it; the name of a folder may hold `+`, as those of recipes do."""
    words = word.split("+")
    for count in range(len(words), 0, -1):
        folder = Path("+".join(words[:count]))
        if (folder / RECIPE).is_file():
            return folder, words[count:]
    return Path(word), []


def check_folder(plan: Plan, out: Path, *, resume: bool) -> None:
    """Check that a plan may be run in a folder: a free one, or with `resume` its own; RecipeError says why it may not."""
    if (out / RECIPE).exists():
        if not resume:
            raise RecipeError(f"{out}: there is a run already; give --resume to go on with it, or another folder")
        if read_plan(out).sha256 != plan.sha256:
            raise RecipeError(f"{out}: the run there is of another recipe, seed or other overrides")
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RecipeError(f"{out} is in use: give a folder that does not exist or is empty")


def open_folder(plan: Plan, out: Path, journal: Journal) -> None:
    """Make the folder of a run if there is none, with its recipe; events go there from now on."""
    out.mkdir(parents=True, exist_ok=True)
    journal.file = out / EVENTS
    plan.write(out)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a table as JSON in one piece."""
    write_whole(path, (json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n").encode())
