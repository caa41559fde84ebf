"""Draw for each image of a batch. Every batch costs the same draws, whatever they decide.

Nothing here but `only` waits for a GPU: numbers are multiplied in from Python, vectors are sent to a device once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor

Step = Callable[[Tensor, Generator], Tensor]
"""Change a batch: uint8 (n, 3, height, width) and a generator of the same device to a batch of the same kind."""


def uniform(count: int, low: float, high: float, generator: Generator) -> Tensor:
    """Return float32 (count,) from [low, high)."""
    return torch.rand(count, generator=generator, device=generator.device) * (high - low) + low


def whole(count: int, below: Tensor | int, generator: Generator) -> Tensor:
    """Return int64 (count,) from 0 to `below` - 1, which may differ from image to image."""
    drawn = torch.rand(count, generator=generator, device=generator.device, dtype=torch.float64)
    # A draw just below 1 may be rounded up to `below`.
    return (drawn * below).long().clamp(max=below - 1)


def chosen(count: int, p: float, generator: Generator) -> Tensor:
    """Return bool (count,), each true with probability `p`."""
    return torch.rand(count, generator=generator, device=generator.device) < p


def only(images: Tensor, where: Tensor, change: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Return the batch with `change(some images, their places)` in place of the images where `where` is true."""
    places = where.nonzero().squeeze(1)
    if not len(places):
        return images
    return images.index_copy(0, places, change(images[places], places).to(images.dtype))


class Channels:
    """Hold a number for each channel, and a copy on every device that has asked for it."""

    def __init__(self, values: Sequence[float] | Tensor) -> None:
        self.values = torch.as_tensor(values, dtype=torch.float32)
        self._sent: dict[torch.device, Tensor] = {}

    def on(self, device: torch.device) -> Tensor:
        """Return the numbers on a device, float32 (3, 1, 1)."""
        if device not in self._sent:
            self._sent[device] = self.values.to(device)[:, None, None]
        return self._sent[device]
