"""Count a network's parameters and multiplications without computing anything: it is built on PyTorch's meta device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from baselines.models.backbones import Size
from baselines.models.build import build_model


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
    dimensions : mapping of str to int
        Length of each tap's vectors.
    """

    parameters: int
    head_parameters: int
    gmacs: float
    dimensions: Mapping[str, int]


def profile(table: Mapping[str, Any], *, classes: int, size: Size) -> Profile:
    """Return the size of a `[model]` table's network for pictures of (height, width)."""
    with torch.device("meta"):
        model = build_model(table, classes=classes, weights=None, size=size).eval()
        picture = torch.empty(1, 3, *size)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(picture)
    heads = sum(parameter.numel() for parameter in model.heads.parameters())
    every = sum(parameter.numel() for parameter in model.parameters())
    return Profile(every - heads, heads, counter.get_total_flops() / 2e9, model.dimensions)
