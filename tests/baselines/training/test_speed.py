"""The roofline against the reference's figures, and a measurement of every kind of sampler."""

import json
import math
from dataclasses import replace

import pytest
import torch

from baselines.__main__ import main
from baselines.catalogue import overridden, recipe
from baselines.models.profile import profile
from baselines.training.speed import Peaks, measure_speed, roofline

H200 = Peaks(bytes_per_s=4.3e12, operations_per_s=788e12)
"""As the reference measured it."""


@pytest.mark.parametrize(
    ("stage", "half", "pictures", "bound"),
    [
        ("train", True, 16_200, "memory"),
        ("extract", True, 86_000, "memory"),
        ("train", False, 8_100, "memory"),
    ],
)
def test_the_roofline_of_bot_is_that_of_the_reference(stage: str, half: bool, pictures: int, bound: str) -> None:
    size = profile(recipe("bot_r50").table["model"], classes=751, size=(256, 128))

    found, found_bound = roofline(stage, size, H200, half=half)

    assert found == pytest.approx(pictures, rel=0.01)
    assert found_bound == bound


def test_products_bound_a_device_whose_memory_is_fast() -> None:
    size = profile(recipe("bot_r50").table["model"], classes=751, size=(256, 128))

    found, bound = roofline("train", size, Peaks(1e30, 788e12), half=True)

    assert (round(found, -3), bound) == (32_000, "compute")


@pytest.mark.parametrize(
    "sampler",
    [
        {"kind": "random", "batch": 4},
        {"kind": "pk_cross_camera", "p": 2, "k": 2},
        {"kind": "pk_per_camera", "p": 2, "k": 1},
        {"kind": "once_per_epoch", "p": 2, "k": 2},
    ],
    ids=lambda sampler: sampler["kind"],
)
def test_training_and_extraction_are_measured_with_any_sampler(sampler: dict[str, object]) -> None:
    tiny = overridden(recipe("bot_r50_tiny"), ["test.inference.batch=4"])
    small = replace(tiny, table={**tiny.table, "train": {**tiny.table["train"], "sampler": sampler}})

    speeds = measure_speed(small, torch.device("cpu"), classes=5, seconds=0.0)

    assert list(speeds) == ["train", "extract"]
    assert all(math.isfinite(speed.share) and speed.share > 0 for speed in speeds.values())


def test_the_command_tells_the_speed_when_it_is_asked_to(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bot_r50_tiny", "--set", "train.sampler.p=2", "--set", "test.inference.batch=4", "--device", "cpu"]

    assert main(["profile", *words, "--measure", "0.01"]) == 0

    size, train, extract = map(json.loads, capsys.readouterr().out.splitlines())
    assert (size["event"], train["stage"], extract["stage"]) == ("profile", "train", "extract")
    assert train["share"] == pytest.approx(train["images_per_s"] / train["roofline"], abs=0.01)
    assert {train["bound"], extract["bound"]} <= {"memory", "compute"}
