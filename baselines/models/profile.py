"""Count a network's parameters and multiplications without computing anything: it is built on PyTorch's meta device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from baselines.models.backbones import Size
from baselines.models.build import ReidModel, build_model


@dataclass(frozen=True)
class Profile:
    """Hold the size of a network.

    Attributes
    ----------
    parameters : int
        Learned numbers of backbone and neck.
    head_parameters : int
        Learned numbers of the heads, which are dropped after training.
    gmacs : float
        Multiplications with addition for one picture, in thousands of millions: convolutions and matrix products of
        backbone and neck; half of what PyTorch counts as operations.
    activations : int
        Numbers that convolutions and linear layers of backbone and neck put out for one picture, as timm counts them.
    maps : tuple of (channels, height, width)
        What the backbone returns, one for each branch.
    dimensions : mapping of str to int
        Length of each tap's vectors.
    """

    parameters: int
    head_parameters: int
    gmacs: float
    activations: int
    maps: tuple[tuple[int, ...], ...]
    dimensions: Mapping[str, int]


def profile(table: Mapping[str, Any], *, classes: int, size: Size) -> Profile:
    """Return the size of a `[model]` table's network for pictures of (height, width)."""
    with torch.device("meta"):
        model = build_model(table, classes=classes, weights=None, size=size)
    return measure(model, size)


def measure(model: ReidModel, size: Size) -> Profile:
    """Return the size of a network on the meta device, for pictures of (height, width)."""
    model.eval()
    picture = torch.empty(1, 3, *size, device="meta")
    put_out: list[int] = []
    layers = [layer for layer in model.modules() if isinstance(layer, (nn.Conv2d, nn.Linear))]
    hooks = [layer.register_forward_hook(lambda _layer, _in, out: put_out.append(out.numel())) for layer in layers]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        maps = model.backbone(picture)
        model.neck(maps)
    for hook in hooks:
        hook.remove()
    heads = sum(parameter.numel() for parameter in model.heads.parameters())
    every = sum(parameter.numel() for parameter in model.parameters())
    return Profile(
        parameters=every - heads,
        head_parameters=heads,
        gmacs=counter.get_total_flops() / 2e9,
        activations=sum(put_out),
        maps=tuple(tuple(one.map.shape[1:]) for one in maps),
        dimensions=model.dimensions,
    )
