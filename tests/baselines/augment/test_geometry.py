"""Moves of pixels against Pillow and plain slicing, picture by picture."""

import pytest
import torch
from PIL import Image

from baselines.augment import geometry
from tests.baselines.augment.pictures import HEIGHT, WIDTH, back, opened, pictures


def test_flip_mirrors_the_chosen_images_alone() -> None:
    images = pictures()
    where = torch.tensor([True, False] * 4)

    flipped = geometry.flip(images, where)

    mirrored = back([image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for image in opened(images)])
    assert torch.equal(flipped[0::2], mirrored[0::2])
    assert torch.equal(flipped[1::2], images[1::2])


def test_crop_is_the_slice_of_the_padded_picture() -> None:
    images, pad = pictures(), 5
    top, left = torch.tensor([0, 1, 5, 10, 3, 9, 10, 0]), torch.tensor([10, 0, 5, 10, 7, 2, 0, 0])

    cropped = geometry.crop_padded(images, pad, top, left)

    for image, result, y, x in zip(opened(images), cropped, top.tolist(), left.tolist(), strict=True):
        frame = Image.new("RGB", (WIDTH + 2 * pad, HEIGHT + 2 * pad))
        frame.paste(image, (pad, pad))
        assert torch.equal(result, back([frame.crop((x, y, x + WIDTH, y + HEIGHT))])[0])


@pytest.mark.parametrize(("smooth", "resample"), [(False, Image.Resampling.NEAREST), (True, Image.Resampling.BILINEAR)])
def test_rotation_is_that_of_pillow(smooth: bool, resample: Image.Resampling) -> None:
    images = pictures()
    degrees = torch.tensor([-30.0, -24.0, -9.5, 3.0, 10.0, 17.2, 27.0, 44.0])

    matrices = geometry.rotation_matrix(degrees, HEIGHT, WIDTH)
    turned = geometry.affine(images, matrices, fill=128, smooth=smooth)

    expected = back(
        [
            image.rotate(float(angle), resample=resample, fillcolor=(128,) * 3)
            for image, angle in zip(opened(images), degrees, strict=True)
        ]
    )
    difference = (turned.int() - expected.int()).abs()
    # Pillow steps through nearest pixels in 16-bit fixed point and rounds the matrix to 15 digits.
    assert (difference > 1).float().mean() < 0.005
    assert turned[:, :, 0, 0].tolist() == expected[:, :, 0, 0].tolist()


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quarter_turns_of_squares_are_exact(quarters: int) -> None:
    images = pictures(32, 32)
    matrices = geometry.rotation_matrix(torch.full((8,), 90.0 * quarters), 32, 32)

    assert torch.equal(geometry.affine(images, matrices, fill=0, smooth=False), images.rot90(quarters, (2, 3)))


@pytest.mark.parametrize("horizontal", [True, False])
def test_shear_is_that_of_pillow(horizontal: bool) -> None:
    images = pictures()
    factors = torch.tensor([-0.3, -0.15, -0.05, 0.0, 0.02, 0.1, 0.15, 0.3])

    matrices = geometry.shear_matrix(factors, horizontal=horizontal)
    sheared = geometry.affine(images, matrices, fill=128, smooth=True)

    expected = []
    for image, factor in zip(opened(images), factors.tolist(), strict=True):
        data = (1, factor, 0, 0, 1, 0) if horizontal else (1, 0, 0, factor, 1, 0)
        transform = Image.Transform.AFFINE
        expected.append(
            image.transform(image.size, transform, data, resample=Image.Resampling.BILINEAR, fillcolor=(128,) * 3)
        )
    difference = (sheared.int() - back(expected).int()).abs()
    assert difference.max() <= 1
    assert (difference > 0).float().mean() < 0.005
