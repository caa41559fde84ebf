"""Erase a rectangle of an image (Z. Zhong et al., Random Erasing Data Augmentation, AAAI 2020).

Works on normalised images. A fill written before normalisation, as fast-reid does, is the same as its normalised value
written after it, so one place in the chain serves every upstream.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from baselines.augment.draws import Channels, chosen, whole

IMAGENET_MEAN = (0.485, 0.456, 0.406)
ATTEMPTS = 10
"""A rectangle that does not fit is drawn again so many times; then the image stays whole (torchvision, timm)."""


def rectangles(
    count: int, size: tuple[int, int], *, area: Sequence[float], ratio: Sequence[float], generator: Generator
) -> Tensor:
    """Return top, left, height and width of a rectangle for each image, int64 (count, 4); height 0 where none fits.

    Its share of the area is uniform, the logarithm of height over width is uniform, sides are rounded and must be smaller
    than the image's.
    """
    height, width = size
    draws = torch.rand(2, count, ATTEMPTS, generator=generator, device=generator.device, dtype=torch.float64)
    pixels = (draws[0] * (area[1] - area[0]) + area[0]) * (height * width)
    low, high = (math.log(bound) for bound in ratio)
    aspect = (draws[1] * (high - low) + low).exp()
    tall, broad = (pixels * aspect).sqrt().round().long(), (pixels / aspect).sqrt().round().long()
    fits = (tall < height) & (broad < width)
    first = fits.long().argmax(dim=1, keepdim=True)
    any_fits = fits.any(dim=1)
    tall, broad = (torch.where(any_fits, side.gather(1, first).squeeze(1), 0) for side in (tall, broad))
    top = whole(count, height - tall + 1, generator)
    left = whole(count, width - broad + 1, generator)
    return torch.stack([top, left, tall, broad], dim=1)


def erase(images: Tensor, boxes: Tensor, filling: Tensor) -> Tensor:
    """Return float images (n, 3, height, width) with `filling` (which broadcasts) inside each image's box."""
    height, width = images.shape[2:]
    rows, columns = torch.arange(height, device=images.device), torch.arange(width, device=images.device)
    top, left, tall, broad = (column[:, None] for column in boxes.unbind(dim=1))
    in_rows = (rows >= top) & (rows < top + tall)
    in_columns = (columns >= left) & (columns < left + broad)
    inside = in_rows[:, None, :, None] & in_columns[:, None, None, :]
    return torch.where(inside, filling, images)


class Erasing:
    """Erase one rectangle of an image with probability `p`.

    `fill` is `mean` (ImageNet's mean colour, before normalisation: fast-reid), `zero` (0 after it, the recipe's own mean
    colour: layumi), `noise` (standard normal for each value, after it: TransReID) or `imagenet_mean_after_norm` (the
    numbers of ImageNet's mean written into normalised images: centroids-reid, cluster-contrast).
    """

    def __init__(
        self, *, p: float, area: Sequence[float], ratio: Sequence[float], fill: str, mean: Tensor, std: Tensor
    ) -> None:
        constants = {
            "mean": Channels((torch.tensor(IMAGENET_MEAN) - mean) / std),
            "zero": Channels(torch.zeros(3)),
            "imagenet_mean_after_norm": Channels(IMAGENET_MEAN),
        }
        if fill != "noise" and fill not in constants:
            raise ValueError(f'unknown fill "{fill}" (there are noise, {", ".join(constants)})')
        self.p, self.area, self.ratio = p, area, ratio
        self.constant = constants.get(fill)

    def __call__(self, images: Tensor, generator: Generator) -> Tensor:
        """Return normalised images, float32 (n, 3, height, width), some with a rectangle erased."""
        count, _, height, width = images.shape
        which = chosen(count, self.p, generator)
        boxes = rectangles(count, (height, width), area=self.area, ratio=self.ratio, generator=generator)
        boxes = boxes * which[:, None]
        if self.constant is not None:
            filling = self.constant.on(images.device)
        else:
            filling = torch.randn(images.shape, generator=generator, device=images.device, dtype=images.dtype)
        return erase(images, boxes, filling)
