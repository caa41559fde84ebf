"""Do what the command line asks: everything that loads images or a learning framework.

A command ends with 0, or with 2 for a wrong call or unusable data, 1 for a run that failed, 143 for one that was stopped;
in all but the first case with an event `failed` and one line on standard error.
"""

from __future__ import annotations

import errno
import shutil
import signal
import sys
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

import numpy as np
import torch

from baselines.catalogue import RecipeError, recipe
from baselines.images import DataError, names_of, read_images
from baselines.inference.answer import Embedded, answer, fused, ranked
from baselines.models.errors import ModelError, WeightError
from baselines.models.profile import profile
from baselines.ranking import rank, write_ranking
from baselines.training.errors import RunError, StoppedError
from baselines.training.folder import EMBEDDINGS, EVENTS, PIXELS, PROVENANCE, RECIPE, Plan, read_plan, write_json
from baselines.training.journal import Journal
from baselines.training.network import Workshop, choose_device, load_trained
from baselines.training.provenance import environment, peak_bytes
from baselines.training.session import Session

FINE, FAILED, WRONG_CALL, STOPPED = 0, 1, 2, 143


def guarded(journal: Journal, work: Callable[[], None]) -> int:
    """Do the work and return the exit status; what goes wrong in a foreseen way is told in one line."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        journal.stop()

    before = signal.signal(signal.SIGTERM, stop)
    try:
        work()
    except (RunError, DataError, WeightError, RecipeError, ModelError, torch.OutOfMemoryError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        return _failed(journal, error)
    finally:
        signal.signal(signal.SIGTERM, before)
    return FINE


def _failed(journal: Journal, error: Exception) -> int:
    """Tell why the work failed, in one line, and return the exit status."""
    reason = "; ".join(str(error).splitlines())
    if isinstance(error, torch.OutOfMemoryError):
        reason = f"the memory of the GPU is full ({str(error).splitlines()[0]})"
    elif isinstance(error, OSError):
        reason = f"{error.filename or 'a file'} cannot be written ({error.strerror})"
    print(f"baselines: {reason}", file=sys.stderr)  # noqa: T201 (the command's own voice)
    resumable = error.resumable if isinstance(error, RunError) else not isinstance(error, RecipeError | ModelError)
    # Where the folder is full, standard output gets the event before this is raised.
    with suppress(RunError):
        journal.say("failed", reason=reason, resumable=resumable)
    if isinstance(error, StoppedError):
        return STOPPED
    return WRONG_CALL if isinstance(error, DataError | WeightError | RecipeError | ModelError) else FAILED


def train_command(options: Namespace) -> int:
    """Train a recipe into a new folder, or go on in one."""
    journal = Journal()
    return guarded(journal, lambda: _train(options, journal))


def _train(options: Namespace, journal: Journal) -> None:
    plan = Plan.of(options.recipe, options.set, options.seed)
    out: Path = options.out
    if (out / RECIPE).exists():
        if not options.resume:
            raise RecipeError(f"{out}: there is a run already; give --resume to go on with it, or another folder")
        if read_plan(out).sha256 != plan.sha256:
            raise RecipeError(f"{out}: the run there is of another recipe, seed or other overrides")
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RecipeError(f"{out} is in use: give a folder that does not exist or is empty")
    device = choose_device(options.device)
    out.mkdir(parents=True, exist_ok=True)
    journal.file = out / EVENTS
    plan.write(out)
    if not plan.recipe.learns:
        fields = {"recipe": plan.recipe.slug, "seed": plan.seed, "device": "cpu"}
        journal.say("started", **fields, iterations=0, epochs=0, resumed_at=0)
        write_json(out / PROVENANCE, {"schema": 1, "recipe_sha256": plan.sha256, **environment(torch.device("cpu"))})
        journal.say("finished", seconds=0.0, peak_bytes=peak_bytes(device), facets=list(plan.recipe.facets))
        return
    workshop = _workshop(plan, options, device, out, journal)
    Session(plan, workshop, options.data, out).run(resume=options.resume)
    _clear(options, workshop)


def rank_command(options: Namespace) -> int:
    """Write the ranking of a test or val folder by a trained run, several of them, or a recipe that learns nothing."""
    journal = Journal()
    return guarded(journal, lambda: _rank(options, journal))


def _rank(options: Namespace, journal: Journal) -> None:
    folder = Path(options.recipe)
    is_run = (folder / RECIPE).is_file()
    plan = read_plan(folder) if is_run else Plan(recipe(options.recipe), (), options.seed or 0)
    if not is_run and plan.recipe.learns:
        raise RecipeError(f'"{plan.recipe.slug}" has to learn first: train it, then rank with the run\'s folder')
    images = read_images(options.data)
    if is_run:
        journal.file = folder / EVENTS
    journal.say("started", recipe=plan.recipe.slug, tracks=list(images.manifest.tracks))
    if plan.recipe.learns:
        several = []
        for one in (folder, *options.fuse):
            run = read_plan(one)
            several.append(dict(answer(embed(run, one, options, journal), run.recipe.table["test"])))
        orders = ranked(images.manifest, fused(several) if options.fuse else several[0])
    else:
        seed = plan.seed if options.seed is None else options.seed
        orders = rank(plan.recipe, images, seed=seed, progress=journal.progress("extract"))
    count = write_ranking(orders, options.out)
    journal.say("written", file=str(options.out), queries=count)


def extract_command(options: Namespace) -> int:
    """Write the features of a test or val folder by a trained run."""
    journal = Journal()

    def work() -> None:
        folder = Path(options.run)
        embedded = embed(read_plan(folder), folder, options, journal, out=options.out)
        journal.say("written", file=str(options.out), images=len(embedded.features))

    return guarded(journal, work)


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
    """Tell a network's size."""
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
            dimensions=dict(found.dimensions),
        )

    return guarded(journal, work)


def _workshop(plan: Plan, options: Namespace, device: torch.device, folder: Path, journal: Journal) -> Workshop:
    return Workshop(plan.recipe, device, options.cache or folder / PIXELS, journal)


def _clear(options: Namespace, workshop: Workshop) -> None:
    """Remove decoded pixels that nobody asked to keep: they are larger than all else in a run's folder."""
    if options.cache is None:
        shutil.rmtree(workshop.pixels, ignore_errors=True)
