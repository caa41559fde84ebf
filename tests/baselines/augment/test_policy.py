"""AutoAugment: the policy's table, and its draws image by image."""

from collections import Counter

import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps

from baselines.augment.policy import OPERATIONS, POLICY, AutoAugment
from tests.baselines.augment.pictures import back, generator, opened, pictures


def test_policy_has_25_pairs_of_known_operations() -> None:
    assert len(POLICY) == 25
    assert {operation.name for pair in POLICY for operation in pair} == set(OPERATIONS)
    assert all(0 <= operation.p <= 1 and 0 <= operation.level <= 10 for pair in POLICY for operation in pair)


LEVELS = {
    ("posterize", 8): lambda image: ImageOps.posterize(image, 7),
    ("posterize", 5): lambda image: ImageOps.posterize(image, 6),
    ("solarize", 5): lambda image: ImageOps.solarize(image, 128),
    ("solarize", 7): lambda image: ImageOps.solarize(image, 179),
    ("colour", 0): lambda image: ImageEnhance.Color(image).enhance(0.1),
    ("colour", 8): lambda image: ImageEnhance.Color(image).enhance(1.54),
    ("contrast", 8): lambda image: ImageEnhance.Contrast(image).enhance(1.54),
    ("sharpness", 7): lambda image: ImageEnhance.Sharpness(image).enhance(1.36),
    ("invert", 8): ImageOps.invert,
    ("autocontrast", 5): ImageOps.autocontrast,
    ("equalize", 3): ImageOps.equalize,
}


@pytest.mark.parametrize("key", LEVELS, ids=lambda key: f"{key[0]}-{key[1]}")
def test_levels_mean_what_timm_means(key: tuple[str, int]) -> None:
    name, level = key
    images = pictures()

    changed = OPERATIONS[name](images, torch.full((8,), float(level)), torch.ones(8))

    difference = (changed.int() - back([LEVELS[key](image) for image in opened(images)]).int()).abs()
    # A factor such as 1.54 differs in the last bit of single precision, which may move a level by one.
    assert difference.max() <= 1
    assert (difference > 0).float().mean() < 0.002


def test_rotation_and_shear_go_either_way() -> None:
    images, signs = pictures(), torch.tensor([1.0, -1.0] * 4)

    turned = OPERATIONS["rotate"](images, torch.full((8,), 9.0), signs)
    sheared = OPERATIONS["shear_x"](images, torch.full((8,), 5.0), signs)

    expected_turn, expected_shear = [], []
    for image, sign in zip(opened(images), signs.tolist(), strict=True):
        keys = {"resample": Image.Resampling.BILINEAR, "fillcolor": (128, 128, 128)}
        expected_turn.append(image.rotate(27 * sign, **keys))
        expected_shear.append(image.transform(image.size, Image.Transform.AFFINE, (1, 0.15 * sign, 0, 0, 1, 0), **keys))
    for changed, expected in ((turned, expected_turn), (sheared, expected_shear)):
        assert ((changed.int() - back(expected).int()).abs() > 1).float().mean() < 0.005


def test_each_image_is_chosen_and_changed_by_itself() -> None:
    image = pictures()[:1].repeat(4000, 1, 1, 1)

    changed = AutoAugment(p=0.1)(image, generator())

    same = (changed == image).flatten(1).all(dim=1)
    # A chosen image is changed unless neither operation of its pair happens, or both leave it as it is.
    assert 0.06 < 1 - float(same.double().mean()) < 0.1
    kinds = Counter(one.numpy().tobytes() for one in changed[~same])
    assert len(kinds) > 15


def test_no_image_is_changed_with_probability_zero() -> None:
    assert torch.equal(AutoAugment(p=0.0)(pictures(), generator()), pictures())
