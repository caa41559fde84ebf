"""Random erasing against a plain loop, its fills against their upstreams' numbers."""

import math

import pytest
import torch

from baselines.augment import build_augmentation
from baselines.augment.erasing import IMAGENET_MEAN, erase, rectangles
from tests.baselines.augment.pictures import generator, pictures

MEAN, STD = [0.5, 0.4, 0.3], [0.2, 0.25, 0.3]


def test_erase_fills_each_images_own_box() -> None:
    images = torch.randn(5, 3, 20, 12)
    boxes = torch.tensor([[0, 0, 20, 12], [3, 2, 4, 5], [19, 11, 1, 1], [5, 5, 0, 0], [0, 7, 6, 5]])
    filling = torch.tensor([1.0, 2.0, 3.0])

    erased = erase(images, boxes, filling[:, None, None])

    expected = images.clone()
    for image, (top, left, tall, broad) in zip(expected, boxes.tolist(), strict=True):
        image[:, top : top + tall, left : left + broad] = filling[:, None, None]
    assert torch.equal(erased, expected)


def test_rectangles_have_the_drawn_areas_and_ratios_and_lie_inside() -> None:
    boxes = rectangles(4000, (256, 128), area=(0.02, 0.33), ratio=(0.3, 3.3), generator=generator())

    top, left, tall, broad = boxes.double().unbind(dim=1)
    assert ((top >= 0) & (top + tall <= 256) & (left >= 0) & (left + broad <= 128)).all()
    assert ((tall < 256) & (broad < 128) & (tall > 0) & (broad > 0)).all()
    share, aspect = tall * broad / (256 * 128), tall / broad
    # Rounding of the sides moves both a little.
    assert share.min() > 0.018
    assert 0.31 < share.max() < 0.34
    assert aspect.min() > 0.28
    assert aspect.max() < 3.6
    # Log-uniform ratios: about half are tall. Broad ones are drawn again more often, for the image is narrow.
    assert 0.48 < (aspect > 1).double().mean() < 0.62
    assert len(set(map(tuple, boxes.tolist()))) > 3900


def test_rectangle_that_never_fits_leaves_the_image_whole() -> None:
    boxes = rectangles(50, (16, 16), area=(1.0, 1.0), ratio=(1.0, 1.0), generator=generator())

    assert (boxes[:, 2:] == 0).all()


@pytest.mark.parametrize(
    ("fill", "normalised"),
    [
        ("mean", [(255 * m / 255 - mean) / std for m, mean, std in zip(IMAGENET_MEAN, MEAN, STD, strict=True)]),
        ("zero", [0.0, 0.0, 0.0]),
        ("imagenet_mean_after_norm", list(IMAGENET_MEAN)),
    ],
)
def test_constant_fills_are_written_at_their_upstreams_place(fill: str, normalised: list[float]) -> None:
    images = pictures()
    augment = build_augmentation([{"kind": "erase", "p": 1.0, "fill": fill}], mean=MEAN, std=STD, size=(40, 24))

    difference = augment(images, generator()) != augment.without(images)

    changed = augment(images, generator())
    for channel in range(3):
        values = changed[:, channel][difference[:, channel]]
        assert len(values) > 8
        torch.testing.assert_close(values, torch.full_like(values, normalised[channel]))


def test_noise_is_standard_normal_for_every_value_after_normalisation() -> None:
    images = torch.zeros(200, 3, 40, 24, dtype=torch.uint8)
    augment = build_augmentation([{"kind": "erase", "p": 1.0, "fill": "noise"}], mean=MEAN, std=STD, size=(40, 24))

    changed = augment(images, generator())

    values = changed[changed != augment.without(images)]
    assert len(set(values.tolist())) > 0.99 * len(values)
    assert abs(float(values.mean())) < 5 / math.sqrt(len(values))
    assert abs(float(values.std()) - 1) < 0.02


def test_unknown_fill_is_named() -> None:
    with pytest.raises(ValueError, match='unknown fill "grey"'):
        build_augmentation([{"kind": "erase", "fill": "grey"}], mean=MEAN, std=STD, size=(40, 24))
