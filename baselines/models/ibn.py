"""IBN-a: half of a normalisation looks at one picture alone, so that what style adds to it is taken out.

References
----------
Pan, Luo, Shi, Tang: Two at Once: Enhancing Learning and Generalization Capacities via IBN-Net, ECCV 2018, section 3.2.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from baselines.models.errors import ModelError

STAGES = ("layer1", "layer2", "layer3")
"""The last stage is left as it is."""


class InstanceBatchNorm(nn.Module):
    """Normalise the first half of the channels by picture and the rest by batch; shape (N, C, H, W) is kept."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = channels // 2
        # Capitals, because the published weights name them so.
        self.IN = nn.InstanceNorm2d(self.first, affine=True)
        self.BN = nn.BatchNorm2d(channels - self.first)

    def forward(self, images: Tensor) -> Tensor:
        """Return both halves, normalised."""
        first, rest = images[:, : self.first], images[:, self.first :]
        return torch.cat((self.IN(first.contiguous()), self.BN(rest.contiguous())), dim=1)


def split_norms(net: nn.Module) -> None:
    """Replace the first normalisation of every block of the first three stages; ModelError if the net has no such blocks."""
    for name in STAGES:
        for block in getattr(net, name, ()):
            old = block.bn1
            if type(old) is not nn.Sequential and hasattr(old, "num_features"):
                block.bn1 = InstanceBatchNorm(old.num_features)
    if not any(isinstance(module, InstanceBatchNorm) for module in net.modules()):
        raise ModelError("backbone.ibn is for ResNets")
