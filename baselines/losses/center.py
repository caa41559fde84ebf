"""Center loss: squared distance to a learned centre of the identity.

    |x - c_y|^2 summed over dimensions   (Y. Wen et al., A Discriminative Feature Learning Approach, ECCV 2016, equation 2)

as reid-strong-baseline and centroids-reid train it: averaged over the batch, without the paper's factor 1/2, with an
optimiser of its own for the centres (SGD, 0.5), whose gradient is divided by the loss's weight.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Centers(nn.Module):
    """Hold a centre of each class, (classes, dimension), from a standard normal; `weight` is the loss's."""

    def __init__(self, classes: int, dimension: int, *, weight: float) -> None:
        super().__init__()
        self.centers = nn.Parameter(torch.randn(classes, dimension))
        self.share = 1 / weight if weight else 0.0

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of each sample, (n,); times the weight, the centres' gradient is as if the weight were 1."""
        fixed = self.centers.detach()
        own = (fixed + (self.centers - fixed) * self.share)[labels]
        return (features - own).square().sum(dim=1)
