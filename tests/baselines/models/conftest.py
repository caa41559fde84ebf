"""Small batches."""

import pytest
import torch
from torch import Tensor

from tests.baselines.models.systems import SMALL_SIZE


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(7)


@pytest.fixture
def batch() -> tuple[Tensor, Tensor]:
    """Return eight pictures and their classes, of five."""
    return torch.randn(8, 3, *SMALL_SIZE), torch.tensor([0, 1, 2, 3, 4, 0, 1, 2])
