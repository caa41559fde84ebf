"""Make a recipe's list of augmentations into one step from stored pixels to what the network is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from baselines.augment import colour, geometry
from baselines.augment.draws import Channels, Step, chosen, only, uniform, whole
from baselines.augment.erasing import Erasing
from baselines.augment.policy import AutoAugment


class Augmentation:
    """Change stored pixels at random and normalise them; every image by draws of its own, on the images' device.

    Equal images and an equal state of the generator give equal results on a CPU.
    """

    def __init__(self, steps: Sequence[Step], erasing: Sequence[Step], *, mean: Tensor, std: Tensor) -> None:
        self.steps, self.erasing = tuple(steps), tuple(erasing)
        self.scale, self.shift = Channels(1 / (255 * std)), Channels(-mean / std)

    def __call__(self, images: Tensor, generator: Generator) -> Tensor:
        """Return float32 (n, 3, height, width), normalised, from uint8 of the same shape.

        The generator must be of the device of the images. Channels are last in memory.
        """
        for step in self.steps:
            images = step(images, generator)
        normalised = self.without(images)
        for step in self.erasing:
            normalised = step(normalised, generator)
        return normalised

    def without(self, images: Tensor) -> Tensor:
        """Return the images normalised and otherwise as they are, float32 (n, 3, height, width)."""
        as_float = images.to(torch.float32, memory_format=torch.channels_last)
        return as_float.mul_(self.scale.on(images.device)).add_(self.shift.on(images.device))


def build_augmentation(
    tables: Sequence[Mapping[str, Any]], *, mean: Sequence[float], std: Sequence[float], size: tuple[int, int]
) -> Augmentation:
    """Return the augmentation of a recipe's `[train] augment` list, in its order.

    `mean` and `std` are of values in [0, 1]; `size` is (height, width) of the images, which stays as it is. Erasing must
    stand last, for it works on normalised values. Keys of each kind: baselines/README.md, "Augmentation".

    Raises
    ------
    ValueError for an unknown kind or fill, for erasing that does not stand last, or a quarter turn of oblong images.
    """
    mean_, std_ = torch.tensor(mean, dtype=torch.float32), torch.tensor(std, dtype=torch.float32)
    steps: list[Step] = []
    erasing: list[Step] = []
    for table in tables:
        kind = table["kind"]
        if kind == "erase":
            defaults: dict[str, Any] = {"p": 0.5, "area": (0.02, 0.33), "ratio": (0.3, 3.3)}
            keys = defaults | {key: value for key, value in table.items() if key != "kind"}
            erasing.append(Erasing(**keys, mean=mean_, std=std_))
            continue
        if kind not in STEPS:
            raise ValueError(f'unknown augmentation "{kind}" (there are erase, {", ".join(STEPS)})')
        if erasing:
            raise ValueError(f'"{kind}" stands after "erase", which works on normalised images; put "erase" last')
        steps.append(STEPS[kind](table, size))
    return Augmentation(steps, erasing, mean=mean_, std=std_)


def _flip(table: Mapping[str, Any], _size: tuple[int, int]) -> Step:
    p = table.get("p", 0.5)
    return lambda images, generator: geometry.flip(images, chosen(len(images), p, generator))


def _pad_crop(table: Mapping[str, Any], _size: tuple[int, int]) -> Step:
    """Pad with black and crop back at a uniform place; an image that is not chosen is cut from the middle: unchanged."""
    pad, p = table["pad"], table.get("p", 1.0)

    def step(images: Tensor, generator: Generator) -> Tensor:
        count = len(images)
        where = chosen(count, p, generator)
        top, left = (torch.where(where, whole(count, 2 * pad + 1, generator), pad) for _ in range(2))
        return geometry.crop_padded(images, pad, top, left)

    return step


def _colour_jitter(table: Mapping[str, Any], _size: tuple[int, int]) -> Step:
    """Change brightness, contrast, saturation and hue in an order drawn for each image (torchvision ColorJitter)."""
    p = table.get("p", 1.0)
    names = [name for name in _COLOUR_CHANGES if table.get(name, 0)]

    def step(images: Tensor, generator: Generator) -> Tensor:
        count = len(images)
        where = chosen(count, p, generator)
        factors = {name: uniform(count, *_range(name, table[name]), generator) for name in names}
        order = torch.rand(count, len(names), generator=generator, device=generator.device).argsort(dim=1)
        for position in range(len(names)):
            for place, name in enumerate(names):

                def one(some: Tensor, places: Tensor, name: str = name) -> Tensor:
                    return _COLOUR_CHANGES[name](some, factors[name][places])

                images = only(images, where & (order[:, position] == place), one)
        return images

    return step


_COLOUR_CHANGES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "brightness": colour.brightness,
    "contrast": colour.contrast,
    "saturation": colour.saturation,
    "hue": colour.hue,
}


def _range(name: str, strength: float) -> tuple[float, float]:
    return (-strength, strength) if name == "hue" else (max(0.0, 1 - strength), 1 + strength)


def _grayscale(table: Mapping[str, Any], _size: tuple[int, int]) -> Step:
    p = table.get("p", 0.1)

    def step(images: Tensor, generator: Generator) -> Tensor:
        return only(images, chosen(len(images), p, generator), lambda some, _: colour.grayscale(some))

    return step


def _sharpness(table: Mapping[str, Any], _size: tuple[int, int]) -> Step:
    """Sharpen by `factor`, or by factors drawn from 1 - strength to 1 + strength."""
    p = table.get("p", 0.5)
    low, high = (table["factor"],) * 2 if "factor" in table else _range("sharpness", table.get("strength", 0.5))

    def step(images: Tensor, generator: Generator) -> Tensor:
        count = len(images)
        where, factors = chosen(count, p, generator), uniform(count, low, high, generator)
        return only(images, where, lambda some, places: colour.sharpness(some, factors[places]))

    return step


def _rotation(table: Mapping[str, Any], size: tuple[int, int]) -> Step:
    """Turn by one of `choices`, or by up to `degrees` either way; corners are black, pixels are not mixed."""
    p, choices, degrees = table.get("p", 0.5), table.get("choices"), table.get("degrees", 10.0)
    if choices and size[0] != size[1] and any(choice % 180 for choice in choices):
        raise ValueError(f"turning images of {size[0]} x {size[1]} by {choices} degrees would cut them; use a square")

    def step(images: Tensor, generator: Generator) -> Tensor:
        count = len(images)
        where = chosen(count, p, generator)
        if choices:
            listed = torch.tensor(choices, dtype=torch.float32, device=images.device)
            angles = listed[whole(count, len(choices), generator)]
        else:
            angles = uniform(count, -degrees, degrees, generator)
        matrices = geometry.rotation_matrix(angles, *images.shape[2:])
        return only(images, where, lambda some, places: geometry.affine(some, matrices[places], fill=0, smooth=False))

    return step


STEPS: Mapping[str, Callable[[Mapping[str, Any], tuple[int, int]], Step]] = {
    "flip": _flip,
    "pad_crop": _pad_crop,
    "colour_jitter": _colour_jitter,
    "grayscale": _grayscale,
    "sharpness": _sharpness,
    "rotation": _rotation,
    "auto_augment": lambda table, _size: AutoAugment(p=table.get("p", 0.1)),
}
