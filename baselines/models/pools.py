"""Pool a map into one vector for each picture, in float32 whatever the precision of the backbone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from baselines.models.errors import ModelError
from baselines.models.output import Maps

POWER = 3.0
LEAST = 1e-6
"""GeM's exponent at the start and the smallest value that it raises to it, both fast-reid's."""


class Average(nn.Module):
    """Mean over all places."""

    def forward(self, maps: Maps) -> Tensor:
        """Return (N, C)."""
        return maps.map.mean((2, 3), dtype=torch.float32)


class Maximum(nn.Module):
    """Largest value of each channel."""

    def forward(self, maps: Maps) -> Tensor:
        """Return (N, C)."""
        return maps.map.amax((2, 3)).float()


class AverageAndMaximum(nn.Module):
    """Sum of the mean and the largest value of each channel."""

    def forward(self, maps: Maps) -> Tensor:
        """Return (N, C)."""
        return maps.map.mean((2, 3), dtype=torch.float32) + maps.map.amax((2, 3)).float()


class GeneralizedMean(nn.Module):
    """Generalised mean (mean of x^p)^(1/p) with a learned exponent; values below 1e-6 count as 1e-6.

    References
    ----------
    Radenovic, Tolias, Chum: Fine-tuning CNN Image Retrieval with No Human Annotation, TPAMI 2019, section 3.2.
    """

    def __init__(self) -> None:
        super().__init__()
        self.power = nn.Parameter(torch.full((1,), POWER))

    def forward(self, maps: Maps) -> Tensor:
        """Return (N, C)."""
        values = maps.map.float().clamp(min=LEAST)
        return values.pow(self.power).mean((2, 3)).pow(1.0 / self.power)


class ClassToken(nn.Module):
    """The class token of a vision transformer, behind its last normalisation."""

    def forward(self, maps: Maps) -> Tensor:
        """Return (N, C)."""
        if maps.token is None:
            raise ModelError("there is no class token to take")
        return maps.token.float()


POOLS: Mapping[str, Callable[[], nn.Module]] = {
    "avg": Average,
    "max": Maximum,
    "avgmax": AverageAndMaximum,
    "gem": GeneralizedMean,
    "cls": ClassToken,
}
"""By the word of `neck.pool`."""
