"""Train and rank with recipes that learn nothing; no learning framework is loaded, so that they run where there is none."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from baselines.catalogue import RecipeError, recipe
from baselines.guarding import guarded
from baselines.images import read_images
from baselines.ranking import rank, write_ranking
from baselines.training.folder import (
    EVENTS,
    PROVENANCE,
    RECIPE,
    Plan,
    check_folder,
    open_folder,
    read_plan,
    split_run,
    write_json,
)
from baselines.training.journal import Journal
from baselines.training.provenance import environment, peak_bytes


def needs_network(options: Namespace) -> bool:
    """Return whether `train` or `rank` is asked for a network; what cannot be read is refused by the commands here."""
    try:
        if options.command == "train":
            return recipe(options.recipe).learns
        folder, _ = split_run(options.recipe)
        return (folder / RECIPE).is_file() and read_plan(folder).recipe.learns
    except RecipeError:
        return False


def train_command(options: Namespace) -> int:
    """Leave in a new folder, or in the run's own, all that a run of a recipe that learns nothing consists of."""
    journal = Journal()
    return guarded(journal, lambda: _train(options, journal))


def _train(options: Namespace, journal: Journal) -> None:
    plan, out = Plan.of(options.recipe, options.set, options.seed), options.out
    check_folder(plan, out, resume=options.resume)
    open_folder(plan, out, journal)
    fields = {"recipe": plan.recipe.slug, "seed": plan.seed, "device": "cpu"}
    journal.say("started", **fields, iterations=0, epochs=0, resumed_at=0)
    write_json(out / PROVENANCE, {"schema": 1, "recipe_sha256": plan.sha256, **environment()})
    journal.say("finished", seconds=0.0, peak_bytes=peak_bytes(), facets=list(plan.recipe.facets))


def rank_command(options: Namespace) -> int:
    """Write the ranking of a test or val folder by a recipe that learns nothing, or a run of one."""
    journal = Journal()
    return guarded(journal, lambda: _rank(options, journal))


def _rank(options: Namespace, journal: Journal) -> None:
    folder = Path(options.recipe)
    is_run = (folder / RECIPE).is_file()
    plan = read_plan(folder) if is_run else Plan(recipe(options.recipe), (), options.seed or 0)
    if plan.recipe.learns:
        raise RecipeError(f'"{plan.recipe.slug}" has to learn first: train it, then rank with the run\'s folder')
    images = read_images(options.data)
    if is_run:
        journal.file = folder / EVENTS
    journal.say("started", recipe=plan.recipe.slug, tracks=list(images.manifest.tracks))
    seed = plan.seed if options.seed is None else options.seed
    orders = rank(plan.recipe, images, seed=seed, progress=journal.progress("extract"))
    count = write_ranking(orders, options.out)
    journal.say("written", file=str(options.out), queries=count)


def refuse_without_pytorch(_options: Namespace) -> int:
    """Tell in place of a command on networks what is missing, and return the exit status of a wrong call."""
    return guarded(Journal(), _refuse)


def _refuse() -> None:
    raise RecipeError("PyTorch is not installed: make install-baselines")
