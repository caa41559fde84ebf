"""The chain: normalisation, order, draws of each image, repeatability."""

from typing import Any

import pytest
import torch
from PIL import ImageEnhance
from torch import Tensor

from baselines.augment import Augmentation, build_augmentation
from baselines.augment.draws import chosen, uniform
from tests.baselines.augment.pictures import HEIGHT, WIDTH, back, generator, opened, pictures

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
KINDS: list[dict[str, Any]] = [
    {"kind": "flip"},
    {"kind": "pad_crop", "pad": 6},
    {"kind": "colour_jitter", "brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1},
    {"kind": "grayscale", "p": 0.5},
    {"kind": "sharpness", "strength": 0.9},
    {"kind": "rotation", "degrees": 20.0},
    {"kind": "auto_augment", "p": 0.5},
    {"kind": "erase", "fill": "mean"},
]


def _built(*tables: dict[str, Any], size: tuple[int, int] = (HEIGHT, WIDTH)) -> Augmentation:
    return build_augmentation(tables, mean=MEAN, std=STD, size=size)


def _copies(count: int) -> Tensor:
    return pictures()[:1].repeat(count, 1, 1, 1)


def test_without_augmentation_images_are_normalised() -> None:
    images = pictures()

    expected = (images.double() / 255 - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
    torch.testing.assert_close(_built()(images, generator()).double(), expected, rtol=0, atol=1e-5)
    assert torch.equal(_built(*KINDS).without(images), _built()(images, generator()))


def test_images_keep_channels_last_and_the_stored_pixels_stay() -> None:
    images = pictures()
    before = images.clone()

    changed = _built(*KINDS)(images, generator())

    assert changed.dtype == torch.float32
    assert changed.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(images, before)


@pytest.mark.parametrize("table", KINDS, ids=lambda table: table["kind"])
def test_equal_states_of_the_generator_give_equal_images(table: dict[str, Any]) -> None:
    first, second = (_built(table)(pictures(), generator(5)) for _ in range(2))

    assert torch.equal(first, second)
    assert not torch.equal(first, _built(table)(pictures(), generator(6)))


@pytest.mark.parametrize(
    ("table", "least"),
    [(table, 2 if table["kind"] in {"flip", "grayscale"} else 12) for table in KINDS],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_copies_of_one_image_are_changed_differently(table: dict[str, Any], least: int) -> None:
    changed = _built(table)(_copies(64), generator())

    assert len({image.contiguous().numpy().tobytes() for image in changed}) >= least


@pytest.mark.parametrize("table", KINDS, ids=lambda table: table["kind"])
def test_as_many_numbers_are_drawn_whatever_the_images_are(table: dict[str, Any]) -> None:
    noise, flat = generator(3), generator(3)

    _built(table)(pictures(), noise)
    _built(table)(torch.full_like(pictures(), 9), flat)

    assert torch.equal(noise.get_state(), flat.get_state())


@pytest.mark.parametrize("p", [0.2, 0.5, 0.9])
@pytest.mark.parametrize(
    "table",
    [
        {"kind": "flip"},
        {"kind": "grayscale"},
        {"kind": "sharpness", "factor": 2.0},
        {"kind": "rotation", "choices": [180.0]},
        {"kind": "colour_jitter", "brightness": 0.5},
        {"kind": "erase", "fill": "mean"},
    ],
    ids=lambda table: table["kind"],
)
def test_each_image_is_changed_with_the_probability_of_the_recipe(table: dict[str, Any], p: float) -> None:
    images = _copies(2000)
    augment = _built(table | {"p": p})

    changed = (augment(images, generator()) != augment.without(images)).flatten(1).any(dim=1)

    # Five standard deviations of a binomial share.
    assert abs(float(changed.double().mean()) - p) < 5 * (p * (1 - p) / 2000) ** 0.5


def test_crops_are_uniform_over_all_places() -> None:
    marked = torch.zeros(5000, 3, 24, 24, dtype=torch.uint8)
    marked[:, :, 12, 12] = 255
    changed = _built({"kind": "pad_crop", "pad": 2}, size=(24, 24))(marked, generator())

    places = changed[:, 0].flatten(1).argmax(dim=1)
    rows, columns = places // 24 - 10, places % 24 - 10
    counts = torch.bincount(rows * 5 + columns, minlength=25).double()

    assert len(counts) == 25
    assert ((counts - 200).abs() < 5 * 200**0.5).all()


def test_quarter_turns_are_drawn_from_the_choices() -> None:
    images = pictures(32, 32)[:1].repeat(300, 1, 1, 1)
    augment = _built({"kind": "rotation", "p": 1.0, "choices": [90.0, 180.0, 270.0]}, size=(32, 32))

    changed = augment(images, generator())

    turns = torch.stack([augment.without(images[:1].rot90(quarters, (2, 3)))[0] for quarters in (1, 2, 3)])
    which = (changed[:, None] == turns[None]).flatten(2).all(dim=2)
    assert which.any(dim=1).all()
    assert (which.sum(dim=0) > 70).all()


def test_colour_jitter_changes_each_image_in_an_order_of_its_own() -> None:
    bright = (pictures().float() * 0.4 + 140).to(torch.uint8).repeat(4, 1, 1, 1)
    augment = _built({"kind": "colour_jitter", "p": 1.0, "brightness": 0.8, "contrast": 0.8})

    changed = augment(bright, generator())

    draws = generator()
    chosen(32, 1.0, draws)
    factors = [uniform(32, 0.2, 1.8, draws).tolist() for _ in range(2)]
    orders = torch.rand(32, 2, generator=draws).argsort(dim=1).tolist()
    expected = []
    for number, (image, order) in enumerate(zip(opened(bright), orders, strict=True)):
        for place in order:
            enhancer = (ImageEnhance.Brightness, ImageEnhance.Contrast)[place]
            image = enhancer(image).enhance(factors[place][number])  # noqa: PLW2901
        expected.append(image)
    assert {tuple(order) for order in orders} == {(0, 1), (1, 0)}
    assert torch.equal(changed, augment.without(back(expected)))


def test_unchosen_images_are_not_cropped() -> None:
    augment = _built({"kind": "pad_crop", "pad": 6, "p": 0.0})

    assert torch.equal(augment(pictures(), generator()), augment.without(pictures()))


@pytest.mark.parametrize(
    ("tables", "fault"),
    [
        ([{"kind": "blur"}], 'unknown augmentation "blur"'),
        ([{"kind": "erase", "fill": "mean"}, {"kind": "flip"}], 'put "erase" last'),
        ([{"kind": "rotation", "choices": [90.0]}], "use a square"),
    ],
)
def test_faults_of_the_list_are_named(tables: list[dict[str, Any]], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        _built(*tables)
