"""Put a network together from the `[model]` table of a recipe: backbone, neck, heads."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from baselines.models.backbones import Backbone, Size, build_backbone
from baselines.models.errors import ModelError
from baselines.models.heads import Head, build_head
from baselines.models.mgn import MgnBackbone
from baselines.models.necks import build_neck
from baselines.models.non_local import insert_non_local
from baselines.models.output import Output
from baselines.models.weights import LoadedWeights, WeightSource


class ReidModel(nn.Module):
    """Hold a backbone, a neck and the heads that classify in training.

    Attributes
    ----------
    dimensions : mapping of str to int
        Length of each tap's vectors.
    mean, std : tuples of three floats
        What pictures are to be normalised by, for values from 0 to 1.
    weights : LoadedWeights or None
        Where the backbone's weights came from; None: drawn at random.
    """

    def __init__(self, backbone: Backbone | MgnBackbone, neck: nn.Module, heads: Mapping[str, Head]) -> None:
        super().__init__()
        self.backbone, self.neck = backbone, neck
        self.heads = nn.ModuleDict(heads)
        self.dimensions: Mapping[str, int] = dict(neck.dimensions)  # type: ignore[arg-type]
        self.mean, self.std = backbone.mean, backbone.std
        self.weights: LoadedWeights | None = backbone.weights
        self._frozen = False

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Output:
        """Return features, and with labels the logits of every head.

        Parameters
        ----------
        images : float tensor of shape (N, 3, H, W)
            Normalised; any memory format.
        labels : int64 tensor of shape (N,), optional
            Classes from 0, which margins need.
        """
        maps = self.backbone(images)
        # Powers, normalisation and margins lose too much in half precision.
        with _single_precision(images.device.type):
            features = self.neck(maps)
            logits = (
                {} if labels is None else {name: head(features[head.source], labels) for name, head in self._heads()}
            )
        return Output(features, logits)

    def scores(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return each head's class scores without a margin, (N, C): what tells the class of a picture."""
        return {name: head.scores(features[head.source]) for name, head in self._heads()}

    def parameter_groups(self) -> dict[str, list[nn.Parameter]]:
        """Return the parameters of the backbone, non-local blocks and branches among them, and the new ones behind it."""
        return {
            "backbone": list(self.backbone.parameters()),
            "new": [*self.neck.parameters(), *self.heads.parameters()],
        }

    def freeze_backbone(self, frozen: bool) -> None:
        """Keep the backbone as it is, its running means too, or let it learn again."""
        self._frozen = frozen
        self.backbone.requires_grad_(not frozen)
        self.train(self.training)

    def train(self, mode: bool = True) -> ReidModel:
        """Set the mode of training; a frozen backbone stays in that of evaluation."""
        super().train(mode)
        if self._frozen:
            self.backbone.eval()
        return self

    def _heads(self) -> list[tuple[str, Head]]:
        return list(self.heads.items())  # type: ignore[arg-type]


def build_model(
    table: Mapping[str, Any], *, classes: int, weights: WeightSource | None, size: Size | None = None
) -> ReidModel:
    """Return the network of a recipe.

    Parameters
    ----------
    table : mapping
        `[model]` of the recipe, valid by the schema: backbone, neck, heads and, for MGN, branches.
    classes : int
        Training identities.
    weights : WeightSource or None
        Of the backbone; None: everything is drawn from PyTorch's generator.
    size : (height, width), optional
        Of the pictures; transformers need it unless it is that of the published network.

    Raises
    ------
    ModelError for keys that do not go together, WeightError for weights that cannot be used.
    """
    backbone = _backbone(table, size=size, weights=weights)
    neck = build_neck(table["neck"], backbone.channels, branches=table.get("branches", "none"))
    pool = table["neck"].get("pool")
    if pool == "gem" and backbone.signed:
        raise ModelError('neck.pool = "gem" would lose the negative values of a transformer; use "avg" or "cls"')
    if pool == "cls" and not backbone.has_token:
        raise ModelError('neck.pool = "cls" needs a backbone with a class token; use "avg"')
    dimensions: Mapping[str, int] = neck.dimensions  # type: ignore[assignment]
    heads = {}
    for row in table["heads"]:
        source = row.get("input", "post_bn")
        if source not in dimensions:
            raise ModelError(f'head "{row["name"]}" has no tap "{source}" (there are {", ".join(dimensions)})')
        if row["name"] in heads:
            raise ModelError(f'there are two heads "{row["name"]}"')
        heads[row["name"]] = build_head(row, dimensions[source], classes)
    return ReidModel(backbone, neck, heads)


def _backbone(table: Mapping[str, Any], *, size: Size | None, weights: WeightSource | None) -> Backbone | MgnBackbone:
    backbone = build_backbone(table["backbone"], size=size, weights=weights)
    # Published weights know of no non-local blocks, so they are loaded first.
    has_non_local = table["backbone"].get("non_local", False)
    if table.get("branches", "none") == "mgn":
        if has_non_local:
            raise ModelError("MGN has no non-local blocks; set backbone.non_local = false")
        return MgnBackbone(backbone)
    if has_non_local:
        insert_non_local(backbone.net)
    return backbone


def _single_precision(device: str) -> AbstractContextManager[Any]:
    """Return a context without autocast on devices that know it."""
    return torch.autocast(device, enabled=False) if torch.amp.is_autocast_available(device) else nullcontext()
