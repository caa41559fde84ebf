"""Put a recipe's network, pixels and features together: what training, extraction and ranking share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError

from baselines.augment.build import Augmentation, build_augmentation
from baselines.catalogue import Recipe, RecipeError
from baselines.data.cache import PixelCache
from baselines.images import ImageSet, names_of
from baselines.inference.answer import Embedded
from baselines.inference.extract import extract
from baselines.models.build import ReidModel, build_model
from baselines.models.weights import WeightSource
from baselines.training.errors import RunError
from baselines.training.folder import WEIGHTS
from baselines.training.journal import Journal


@dataclass(frozen=True)
class Workshop:
    """Hold where a run computes: its recipe, the device, the folder of decoded pixels and the journal."""

    recipe: Recipe
    device: torch.device
    pixels: Path
    journal: Journal
    _caches: dict[tuple[Path, ...], PixelCache] = field(default_factory=dict)

    @property
    def table(self) -> Any:
        """The recipe's tables."""
        return self.recipe.table

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of pictures."""
        height, width = self.table["data"]["size"]
        return height, width

    @property
    def half(self) -> bool:
        """Whether the network computes in bfloat16: as the recipe says, on a GPU alone."""
        return self.device.type == "cuda" and self.table["train"]["optim"].get("precision", "fp32") == "bf16"

    def augmentation(self) -> Augmentation:
        """Return what training does to pictures; its `without` only normalises them."""
        data = self.table["data"]
        rows = self.table["train"].get("augment", [])
        return build_augmentation(rows, mean=data["mean"], std=data["std"], size=self.size)

    def model(self, classes: int, *, is_new: bool) -> ReidModel:
        """Return the network, with the recipe's pre-trained weights if it is new; RecipeError if they cannot be had."""
        source = WeightSource.parse(self.table["model"]["weights"]) if is_new else None
        model = build_model(self.table["model"], classes=classes, weights=source, size=self.size).to(self.device)
        if self.table["train"]["optim"].get("channels_last", False):
            model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return model

    def cached(self, paths: Sequence[Path]) -> PixelCache:
        """Return the decoded pixels of pictures; files are looked at once in a process."""
        key = tuple(paths)
        if key not in self._caches:
            self._caches[key] = PixelCache.build(
                paths,
                size=self.size,
                resize=self.table["data"]["resize"],
                folder=self.pixels,
                progress=self.journal.progress("cache"),
            )
        return self._caches[key]

    def embedded(self, model: ReidModel, images: ImageSet, folder: Path) -> Embedded:
        """Return the features of every image of a test or val folder."""
        cache = self.cached([images.paths[name] for name in names_of(images.manifest)])
        # Test pictures are read batch by batch: they need not lie on the device at once.
        features = extract(
            model,
            cache.resident("cpu"),
            self.table["test"]["inference"],
            normalise=self.augmentation().without,
            progress=self.journal.progress("extract"),
            half=self.half,
        )
        return Embedded(images.manifest, features, folder)


def save_weights(model: ReidModel, path: Path, *, classes: int, recipe: str) -> None:
    """Write the weights of a trained network as safetensors; RunError if they cannot be written."""
    tensors = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    # One entry alone: the library writes several in an order that differs from process to process.
    facts = {"classes": classes, "recipe": recipe}
    draft = path.with_name(f".{path.name}.draft")
    try:
        safetensors.torch.save_file(tensors, draft, metadata={"run": json.dumps(facts)})
        draft.replace(path)
    except (OSError, SafetensorError) as error:
        draft.unlink(missing_ok=True)
        raise RunError(f"{path.name} cannot be written ({error})") from error


def load_trained(workshop: Workshop, folder: Path) -> ReidModel:
    """Return the network that a run trained; RecipeError if the run has not ended or its weights are damaged."""
    path = folder / WEIGHTS
    try:
        with safetensors.safe_open(path, "pt") as file:
            classes = int(json.loads(file.metadata()["run"])["classes"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise RecipeError(f"{path}: no trained network here ({error}); train the recipe, or resume its run") from error
    model = workshop.model(classes, is_new=False)
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise RecipeError(f"{path}: these weights are not of {workshop.recipe.slug} ({error})") from error
    return model.eval()
