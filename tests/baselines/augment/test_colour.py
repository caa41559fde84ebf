"""Every operation on colours against Pillow, picture by picture."""

from collections.abc import Callable

import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps
from torch import Tensor

from baselines.augment import colour
from tests.baselines.augment.pictures import back, opened, pictures

FACTORS = torch.tensor([0.0, 0.37, 1.0, 1.63, 0.9, 2.5, 0.1, 1.9])


@pytest.mark.parametrize(
    ("change", "enhancer"),
    [
        (colour.brightness, ImageEnhance.Brightness),
        (colour.contrast, ImageEnhance.Contrast),
        (colour.saturation, ImageEnhance.Color),
        (colour.sharpness, ImageEnhance.Sharpness),
    ],
)
@pytest.mark.parametrize("turn", range(3))
def test_enhancements_are_those_of_pillow(
    change: Callable[[Tensor, Tensor], Tensor], enhancer: Callable[[Image.Image], ImageEnhance._Enhance], turn: int
) -> None:
    images, factors = pictures(), FACTORS.roll(turn)

    changed = change(images, factors)

    expected = back([enhancer(image).enhance(float(f)) for image, f in zip(opened(images), factors, strict=True)])
    assert torch.equal(changed, expected)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (colour.grayscale, lambda image: image.convert("L").convert("RGB")),
        (colour.invert, ImageOps.invert),
        (colour.equalize, ImageOps.equalize),
        (colour.autocontrast, ImageOps.autocontrast),
    ],
    ids=["grayscale", "invert", "equalize", "autocontrast"],
)
def test_operations_without_strength_are_those_of_pillow(
    changed: Callable[[Tensor], Tensor], expected: Callable[[Image.Image], Image.Image]
) -> None:
    images = pictures()

    assert torch.equal(changed(images), back([expected(image) for image in opened(images)]))


def test_posterize_keeps_each_images_bits() -> None:
    images, bits = pictures(), torch.tensor([4, 5, 6, 7, 8, 4, 5, 6])

    expected = back([ImageOps.posterize(image, int(b)) for image, b in zip(opened(images), bits, strict=True)])
    assert torch.equal(colour.posterize(images, bits), expected)


def test_solarize_keeps_each_images_threshold() -> None:
    images, thresholds = pictures(), torch.tensor([0, 1, 76, 128, 179, 204, 255, 256])

    expected = back([ImageOps.solarize(image, int(t)) for image, t in zip(opened(images), thresholds, strict=True)])
    assert torch.equal(colour.solarize(images, thresholds), expected)


def test_hue_turns_as_pillows_hsv_does() -> None:
    images = pictures()
    shifts = torch.tensor([-0.5, -0.31, -0.1, 0.0, 0.07, 0.25, 0.4, 0.5])

    changed = colour.hue(images, shifts)

    turned = []
    for image, shift in zip(opened(images), shifts, strict=True):
        hue, saturation, value = image.convert("HSV").split()
        by = int(float(shift) * 255) % 256
        hue = hue.point([(level + by) % 256 for level in range(256)])
        turned.append(Image.merge("HSV", (hue, saturation, value)).convert("RGB"))
    difference = (changed.int() - back(turned).int()).abs()
    # Pillow works in single precision in another order; a level of hue may fall to the other side.
    assert (difference > 0).float().mean() < 0.002
    assert difference.max() <= 8
