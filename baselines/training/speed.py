"""Measure how many images a second a recipe learns from and extracts, beside what the device could do at best.

The best is a roofline. The device's peaks, copying bytes and multiplying matrices in the precision of the run, are measured
first; a picture needs 6 operations a multiplication in training and 2 in extraction, and moves 32 and 6 bytes an activation
(in bfloat16; twice as many in float32). Activations are the outputs of convolutions and linear layers, as timm counts them.
The slower of the two is the bound.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from baselines.catalogue import Recipe
from baselines.data.samplers import Sampler, build_sampler
from baselines.data.training_set import TrainingSet
from baselines.inference.extract import extract
from baselines.losses import build_criterion
from baselines.models.profile import Profile, profile
from baselines.training.journal import Journal
from baselines.training.loop import Habits, Loop, Pictures
from baselines.training.network import Workshop
from baselines.training.optimisers import Optimisers
from baselines.training.schedule import Schedule

OPERATIONS = {"train": 6, "extract": 2}
BYTES = {"train": 32, "extract": 6}
"""For each multiplication, and for each activation in bfloat16; of one picture."""
_NEVER = 1_000_000
_SEED = 1
_MATRIX = {"cuda": 8192, "cpu": 1024}
_COPIED = {"cuda": 1 << 30, "cpu": 1 << 26}


@dataclass(frozen=True)
class Peaks:
    """Hold what a device can do: bytes read and written a second by a copy, operations a second by a matrix product."""

    bytes_per_s: float
    operations_per_s: float

    @classmethod
    def of(cls, device: torch.device, *, half: bool, seconds: float) -> Peaks:
        """Measure a device, each peak for some seconds."""
        kind = torch.bfloat16 if half else torch.float32
        side, size = _MATRIX[device.type], _COPIED[device.type]
        matrix, source = (torch.ones(shape, dtype=kind, device=device) for shape in ((side, side), (size,)))
        product, target = torch.empty_like(matrix), torch.empty_like(source)
        copy = per_second(lambda: target.copy_(source), device, seconds=seconds)
        multiply = per_second(lambda: torch.mm(matrix, matrix, out=product), device, seconds=seconds)
        return cls(copy * 2 * source.nbytes, multiply * 2 * side**3)


@dataclass(frozen=True)
class Speed:
    """Hold images a second, what the roofline allows, and which of its sides bounds: "memory" or "compute"."""

    images_per_s: float
    roofline: float
    bound: str

    @property
    def share(self) -> float:
        """Share of the roofline that is reached."""
        return self.images_per_s / self.roofline


def measure_speed(recipe: Recipe, device: torch.device, *, classes: int, seconds: float) -> dict[str, Speed]:
    """Return the speed of training and of extraction, by "train" and "extract", on random pixels.

    A recipe's batches, precision, augmentation and losses are used, the network is not pre-trained, and pixels lie on
    the device, as they do in a run. The first steps, in which kernels are chosen and compiled, are left out.
    """
    workshop = Workshop(recipe, device, Path(), Journal(stream=io.StringIO()))
    images = _crowd(recipe.table["train"]["sampler"], classes)
    pixels = torch.randint(0, 256, (len(images), 3, *workshop.size), dtype=torch.uint8, device=device)
    sampler = build_sampler(recipe.table["train"]["sampler"] | {"iters_per_epoch": 1}, training_set=images, seed=_SEED)
    loop = practice(workshop, pixels, images, sampler)
    batch = torch.from_numpy(sampler.epoch(0)[0]).to(device)
    inference = recipe.table["test"]["inference"]
    several = pixels.cpu().repeat(-(-int(inference.get("batch", 128)) // len(pixels)), 1, 1, 1)

    def extraction() -> None:
        extract(
            loop.model,
            several,
            inference,
            normalise=workshop.augmentation().without,
            progress=lambda _done, _total: None,
            half=workshop.half,
        )

    loop.model.train()
    rates = {"train": len(batch) * per_second(lambda: loop.step(0, batch), device, seconds=seconds)}
    rates["extract"] = len(several) * per_second(extraction, device, seconds=seconds)
    peaks = Peaks.of(device, half=workshop.half, seconds=seconds)
    size = profile(recipe.table["model"], classes=classes, size=workshop.size)
    return {stage: Speed(rate, *roofline(stage, size, peaks, half=workshop.half)) for stage, rate in rates.items()}


def roofline(stage: str, size: Profile, peaks: Peaks, *, half: bool) -> tuple[float, str]:
    """Return the pictures a second that a device's peaks allow at best, and the bound: "memory" or "compute"."""
    moved = size.activations * BYTES[stage] * (1 if half else 2)
    bounds = {
        "memory": peaks.bytes_per_s / moved,
        "compute": peaks.operations_per_s / (size.gmacs * 1e9 * OPERATIONS[stage]),
    }
    bound = min(bounds, key=bounds.__getitem__)
    return bounds[bound], bound


def _crowd(sampler: Mapping[str, Any], classes: int) -> TrainingSet:
    """Return enough images, without files, for a batch of any sampler: each identity twice as many as K, in two cameras."""
    people, each = min(classes, int(sampler.get("p", sampler.get("batch")))), 2 * int(sampler.get("k", 1))
    labels, cameras = np.repeat(np.arange(people), each), np.tile(np.arange(each) % 2, people)
    names = tuple(map(str, range(len(labels))))
    pids = tuple(f"{number:06d}" for number in range(classes))
    return TrainingSet(names, labels, cameras, pids, ("a", "b"), tuple(map(Path, names)))


def practice(workshop: Workshop, pixels: torch.Tensor, images: TrainingSet, sampler: Sampler) -> Loop:
    """Return a loop of the recipe on pixels that lie on its device, which saves, tells and validates nothing."""
    torch.manual_seed(_SEED)
    train, classes = workshop.table["train"], len(images.pids)
    model = workshop.model(classes, is_new=False)
    criterion = build_criterion(train["losses"], classes=classes, dimensions=model.dimensions).to(workshop.device)
    is_fused, optim = workshop.device.type == "cuda", train["optim"]
    labels, cameras = (torch.from_numpy(values).to(pixels.device) for values in (images.labels, images.cameras))
    return Loop(
        model=model,
        criterion=criterion,
        optimisers=Optimisers(optim, model.parameter_groups(), criterion.centres(), fused=is_fused),
        schedule=Schedule(train["schedule"], sampler.batches_per_epoch),
        sampler=sampler,
        augmentation=workshop.augmentation(),
        pictures=Pictures(pixels, labels, cameras),
        habits=Habits(
            checkpoint=_NEVER,
            log=_NEVER,
            validate=0,
            freeze=0,
            half=workshop.half,
            channels_last=optim.get("channels_last", False),
            compiled=optim.get("compile", False),
        ),
        journal=workshop.journal,
        save=lambda _: None,
        validate=lambda _: None,
        seed=_SEED,
    )


def per_second(work: Callable[[], Any], device: torch.device, *, seconds: float) -> float:
    """Return how often a second something can be done, after three times that do not count; a GPU is waited for."""
    for _ in range(3):
        work()
    wait_for(device)
    start, done = time.perf_counter(), 0
    while not done or time.perf_counter() - start < seconds:
        work()
        done += 1
        if done % 8 == 0:  # otherwise a GPU's queue grows without end
            wait_for(device)
    wait_for(device)
    return done / (time.perf_counter() - start)


def wait_for(device: torch.device) -> None:
    """Wait until a GPU has done what it was asked for."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
