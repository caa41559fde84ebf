"""A tiny CNN against colours on AG-Synth, three seeds: the first of the data's two bars for a trained network."""

import json
from pathlib import Path

import pytest

from baselines.__main__ import main
from challenges.synth import synthesize

IDENTITIES = 200


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a release of 200 training identities: 2,400 images."""
    return synthesize(tmp_path_factory.mktemp("agsynth") / "release", identities=IDENTITIES, seed=5).folder


@pytest.mark.long
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_tiny_cnn_is_ten_points_above_colour(
    large: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    cache = ["--cache", str(large.parent / "pixels"), "--device", "cpu"]
    words = ["--data", str(large / "public"), "--out", str(tmp_path / "run"), "--seed", str(seed)]
    assert main(["train", "bot_r50_tiny", *words, *cache]) == 0

    main(["audit", str(tmp_path / "run"), "--data", str(large), *cache])

    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    rank_1 = next(event for event in events if event["event"] == "audit")
    assert rank_1["difference"] >= 0.10
    assert rank_1["p"] < 0.05
