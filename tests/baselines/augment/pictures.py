"""Pictures to change: noise, smooth shades, few levels and one level."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

HEIGHT, WIDTH = 40, 24


def pictures(height: int = HEIGHT, width: int = WIDTH) -> Tensor:
    """Return eight pictures, uint8 (8, 3, height, width), channels last in memory as the cache has them."""
    draw = np.random.default_rng(7)
    noise = draw.integers(0, 256, (3, height, width, 3))
    across, down = np.linspace(0, 250, width), np.linspace(0, 250, height)
    shade = np.stack([np.add.outer(down, across) / 2, np.add.outer(down, across[::-1]) / 2], axis=-1)
    shade = np.concatenate([shade, np.full((height, width, 1), 90.0)], axis=-1)
    dim = draw.integers(60, 120, (height, width, 3))
    few = draw.choice([10, 200], (height, width, 3))
    flat = np.full((height, width, 3), 77)
    grey = np.repeat(draw.integers(0, 256, (height, width, 1)), 3, axis=2)
    stack = np.concatenate([noise, [shade], [dim], [few], [flat], [grey]]).astype(np.uint8)
    return torch.from_numpy(stack).permute(0, 3, 1, 2)


def opened(images: Tensor) -> list[Image.Image]:
    """Return the pictures as Pillow has them."""
    return [Image.fromarray(np.ascontiguousarray(image)) for image in images.permute(0, 2, 3, 1).numpy()]


def back(images: list[Image.Image]) -> Tensor:
    """Return Pillow's pictures as a batch."""
    return torch.from_numpy(np.stack([np.asarray(image) for image in images])).permute(0, 3, 1, 2)


def generator(seed: int = 0) -> torch.Generator:
    """Return a generator in a known state."""
    return torch.Generator().manual_seed(seed)
