"""Measure training against a plain loop of the same network: ``python -m baselines.bench [--recipe SLUG] [--data RELEASE]``.

The yardstick is the loop of a textbook: a DataLoader whose workers decode, resize and augment picture by picture, and the
same network, losses, optimiser, batches and precision. Both are measured in turns. The seconds of the first batch, in which
workers start, are left out on both sides, and so is decoding into the cache, which happens once in the life of a data
set and has a line of its own.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from baselines.augment.erasing import ATTEMPTS, IMAGENET_MEAN
from baselines.catalogue import Recipe, recipe, recipes
from baselines.data import TrainingSet, build_sampler, read_training_set
from baselines.data.cache import FILTERS
from baselines.images import read_picture
from baselines.training.device import choose_device
from baselines.training.journal import Journal
from baselines.training.loop import Loop
from baselines.training.network import Workshop
from baselines.training.speed import practice, wait_for
from challenges.synth import synthesize
from scoring.measuring import Row, show

LEAST = {"cpu": 0.95, "cuda": 1.3}
"""How many images a second there must be for one of the plain loop."""
_SEED = 1
_IDENTITIES = 16
_NEVER = 1_000_000


class Spent(NamedTuple):
    """Hold seconds by the clock, and of the processors, workers included."""

    seconds: float
    processor_seconds: float


@dataclass(frozen=True)
class Bench:
    """Hold what both loops share, and how much of it is measured."""

    recipe: Recipe
    images: TrainingSet
    device: torch.device
    folder: Path
    batches: int
    rounds: int

    def rows(self) -> Iterator[Row]:
        """Measure and yield the lines of the table."""
        workshop = Workshop(self.recipe, self.device, self.folder, Journal(stream=io.StringIO()))
        start = _spent()
        cache = workshop.cached(self.images.paths)
        yield Row(f"decoding {len(self.images):,} pictures once", *_since(start))
        ours, plain = self._ours(workshop, cache.resident(self.device)), self._plain(workshop)
        rounds = [(plain(number), ours(number)) for number in range(self.rounds)]
        yardstick, own = (_median([one[place] for one in rounds]) for place in range(2))
        batch = self._rows_of_batches(0).shape[1]
        yield Row(f"{self.recipe.slug}: a batch of {batch}, plain loop, {_workers()} workers", *yardstick, 1.0)
        ratio = statistics.median(one[0].seconds / one[1].seconds for one in rounds)
        yield Row(f"{self.recipe.slug}: a batch of {batch}, ours", *own, ratio, least_ratio=LEAST[self.device.type])

    def _rows_of_batches(self, number: int) -> NDArray[np.int64]:
        table = self.recipe.table["train"]["sampler"] | {"iters_per_epoch": self.batches + 1}
        return build_sampler(table, training_set=self.images, seed=_SEED).epoch(number)

    def _loop(self, workshop: Workshop, pixels: Tensor) -> Loop:
        sampler = build_sampler(self.recipe.table["train"]["sampler"], training_set=self.images, seed=_SEED)
        return practice(workshop, pixels, self.images, sampler)

    def _ours(self, workshop: Workshop, pixels: Tensor) -> Callable[[int], Spent]:
        loop = self._loop(workshop, pixels)
        loop.model.train()

        def measured(number: int) -> Spent:
            batches = self._on_device(self._rows_of_batches(number))
            return self._timed(loop.step(place, batch) for place, batch in enumerate(batches))

        return measured

    def _plain(self, workshop: Workshop) -> Callable[[int], Spent]:
        # The same parts as ours; its own are the pictures and the order of the work.
        parts = self._loop(workshop, torch.empty(0, device=self.device))
        model, criterion, optimisers, schedule = parts.model, parts.criterion, parts.optimisers, parts.schedule
        pictures = PlainPictures(self.images, self.recipe.table)
        model.train()

        def steps(number: int) -> Iterator[None]:
            loader = DataLoader(
                pictures,
                batch_sampler=self._rows_of_batches(number).tolist(),
                num_workers=_workers(),
                pin_memory=self.device.type == "cuda",
            )
            for place, (images, labels) in enumerate(loader):
                optimisers.set_rates(schedule, place)
                images, labels = (given.to(self.device, non_blocking=True) for given in (images, labels))  # noqa: PLW2901
                with torch.autocast(self.device.type, torch.bfloat16, enabled=workshop.half):
                    output = model(images, labels)
                total, _ = criterion(output, labels)
                optimisers.zero_grad()
                total.backward()
                optimisers.step()
                yield

        return lambda number: self._timed(steps(number))

    def _timed(self, steps: Iterator[object]) -> Spent:
        """Return what a batch costs, the first one left out."""
        next(steps)
        wait_for(self.device)
        start = _spent()
        for _ in steps:
            pass
        wait_for(self.device)
        return Spent(*(value / self.batches for value in _since(start)))

    def _on_device(self, values: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(values).to(self.device)


class PlainPictures(Dataset[tuple[Tensor, int]]):
    """Decode, resize, pad, crop, flip, normalise and erase one picture at a time, as BoT's recipe says."""

    def __init__(self, images: TrainingSet, table: Any) -> None:
        data = table["data"]
        self.images, self.size, self.resample = images, data["size"], FILTERS[data["resize"]]
        self.mean, self.std = (torch.tensor(data[key])[:, None, None] for key in ("mean", "std"))
        self.steps = {step["kind"]: step for step in table["train"]["augment"]}

    def __getitem__(self, place: int) -> tuple[Tensor, int]:
        """Return a picture, float32 (3, height, width), and its label."""
        height, width = self.size
        pixels = read_picture(self.images.paths[place], width=width, height=height, resample=self.resample)
        pad = self.steps["pad_crop"]["pad"]
        framed = np.pad(pixels, ((pad, pad), (pad, pad), (0, 0)))
        top, left = random.randint(0, 2 * pad), random.randint(0, 2 * pad)  # noqa: S311
        pixels = framed[top : top + height, left : left + width]
        if random.random() < self.steps["flip"]["p"]:  # noqa: S311
            pixels = pixels[:, ::-1]
        image = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1))).float().div_(255)
        if random.random() < self.steps["erase"]["p"]:  # noqa: S311
            self._erase(image)
        return image.sub_(self.mean).div_(self.std), int(self.images.labels[place])

    def _erase(self, image: Tensor) -> None:
        height, width = self.size
        low, high = np.log(self.steps["erase"]["ratio"])
        for _ in range(ATTEMPTS):
            pixels = random.uniform(*self.steps["erase"]["area"]) * height * width  # noqa: S311
            aspect = np.exp(random.uniform(low, high))  # noqa: S311
            tall, broad = round((pixels * aspect) ** 0.5), round((pixels / aspect) ** 0.5)
            if tall < height and broad < width:
                top, left = random.randint(0, height - tall), random.randint(0, width - broad)  # noqa: S311
                image[:, top : top + tall, left : left + broad] = torch.tensor(IMAGENET_MEAN)[:, None, None]
                return


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table; return 0, whatever it reaches."""
    parser = argparse.ArgumentParser(prog="python -m baselines.bench", description="Measure training.")
    # The plain loop knows BoT's three augmentations alone.
    slugs = [item.slug for item in recipes() if item.slug.startswith("bot_")]
    parser.add_argument("--recipe", choices=slugs, help="bot_r50 on a GPU and bot_r50_tiny on a CPU, if not given")
    parser.add_argument("--data", type=Path, metavar="DIR", help="public folder of a release (AG-Synth, made anew)")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--batches", type=int, default=30, metavar="N", help="batches measured in a round (30)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="rounds; medians count (5)")
    options = parser.parse_args(arguments)
    device = choose_device(options.device)
    chosen = recipe(options.recipe or ("bot_r50_tiny" if device.type == "cpu" else "bot_r50"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = options.data
        if data is None:
            data = synthesize(folder / "release", identities=_IDENTITIES, seed=_SEED).folder / "public"
        images = read_training_set(data / "train")
        return show(Bench(chosen, images, device, folder, options.batches, options.rounds).rows())


def _workers() -> int:
    return len(os.sched_getaffinity(0))


def _spent() -> Spent:
    processors = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return Spent(time.perf_counter(), sum(one.ru_utime + one.ru_stime for one in processors))


def _since(start: Spent) -> Spent:
    return Spent(*(now - then for now, then in zip(_spent(), start, strict=True)))


def _median(all_spent: Sequence[Spent]) -> Spent:
    return Spent(*(statistics.median(values) for values in zip(*all_spent, strict=True)))


if __name__ == "__main__":
    sys.exit(main())
