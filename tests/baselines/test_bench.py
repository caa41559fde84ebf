"""The bench of training: the yardstick feeds what ours feeds, and a small run prints its table."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from baselines.augment import build_augmentation
from baselines.bench import PlainPictures, main
from baselines.catalogue import recipe
from baselines.data import PixelCache, read_training_set


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a release's public folder with four pictures of noise of ten people."""
    folder = tmp_path_factory.mktemp("public")
    (folder / "train" / "images").mkdir(parents=True)
    draw = np.random.default_rng(3)
    rows = ["image_id,pid,camid"]
    for number in range(40):
        Image.fromarray(draw.integers(0, 256, (60, 30, 3), dtype=np.uint8)).save(
            folder / "train" / "images" / f"image{number}.png"
        )
        rows.append(f"image{number},person{number // 4},camera{number % 2}")
    (folder / "train" / "annotations.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_plain_pictures_are_those_of_the_cache_when_nothing_is_drawn(public: Path, tmp_path: Path) -> None:
    table = copy.deepcopy(dict(recipe("bot_r50_tiny").table))
    table["train"]["augment"] = [
        {"kind": "pad_crop", "pad": 0},
        {"kind": "flip", "p": 0.0},
        {"kind": "erase", "p": 0.0, "area": [0.1, 0.2], "ratio": [0.5, 2.0], "fill": "mean"},
    ]
    images, data = read_training_set(public / "train"), table["data"]
    cache = PixelCache.build(
        images.paths, size=tuple(data["size"]), resize=data["resize"], folder=tmp_path, progress=lambda *_: None
    )
    ours = build_augmentation(table["train"]["augment"], mean=data["mean"], std=data["std"], size=tuple(data["size"]))

    plain = PlainPictures(images, table)

    expected = ours(cache.resident("cpu"), torch.Generator())
    torch.testing.assert_close(torch.stack([plain[place][0] for place in range(40)]), expected, rtol=0, atol=1e-5)
    assert [plain[place][1] for place in range(40)] == images.labels.tolist()


def test_the_table_has_both_loops_and_what_must_be_reached(public: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--data", str(public), "--device", "cpu", "--batches", "1", "--rounds", "1"])

    _, decoding, plain, ours = capsys.readouterr().out.splitlines()
    assert status == 0
    assert decoding.startswith("decoding 40 pictures once  ")
    assert plain.startswith("bot_r50_tiny: a batch of 32, plain loop")
    assert " 1.00" in plain
    assert ours.startswith("bot_r50_tiny: a batch of 32, ours  ")
    assert ">= 0.95 x" in ours
