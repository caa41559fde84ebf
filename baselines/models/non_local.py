"""Non-local blocks as fast-reid has them: one inner channel, no softmax, identity at the start.

References
----------
Wang, Girshick, Gupta, He: Non-local Neural Networks, CVPR 2018, section 3.2 ("dot product").
JDAI-CV/fast-reid, fastreid/layers/non_local.py; its issues #256 and #558 confirm the inner width.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

INNER = 1
"""fast-reid divides its reduction by itself; twice the width gained its author nothing, so it stayed."""

BLOCKS: Mapping[tuple[int, ...], tuple[int, ...]] = {(3, 4, 6, 3): (0, 2, 3, 0), (3, 4, 23, 3): (0, 2, 9, 0)}
"""Non-local blocks after the last blocks of each stage, by the stages' lengths (ResNet-50 and ResNet-101)."""


class NonLocal(nn.Module):
    """Add to every place what all places say, weighted by their likeness; shape (N, C, H, W) is kept."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.theta = nn.Conv2d(channels, INNER, 1)
        self.phi = nn.Conv2d(channels, INNER, 1)
        self.g = nn.Conv2d(channels, INNER, 1)
        self.out = nn.Conv2d(INNER, channels, 1)
        self.norm = nn.BatchNorm2d(channels)
        nn.init.zeros_(self.norm.weight)
        nn.init.zeros_(self.norm.bias)

    def forward(self, images: Tensor) -> Tensor:
        """Return x + BN(W y) with y_i = sum over j of (theta_i . phi_j) g_j / (H W)."""
        batch, _, height, width = images.shape
        theta, phi, value = (layer(images).flatten(2) for layer in (self.theta, self.phi, self.g))  # (N, INNER, HW)
        # (theta^T phi) g^T = theta^T (phi g^T): the same sums without a matrix of HW x HW.
        mixed = torch.matmul(phi, value.transpose(1, 2)) / (height * width)  # (N, INNER, INNER)
        answer = torch.matmul(mixed.transpose(1, 2), theta).reshape(batch, INNER, height, width)
        added: Tensor = self.norm(self.out(answer))
        return images + added


def insert_non_local(net: nn.Module) -> int:
    """Put non-local blocks after the last blocks of a ResNet's stages and return how many.

    Other lengths of stages than those of ResNet-50 and ResNet-101 get one block after the last of stages 2 and 3.
    """
    stages = [getattr(net, f"layer{number}") for number in range(1, 5)]
    counts = BLOCKS.get(tuple(len(stage) for stage in stages), (0, 1, 1, 0))
    for stage, count in zip(stages, counts, strict=True):
        for place in range(len(stage) - count, len(stage)):
            stage[place] = nn.Sequential(stage[place], NonLocal(_width(stage[place])))
    return sum(counts)


def _width(block: nn.Module) -> int:
    """Return how many channels a residual block gives."""
    last = [module for module in block.modules() if isinstance(module, nn.BatchNorm2d)]
    named = dict(block.named_children())
    return int((named.get("bn3") or named.get("bn2") or last[-1]).num_features)  # type: ignore[arg-type]
