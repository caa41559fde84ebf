"""Center loss: squared distance to a learned centre of the identity.

    |x - c_y|^2 summed over dimensions   (Y. Wen et al., A Discriminative Feature Learning Approach, ECCV 2016, equation 2)

as reid-strong-baseline and centroids-reid have it: averaged over the batch, without the paper's factor 1/2. They train the
centres by an SGD of their own (0.5) and divide their gradient by the loss's weight; that is the optimiser's business.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Centers(nn.Module):
    """Hold a centre of each class, (classes, dimension), from a standard normal."""

    def __init__(self, classes: int, dimension: int) -> None:
        super().__init__()
        self.centers = nn.Parameter(torch.randn(classes, dimension))

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of each sample, (n,)."""
        return (features - self.centers[labels]).square().sum(dim=1)
