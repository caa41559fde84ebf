"""Trainings of seconds: tiny recipes on small pictures, in this process."""

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from baselines.catalogue import overridden, recipe
from baselines.training.folder import Plan
from baselines.training.journal import Journal
from baselines.training.network import Workshop
from baselines.training.session import Session

SIZE = "data.size=[64, 32]"


def short(slug: str, iterations: int, *lines: str) -> list[str]:
    """Return overrides that make a training of one epoch in this many iterations, warm-up and frozen phase as short."""
    table = recipe(slug).table
    found = [
        SIZE,
        f"train.schedule.epochs={iterations}",
        "train.sampler.iters_per_epoch=1",
        "train.loop.log_iterations=1",
    ]
    schedule = table["train"]["schedule"]
    if "warmup_iters" in schedule:
        found.append("train.schedule.warmup_iters=5")
    if "delay_epochs" in schedule:
        found.append(f"train.schedule.delay_epochs={iterations // 2}")
    if "milestones" in schedule:
        found.append(f"train.schedule.milestones=[{max(1, iterations * 3 // 4)}]")
    if "freeze_iterations" in table["model"]["backbone"]:
        found.append("model.backbone.freeze_iterations=2")
    return [*found, *lines]


class Run:
    """Hold a training, its session and the events that it told."""

    def __init__(
        self, slug: str, data: Path, out: Path, lines: Sequence[str], *, seed: int = 0, plain: bool = False
    ) -> None:
        out.mkdir(parents=True, exist_ok=True)
        self._told = io.StringIO()
        chosen = overridden(recipe(slug), lines)
        if plain:
            chosen = replace(chosen, table={**chosen.table, "train": {**chosen.table["train"], "augment": []}})
        self.journal = Journal(stream=self._told)
        self.workshop = Workshop(chosen, torch.device("cpu"), out.parent / "pixels", self.journal)
        self.session = Session(Plan(chosen, tuple(lines), seed), self.workshop, data, out)

    def train(self, *, resume: bool = False) -> "Run":
        """Train to the end."""
        self.session.run(resume=resume)
        return self

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of one kind."""
        every = [json.loads(line) for line in self._told.getvalue().splitlines()]
        return [event for event in every if event["event"] == kind]
