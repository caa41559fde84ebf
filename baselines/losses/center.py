"""Center loss: squared distance to a learned centre of the identity.

    |x - c_y|^2 summed over dimensions   (Y. Wen et al., A Discriminative Feature Learning Approach, ECCV 2016, equation 2)

as reid-strong-baseline and centroids-reid have it: averaged over the batch, without the paper's factor 1/2. They train the
centres by plain SGD of their own and divide their gradient by the loss's weight (Luo et al. 2019, section 3.6).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

RATE = 0.5
"""Learning rate of the centres in reid-strong-baseline."""


class Centers(nn.Module):
    """Hold a centre of each class, (classes, dimension), from a standard normal, and the rate at which they learn."""

    def __init__(self, classes: int, dimension: int, *, rate: float = RATE) -> None:
        super().__init__()
        self.rate = rate
        self.centers = nn.Parameter(torch.randn(classes, dimension))

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of each sample, (n,)."""
        return (features - self.centers[labels]).square().sum(dim=1)
