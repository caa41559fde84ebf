"""Do what the command line asks of networks: everything that loads a learning framework.

What goes wrong is told as `baselines.guarding` says. Recipes that learn nothing are trained and ranked by `baselines.plain`.
"""

from __future__ import annotations

import shutil
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from baselines.catalogue import RecipeError
from baselines.guarding import guarded
from baselines.images import names_of, read_images
from baselines.inference.answer import Embedded, answer, fused, ranked
from baselines.inference.distances import Distances
from baselines.models.profile import profile
from baselines.ranking import write_ranking
from baselines.training.device import choose_device
from baselines.training.errors import RunError
from baselines.training.folder import EMBEDDINGS, EVENTS, PIXELS, Plan, check_folder, find_run, open_folder
from baselines.training.journal import Journal
from baselines.training.loop import arithmetic
from baselines.training.network import Workshop, load_trained
from baselines.training.session import Session
from baselines.training.speed import measure_speed


def guarded_learning(journal: Journal, work: Callable[[], None]) -> int:
    """Do the work as `guarded` does; a full memory of the GPU is a failure of the run too, and it can go on from there."""

    def told() -> None:
        try:
            work()
        except torch.OutOfMemoryError as error:
            raise RunError(f"the memory of the GPU is full ({str(error).splitlines()[0]})") from error

    return guarded(journal, told)


def train_command(options: Namespace) -> int:
    """Train a recipe into a new folder, or go on in one."""
    journal = Journal()
    return guarded_learning(journal, lambda: _train(options, journal))


def _train(options: Namespace, journal: Journal) -> None:
    plan, out = Plan.of(options.recipe, options.set, options.seed), options.out
    check_folder(plan, out, resume=options.resume)
    device = choose_device(options.device)
    open_folder(plan, out, journal)
    workshop = _workshop(plan, options, device, out, journal)
    Session(plan, workshop, options.data, out, spent=options.spent).run(resume=options.resume)
    _clear(options, workshop)


def rank_command(options: Namespace) -> int:
    """Write the ranking of a test or val folder by a trained run or several of them."""
    journal = Journal()
    return guarded_learning(journal, lambda: _rank(options, journal))


def _rank(options: Namespace, journal: Journal) -> None:
    (folder, plan), images = find_run(options.recipe), read_images(options.data)
    journal.file = folder / EVENTS
    journal.say("started", recipe=plan.recipe.slug, tracks=list(images.manifest.tracks))
    several = [found_by(word, options, journal) for word in (options.recipe, *options.fuse)]
    orders = ranked(images.manifest, fused(several) if options.fuse else several[0])
    count = write_ranking(orders, options.out)
    journal.say("written", file=str(options.out), queries=count)


def extract_command(options: Namespace) -> int:
    """Write the features of a test or val folder by a trained run."""
    journal = Journal()

    def work() -> None:
        folder, plan = find_run(options.run)
        embedded = embed(plan, folder, options, journal, out=options.out)
        journal.say("written", file=str(options.out), images=len(embedded.features))

    return guarded_learning(journal, work)


def found_by(word: str, options: Namespace, journal: Journal) -> dict[str, Distances]:
    """Return the distances of every track of the folder `options.data` by a run, its steps after extraction done."""
    folder, plan = find_run(word)
    return dict(answer(embed(plan, folder, options, journal), plan.recipe.table["test"]))


def embed(plan: Plan, folder: Path, options: Namespace, journal: Journal, *, out: Path | None = None) -> Embedded:
    """Return the features of the folder `options.data` by a run; they are kept as `embeddings.npz`, or as `out`."""
    if not plan.recipe.learns:
        raise RecipeError(f"{folder}: {plan.recipe.slug} learns nothing and has no features")
    workshop = _workshop(plan, options, choose_device(options.device), folder, journal)
    embedded = workshop.embedded(load_trained(workshop, folder), read_images(options.data), options.data)
    path = out or folder / EMBEDDINGS
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("wb") as file:
        np.savez(file, image_ids=np.array(names_of(embedded.manifest)), features=embedded.features)
    draft.replace(path)
    _clear(options, workshop)
    return embedded


def profile_command(options: Namespace) -> int:
    """Tell a network's size, and its speed on this machine if that is asked for."""
    journal = Journal()

    def work() -> None:
        plan = Plan.of(options.recipe, options.set, 0)
        if not plan.recipe.learns:
            raise RecipeError(f'"{plan.recipe.slug}" has no network')
        height, width = plan.recipe.table["data"]["size"]
        found = profile(plan.recipe.table["model"], classes=options.classes, size=(height, width))
        journal.say(
            "profile",
            recipe=plan.recipe.slug,
            size=[height, width],
            parameters=found.parameters,
            head_parameters=found.head_parameters,
            gmacs=round(found.gmacs, 4),
            activations=found.activations,
            dimensions=dict(found.dimensions),
        )
        if options.measure:
            _tell_speed(plan, options, journal)

    return guarded_learning(journal, work)


def _tell_speed(plan: Plan, options: Namespace, journal: Journal) -> None:
    device = choose_device(options.device)
    deterministic = plan.recipe.table["train"].get("loop", {}).get("deterministic", False)
    with arithmetic(device, deterministic=deterministic):
        speeds = measure_speed(plan.recipe, device, classes=options.classes, seconds=options.measure)
    for stage, speed in speeds.items():
        rates = {"images_per_s": round(speed.images_per_s, 1), "roofline": round(speed.roofline, 1)}
        journal.say("speed", stage=stage, device=device.type, **rates, share=round(speed.share, 3), bound=speed.bound)


def _workshop(plan: Plan, options: Namespace, device: torch.device, folder: Path, journal: Journal) -> Workshop:
    return Workshop(plan.recipe, device, options.cache or folder / PIXELS, journal)


def _clear(options: Namespace, workshop: Workshop) -> None:
    """Remove decoded pixels that nobody asked to keep: they are larger than all else in a run's folder."""
    if options.cache is None:
        shutil.rmtree(workshop.pixels, ignore_errors=True)
