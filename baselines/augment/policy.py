"""AutoAugment's policy for ImageNet (E. D. Cubuk et al., AutoAugment, CVPR 2019, arXiv:1805.09501, Table 9).

One of 25 pairs of operations is drawn for each image; each operation of the pair happens with its own probability.
Strengths follow timm: a level from 0 to 10 stands for up to 30 degrees, a shear of 0.3, a factor of 0.1 to 1.9, 4 to 8
bits, a threshold of 0 to 256; turns and shears go either way. What comes from outside the picture is grey (128).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from baselines.augment import colour, geometry
from baselines.augment.draws import chosen, only, uniform, whole

OUTSIDE = 128


class Operation(NamedTuple):
    """Name an operation, the probability that it happens, and its level from 0 to 10."""

    name: str
    p: float
    level: int


def _policy(*rows: tuple[str, float, int, str, float, int]) -> tuple[tuple[Operation, Operation], ...]:
    return tuple((Operation(*row[:3]), Operation(*row[3:])) for row in rows)


POLICY = _policy(
    ("posterize", 0.4, 8, "rotate", 0.6, 9),
    ("solarize", 0.6, 5, "autocontrast", 0.6, 5),
    ("equalize", 0.8, 8, "equalize", 0.6, 3),
    ("posterize", 0.6, 7, "posterize", 0.6, 6),
    ("equalize", 0.4, 7, "solarize", 0.2, 4),
    ("equalize", 0.4, 4, "rotate", 0.8, 8),
    ("solarize", 0.6, 3, "equalize", 0.6, 7),
    ("posterize", 0.8, 5, "equalize", 1.0, 2),
    ("rotate", 0.2, 3, "solarize", 0.6, 8),
    ("equalize", 0.6, 8, "posterize", 0.4, 6),
    ("rotate", 0.8, 8, "colour", 0.4, 0),
    ("rotate", 0.4, 9, "equalize", 0.6, 2),
    ("equalize", 0.0, 7, "equalize", 0.8, 8),
    ("invert", 0.6, 4, "equalize", 1.0, 8),
    ("colour", 0.6, 4, "contrast", 1.0, 8),
    ("rotate", 0.8, 8, "colour", 1.0, 2),
    ("colour", 0.8, 8, "solarize", 0.8, 7),
    ("sharpness", 0.4, 7, "invert", 0.6, 8),
    ("shear_x", 0.6, 5, "equalize", 1.0, 9),
    ("colour", 0.4, 0, "equalize", 0.6, 3),
    ("equalize", 0.4, 7, "solarize", 0.2, 4),
    ("solarize", 0.6, 5, "autocontrast", 0.6, 5),
    ("invert", 0.6, 4, "equalize", 1.0, 8),
    ("colour", 0.6, 4, "contrast", 1.0, 8),
    ("equalize", 0.8, 8, "equalize", 0.6, 3),
)


def _rotate(images: Tensor, levels: Tensor, signs: Tensor) -> Tensor:
    matrices = geometry.rotation_matrix(levels / 10 * 30 * signs, *images.shape[2:])
    return geometry.affine(images, matrices, fill=OUTSIDE, smooth=True)


def _shear_x(images: Tensor, levels: Tensor, signs: Tensor) -> Tensor:
    matrices = geometry.shear_matrix(levels / 10 * 0.3 * signs, horizontal=True)
    return geometry.affine(images, matrices, fill=OUTSIDE, smooth=True)


def _factor(levels: Tensor) -> Tensor:
    return levels / 10 * 1.8 + 0.1


OPERATIONS: Mapping[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "posterize": lambda images, levels, _: colour.posterize(images, (levels * 4).int() // 10 + 4),
    "rotate": _rotate,
    "solarize": lambda images, levels, _: colour.solarize(images, (levels * 256).int() // 10),
    "autocontrast": lambda images, _levels, _signs: colour.autocontrast(images),
    "equalize": lambda images, _levels, _signs: colour.equalize(images),
    "colour": lambda images, levels, _: colour.saturation(images, _factor(levels)),
    "contrast": lambda images, levels, _: colour.contrast(images, _factor(levels)),
    "sharpness": lambda images, levels, _: colour.sharpness(images, _factor(levels)),
    "invert": lambda images, _levels, _signs: colour.invert(images),
    "shear_x": _shear_x,
}


class AutoAugment:
    """Apply the policy to an image with probability `p` (SBS and MGN: 0.1)."""

    def __init__(self, *, p: float) -> None:
        self.p = p

    def __call__(self, images: Tensor, generator: Generator) -> Tensor:
        """Return the batch, uint8 (n, 3, height, width), some images changed."""
        count = len(images)
        where = chosen(count, self.p, generator)
        pairs = whole(count, len(POLICY), generator)
        happens = [uniform(count, 0, 1, generator) for _ in range(2)]
        signs = [chosen(count, 0.5, generator) * 2.0 - 1 for _ in range(2)]

        def change(some: Tensor, places: Tensor) -> Tensor:
            for position in range(2):
                some = _applied(some, position, pairs[places], happens[position][places], signs[position][places])
            return some

        return only(images, where, change)


def _applied(images: Tensor, position: int, pairs: Tensor, draws: Tensor, signs: Tensor) -> Tensor:
    """Apply the first or the second operation of each image's pair, all images of one operation together."""
    drawn = [POLICY[pair][position] for pair in pairs.tolist()]
    levels = torch.tensor([float(operation.level) for operation in drawn], device=images.device)
    happens = draws < torch.tensor([operation.p for operation in drawn], device=images.device)
    for name in sorted({operation.name for operation in drawn}):
        named = torch.tensor([operation.name == name for operation in drawn], device=images.device)

        def change(some: Tensor, places: Tensor, name: str = name) -> Tensor:
            return OPERATIONS[name](some, levels[places], signs[places])

        images = only(images, happens & named, change)
    return images
