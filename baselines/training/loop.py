"""The training loop: gather a batch on the device, augment it, forward, loss, backward, step.

Whatever is drawn at random in iteration i comes from generators seeded by (seed, i), so a run that goes on from a
checkpoint makes the steps that it would have made. The network runs in bfloat16 where the recipe says so and a GPU is
there; losses always see float32. Pixels lie on the device as uint8, so no worker feeds it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from baselines.data.samplers import Sampler
from baselines.losses.build import Criterion
from baselines.models.build import ReidModel
from baselines.training.errors import RunError, StoppedError
from baselines.training.journal import Journal
from baselines.training.optimisers import Optimisers
from baselines.training.schedule import Schedule

_SECONDS_BETWEEN_CHECKPOINTS = 240.0
_MEND = "lower train.optim.lr or set train.optim.clip_norm in a new run: resumed, this one makes the same steps again"


class Augmentation(Protocol):
    """Turn pictures, uint8 (N, 3, H, W), into what the network takes, float32 (N, 3, H, W)."""

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Return the pictures, each changed by draws of its own, normalised."""


@dataclass(frozen=True)
class Pictures:
    """Hold all training pictures on the device: pixels uint8 (N, 3, H, W), labels and cameras int64 (N,)."""

    pixels: Tensor
    labels: Tensor
    cameras: Tensor


@dataclass(frozen=True)
class Habits:
    """Hold how often a run saves, tells and validates, in iterations (0: never), and in which precision it computes."""

    checkpoint: int
    log: int
    validate: int
    freeze: int
    half: bool
    channels_last: bool
    compiled: bool


@dataclass
class Loop:
    """Train a network from iteration `start` of a schedule to its end.

    `offset` is added to the numbers that are told and seeds the draws, so that the stages of one run differ. `save(next
    iteration)` writes a checkpoint and `validate(iteration)` measures the network; both are called between iterations.
    """

    model: ReidModel
    criterion: Criterion
    optimisers: Optimisers
    schedule: Schedule
    sampler: Sampler
    augmentation: Augmentation
    pictures: Pictures
    habits: Habits
    journal: Journal
    save: Callable[[int], None]
    validate: Callable[[int], None]
    seed: int
    offset: int = 0

    def __post_init__(self) -> None:
        self.device = self.pictures.pixels.device
        self._forward: Any = torch.compile(self.model) if self.habits.compiled else self.model
        self._generator = torch.Generator(self.device)
        self._first_bad = torch.full((), -1, dtype=torch.int64, device=self.device)

    def run(self, start: int = 0) -> None:
        """Make every iteration from `start` on; RunError if loss or weights are no numbers, StoppedError if asked to stop."""
        self.model.train()
        frozen: bool | None = None
        saved, begun, seen = time.monotonic(), time.monotonic(), 0
        for iteration, batch in self._batches(start):
            if frozen is not (iteration < self.habits.freeze):
                frozen = iteration < self.habits.freeze
                self.model.freeze_backbone(frozen)
            total, terms, rate = self.step(iteration, batch)
            seen += len(batch)
            done = iteration + 1
            if done % self.habits.log == 0 or done == self.schedule.iterations:
                self._tell(done, total, terms, rate, seen / max(1e-9, time.monotonic() - begun))
                begun, seen = time.monotonic(), 0
            is_due = done % self.habits.checkpoint == 0 or time.monotonic() - saved > _SECONDS_BETWEEN_CHECKPOINTS
            if is_due or self.journal.is_stopping or done == self.schedule.iterations:
                self._check_finite()
                self._check_weights(done)
                self.save(done)
                saved = time.monotonic()
                self.journal.say("checkpoint", iteration=self.offset + done)
            if self.journal.is_stopping:
                raise StoppedError
            if self.habits.validate and (done % self.habits.validate == 0 or done == self.schedule.iterations):
                self.validate(self.offset + done)
                self.model.train()
                begun, seen = time.monotonic(), 0

    def step(self, iteration: int, batch: Tensor) -> tuple[Tensor, dict[str, Tensor], float]:
        """Make one iteration with these pictures; return the loss, its terms and the rate of the new parameters."""
        seed_all(self._generator, self.seed, self.offset + iteration)
        rate = self.optimisers.set_rates(self.schedule, iteration)
        labels, cameras = self.pictures.labels[batch], self.pictures.cameras[batch]
        images = self.augmentation(self.pictures.pixels[batch], self._generator)
        if self.habits.channels_last:
            images = images.contiguous(memory_format=torch.channels_last)
        with self._autocast():
            output = self._forward(images, labels)
        total, terms = self.criterion(output, labels, cameras)
        self.optimisers.zero_grad()
        (total * self.schedule.loss_factor(iteration)).backward()
        self.optimisers.step()
        self._note_finite(total, iteration)
        return total.detach(), terms, rate

    def _batches(self, start: int) -> Iterator[tuple[int, Tensor]]:
        """Yield iterations from `start` on with the places of their pictures, int64 (batch,) on the device."""
        per_epoch = self.sampler.batches_per_epoch
        rows = torch.empty(0)
        for iteration in range(start, self.schedule.iterations):
            if iteration == start or iteration % per_epoch == 0:
                rows = torch.from_numpy(self.sampler.epoch(iteration // per_epoch)).to(self.device)
            yield iteration, rows[iteration % per_epoch]

    def _autocast(self) -> AbstractContextManager[Any]:
        return torch.autocast(self.device.type, torch.bfloat16) if self.habits.half else nullcontext()

    def _note_finite(self, total: Tensor, iteration: int) -> None:
        """Remember the first iteration whose loss is no number, without waiting for a GPU."""
        is_first = ~torch.isfinite(total.detach()) & (self._first_bad < 0)
        self._first_bad = torch.where(is_first, iteration, self._first_bad)

    def _check_finite(self) -> None:
        bad = int(self._first_bad)
        if bad >= 0:
            raise RunError(f"the loss became NaN or infinite at iteration {self.offset + bad + 1:,}; {_MEND}")

    def _check_weights(self, done: int) -> None:
        """Leave the last checkpoint as it is where a step behind a finite loss has spoilt the weights."""
        if not all(bool(torch.isfinite(value).all()) for value in self.model.state_dict().values()):
            raise RunError(f"the weights became NaN or infinite by iteration {self.offset + done:,}; {_MEND}")

    def _tell(self, done: int, total: Tensor, terms: dict[str, Tensor], rate: float, images_per_s: float) -> None:
        self._check_finite()
        self.journal.say(
            "losses",
            iteration=self.offset + done,
            epoch=round(done / self.schedule.iterations_per_epoch, 4),
            lr=rate,
            total=float(total),
            terms={name: float(value.detach()) for name, value in terms.items()},
            images_per_s=round(images_per_s, 1),
        )
        self.journal.say("progress", stage="train", done=done, total=self.schedule.iterations)


def seed_all(generator: torch.Generator, seed: int, iteration: int) -> None:
    """Seed PyTorch's own generators and this one by (seed, iteration), which no other pair shares."""
    drawn = hashlib.blake2b(f"{seed},{iteration}".encode(), digest_size=16).digest()
    torch.manual_seed(int.from_bytes(drawn[:8], "little") >> 1)
    generator.manual_seed(int.from_bytes(drawn[8:], "little") >> 1)


@contextmanager
def arithmetic(device: torch.device, *, deterministic: bool) -> Iterator[None]:
    """Set what a GPU may trade for speed: TF32 and tuned convolutions, or, if deterministic, neither."""
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(deterministic)
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = not deterministic
        torch.set_float32_matmul_precision("highest" if deterministic else "high")
        torch.backends.cudnn.allow_tf32 = not deterministic
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)
