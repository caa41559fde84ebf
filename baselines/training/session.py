"""A run from its recipe to its weights: cache, training, rounds of pseudo-labels, checkpoints, provenance."""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from baselines.data import TrainingSet, build_sampler, read_training_set
from baselines.images import DataError, ImageSet, names_of, read_images
from baselines.inference.answer import answer, ranked
from baselines.inference.extract import Features, extract
from baselines.inference.scores import figures, read_annotations, score
from baselines.losses.build import Criterion, build_criterion
from baselines.models.build import ReidModel
from baselines.post.clusters import UNUSED, Labels, report
from baselines.training import checkpoint, pseudo
from baselines.training.device import environment, peak_bytes
from baselines.training.errors import RunError
from baselines.training.files import write_whole
from baselines.training.folder import CHECKPOINT, PROVENANCE, PSEUDO_LABELS, WEIGHTS, Plan, write_json
from baselines.training.loop import Habits, Loop, Pictures, arithmetic, seed_all
from baselines.training.network import Workshop, save_weights
from baselines.training.optimisers import Optimisers
from baselines.training.schedule import Schedule

_SAVE, _LOG = 500, 20
"""Iterations between checkpoints and between told losses, where the recipe does not say."""

State = dict[str, Any]


@dataclass
class Session:
    """Train a plan on a release's public folder `data` into a run's folder `out`.

    Stage 0 learns from the release's labels, stages 1, 2, … from pseudo-labels too. `offset` counts the iterations of
    earlier stages and `spent` the seconds of earlier attempts: as the checkpoint has them, or as given if that is more.
    """

    plan: Plan
    workshop: Workshop
    data: Path
    out: Path
    offset: int = 0
    spent: float = 0.0
    begun: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.table = self.workshop.table
        self.journal = self.workshop.journal
        self.set = read_training_set(self.data / "train")
        self.cache = self.workshop.cached(self.set.paths)
        parts = (self.plan.sha256, self.cache.key, *self.set.pids, *self.set.labels.tolist())
        self.fingerprint = hashlib.sha256(",".join(map(str, parts)).encode()).hexdigest()
        self.model: ReidModel | None = None
        self.weights: State | None = None

    def run(self, *, resume: bool) -> None:
        """Train all stages and write the run's results; RunError or DataError says why that cannot be."""
        saved = self._saved() if resume else None
        first = int(saved["stage"]) if saved else 0
        last = self.table["pseudo"].get("rounds", 1) if "pseudo" in self.table else 0
        deterministic = self.table["train"].get("loop", {}).get("deterministic", False)
        with arithmetic(self.workshop.device, deterministic=deterministic):
            for stage in range(first, last + 1):
                here = saved if stage == first else None
                loop, classes = self._loop(stage, here)
                if stage == first:
                    self._announce(loop, int(here["iteration"]) if here else 0)
                loop.run(int(here["iteration"]) if here else 0)
                self.offset += loop.schedule.iterations
                self.model = loop.model
                save_weights(self.model, self.out / WEIGHTS, classes=classes, recipe=self.plan.recipe.slug)
        seconds, peak = round(self._seconds(), 1), peak_bytes(self.workshop.device)
        write_json(self.out / PROVENANCE, self._provenance() | {"compute_seconds": seconds, "peak_bytes": peak})
        self.journal.say("finished", seconds=seconds, peak_bytes=peak, facets=list(self.plan.recipe.facets))

    def _loop(self, stage: int, saved: State | None) -> tuple[Loop, int]:
        """Return a stage's loop, its state loaded from a checkpoint if there is one, and its number of classes."""
        labels = saved["labels"].cpu().numpy() if saved and stage else None
        images, pixels, used = self._images(stage, labels)
        seed_all(torch.Generator(), self.plan.seed, -1 - stage)
        model = self.workshop.model(len(images.pids), is_new=stage == 0 and saved is None)
        if self.model is not None:
            _inherit(model, self.model)
        if model.weights is not None:
            self.weights = asdict(model.weights)
        rows = self.table["train"]["losses"]
        criterion = build_criterion(rows, classes=len(images.pids), dimensions=model.dimensions).to(
            self.workshop.device
        )
        optimisers = self._optimisers(stage, model, criterion)
        if saved:
            self.offset, self.weights = int(saved["offset"]), saved["weights"]
            self.spent = max(self.spent, float(saved["spent"]))
            model.load_state_dict(saved["model"])
            criterion.load_state_dict(saved["criterion"])
            optimisers.load(saved["optimisers"])
        sampler = build_sampler(self.table["train"]["sampler"], training_set=images, seed=self.plan.seed + stage)
        parts = {"model": model, "criterion": criterion}
        loop = Loop(
            model=model,
            criterion=criterion,
            optimisers=optimisers,
            schedule=Schedule(self._schedule(stage), sampler.batches_per_epoch),
            sampler=sampler,
            augmentation=self.workshop.augmentation(),
            pictures=self._pictures(images, pixels),
            habits=self._habits(stage, sampler.batches_per_epoch),
            journal=self.journal,
            save=partial(self._save, stage, parts, optimisers, used),
            validate=partial(self._validate, model),
            seed=self.plan.seed,
            offset=self.offset,
        )
        return loop, len(images.pids)

    def _optimisers(self, stage: int, model: ReidModel, criterion: Criterion) -> Optimisers:
        is_fused = self.workshop.device.type == "cuda"
        return Optimisers(self._optim(stage), model.parameter_groups(), criterion.centres(), fused=is_fused)

    def _images(self, stage: int, labels: Labels | None) -> tuple[TrainingSet, Tensor, Labels]:
        """Return what a stage learns from, its pixels, and the pseudo-labels of the unlabelled images."""
        pixels = self.cache.resident(self.workshop.device)
        if not stage:
            return self.set, pixels, np.empty(0, np.int64)
        table = self.table["pseudo"]
        folder = self.data / table.get("part", "test")
        images = read_images(folder)
        more = self.workshop.cached([images.paths[name] for name in names_of(images.manifest)]).resident("cpu")
        if labels is None:
            labels = self._labels(images, more, folder)
            self._tell_labels(labels, images, folder, stage)
            self._keep_labels(labels, images, stage)
        union = pseudo.joined(self.set, images, labels, variant=table["variant"])
        chosen = more[torch.from_numpy(labels != UNUSED)].to(self.workshop.device)
        return union, torch.cat([pixels, chosen]), labels

    def _labels(self, images: ImageSet, pixels: Tensor, folder: Path) -> Labels:
        model = self.model
        if model is None:
            raise RunError("pseudo-labels need the network of the stage before", resumable=False)
        inference = self.table["test"]["inference"]
        told = self.journal.progress("post")

        def taps(name: str) -> Features:
            plain = {"input": name, "norm": "none", "batch": inference.get("batch", 128)}
            normalise, half = self.workshop.augmentation().without, self.workshop.half
            return extract(model, pixels, plain, normalise=normalise, progress=told, half=half)

        embedded = self.workshop.embedded(model, images, folder)
        material = pseudo.Material(model, embedded, taps, self.table["pseudo"])
        return pseudo.VARIANTS[self.table["pseudo"]["variant"]](material)

    def _tell_labels(self, labels: Labels, images: ImageSet, folder: Path, stage: int) -> None:
        """Tell how many images and labels there are, and how pure they are where the truth is public."""
        used = labels[labels != UNUSED]
        told: State = {"images": len(labels), "used": len(used), "labels": len(np.unique(used))}
        if (folder / "annotations.csv").exists() and len(used):
            truth = read_training_set(folder)
            place = dict(zip(truth.names, truth.labels.tolist(), strict=True))
            found = report(labels, np.array([place[name] for name in names_of(images.manifest)]))
            told |= {name: round(getattr(found, name), 4) for name in ("purity", "completeness", "largest")}
        self.journal.say("pseudo_labels", iteration=self.offset, round=stage, **told)

    def _keep_labels(self, labels: Labels, images: ImageSet, stage: int) -> None:
        """Write the labels of a round; an image that is left out has an empty one."""
        pairs = zip(names_of(images.manifest), labels.tolist(), strict=True)
        rows = [f"{name},{'' if label == UNUSED else label}" for name, label in pairs]
        write_whole(
            self.out / PSEUDO_LABELS.format(round=stage), "\n".join(["image_id,label", *rows, ""]).encode("utf-8")
        )

    def _pictures(self, images: TrainingSet, pixels: Tensor) -> Pictures:
        device = self.workshop.device
        labels, cameras = torch.from_numpy(images.labels), torch.from_numpy(images.cameras)
        return Pictures(pixels, labels.to(device), cameras.to(device))

    def _optim(self, stage: int) -> State:
        """Return `[train.optim]`, its rate lowered for fine-tuning."""
        optim = dict(self.table["train"]["optim"])
        return optim | {"lr": optim["lr"] * self.table["pseudo"].get("lr_factor", 0.1)} if stage else optim

    def _schedule(self, stage: int) -> State:
        """Return `[train.schedule]`; rounds of pseudo-labels keep their rate from beginning to end."""
        if not stage:
            return dict(self.table["train"]["schedule"])
        return {"kind": "constant", "epochs": self.table["pseudo"].get("epochs", 1)}

    def _habits(self, stage: int, per_epoch: int) -> Habits:
        loop, optim = self.table["train"].get("loop", {}), self.table["train"]["optim"]
        return Habits(
            checkpoint=loop.get("checkpoint_iterations", _SAVE),
            log=loop.get("log_iterations", _LOG),
            validate=loop.get("validate_epochs", 0) * per_epoch,
            freeze=0 if stage else self.table["model"]["backbone"].get("freeze_iterations", 0),
            half=self.workshop.half,
            channels_last=optim.get("channels_last", False),
            compiled=optim.get("compile", False),
        )

    def _announce(self, loop: Loop, start: int) -> None:
        self.journal.say(
            "started",
            recipe=self.plan.recipe.slug,
            seed=self.plan.seed,
            device=self.workshop.device.type,
            iterations=self.offset + loop.schedule.iterations,
            epochs=int(loop.schedule.table["epochs"]),
            resumed_at=self.offset + start,
        )

    def _save(
        self,
        stage: int,
        parts: dict[str, torch.nn.Module],
        optimisers: Optimisers,
        labels: Labels,
        iteration: int,
    ) -> None:
        state: State = {"fingerprint": self.fingerprint, "stage": stage, "iteration": iteration}
        state |= {
            "weights": self.weights,
            "offset": self.offset,
            "spent": self._seconds(),
            "labels": torch.from_numpy(labels),
        }
        state |= {name: part.state_dict() for name, part in parts.items()} | {"optimisers": optimisers.state()}
        checkpoint.save(self.out / CHECKPOINT, state)

    def _saved(self) -> State | None:
        """Return the run's checkpoint; RunError if it belongs to another recipe, seed or training set."""
        saved = checkpoint.load(self.out / CHECKPOINT, self.workshop.device)
        if saved and saved["fingerprint"] != self.fingerprint:
            raise RunError(
                "the checkpoint is of another recipe, seed or training set; start a new run", resumable=False
            )
        return saved

    def _validate(self, model: ReidModel, iteration: int) -> None:
        """Score the release's val folder and tell rank-1 and mAP of each track."""
        folder = self.data / "val"
        if not folder.exists():
            raise DataError(
                f"{folder}: the recipe validates, but the release has no val; set train.loop.validate_epochs=0"
            )
        embedded = self.workshop.embedded(model, read_images(folder), folder)
        found = dict(answer(embedded, {"inference": self.table["test"]["inference"]}))
        result = score(ranked(embedded.manifest, found), read_annotations(folder / "annotations.csv"))
        self.journal.say("validated", iteration=iteration, metrics=dict(figures(result)))

    def _seconds(self) -> float:
        return self.spent + time.monotonic() - self.begun

    def _provenance(self) -> State:
        data = {"pixels_sha256": self.cache.key, "images": len(self.set.names), "identities": len(self.set.pids)}
        return {"schema": 1, "recipe_sha256": self.plan.sha256, "seed": self.plan.seed, "data": data} | {
            "weights": self.weights,
            **environment(self.workshop.device),
        }


def _inherit(model: ReidModel, before: ReidModel) -> None:
    """Take the weights of the stage before, but for heads whose classes are others."""
    own = model.state_dict()
    model.load_state_dict(
        own | {name: value for name, value in before.state_dict().items() if value.shape == own[name].shape}
    )
