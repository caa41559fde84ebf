"""What a run leaves, tells and refuses, through the command line in this process."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from baselines.__main__ import main
from baselines.commands import guarded_learning
from baselines.training.errors import RunError
from baselines.training.journal import Journal
from tests.baselines.learned import write_release
from tests.baselines.short import SIZE, Run, short

_LINES = short("bot_vit_tiny", 3)


def _called(*words: object) -> int:
    return main([str(word) for word in words])


def _sets(lines: list[str]) -> list[str]:
    return [word for line in lines for word in ("--set", line)]


def _trained(data: Path, out: Path, *more: object, slug: str = "bot_vit_tiny", lines: list[str] = _LINES) -> int:
    return _called("train", slug, "--data", data, "--out", out, "--device", "cpu", *_sets(lines), *more)


def _events(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture(scope="module")
def run(people: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run of three iterations."""
    out = tmp_path_factory.mktemp("runs") / "run"
    assert _trained(people, out) == 0
    return out


def test_a_run_leaves_all_that_it_takes_to_judge_and_repeat_it(run: Path) -> None:
    assert {path.name for path in run.iterdir()} >= {
        *("recipe.json", "events.jsonl", "checkpoint.pt", "model.safetensors", "provenance.json"),
    }
    assert not (run / "pixels").exists()
    recipe = json.loads((run / "recipe.json").read_text("utf-8"))
    provenance = json.loads((run / "provenance.json").read_text("utf-8"))
    assert (recipe["slug"], recipe["seed"], recipe["overrides"]) == ("bot_vit_tiny", 0, _LINES)
    assert recipe["table"]["train"]["schedule"]["epochs"] == 3
    assert provenance["recipe_sha256"] == recipe["sha256"]
    assert provenance["weights"] is None
    assert provenance["data"]["images"] == 64
    assert provenance["compute_seconds"] > 0
    assert provenance["peak_bytes"] > 10_000_000
    assert {"torch", "timm", "numpy"} <= set(provenance["libraries"])


def test_events_are_those_that_the_site_reads(run: Path) -> None:
    events = [json.loads(line) for line in (run / "events.jsonl").read_text("utf-8").splitlines()]
    kinds = [event["event"] for event in events]

    assert kinds.index("started") < kinds.index("losses") < kinds.index("checkpoint") < kinds.index("finished")
    started = next(event for event in events if event["event"] == "started")
    assert started == {
        "event": "started",
        "recipe": "bot_vit_tiny",
        "seed": 0,
        "device": "cpu",
        "iterations": 3,
        "epochs": 3,
        "resumed_at": 0,
    }
    losses = [event for event in events if event["event"] == "losses"]
    assert [event["iteration"] for event in losses] == [1, 2, 3]
    assert set(losses[0]) == {"event", "iteration", "epoch", "lr", "total", "terms", "images_per_s"}
    assert set(losses[0]["terms"]) == {"ce", "triplet"}


def test_a_trained_run_answers_and_keeps_its_features(run: Path, people: Path, tmp_path: Path) -> None:
    assert _called("rank", run, "--data", people / "test", "--out", tmp_path / "one.csv", "--device", "cpu") == 0
    assert _called("rank", run, "--data", people / "test", "--out", tmp_path / "two.csv", "--device", "cpu") == 0

    lines = (tmp_path / "one.csv").read_text("utf-8").splitlines()
    assert lines[0] == "query_id,gallery_ids"
    assert len(lines) == 1 + 24
    assert {len(line.split(" ")) for line in lines[1:]} == {40}
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    with np.load(run / "embeddings.npz") as kept:
        assert kept["features"].shape == (64, 64)
        assert len(set(kept["image_ids"].tolist())) == 64


def test_two_runs_can_be_fused(run: Path, people: Path, tmp_path: Path) -> None:
    out, alone = tmp_path / "fused.csv", tmp_path / "alone.csv"

    assert _called("rank", run, "--fuse", run, "--data", people / "test", "--out", out, "--device", "cpu") == 0
    assert _called("rank", run, "--data", people / "test", "--out", alone, "--device", "cpu") == 0

    # The mean of a model with itself is the model.
    assert out.read_bytes() == alone.read_bytes()


def test_validation_tells_rank_1_and_map(people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _trained(people, tmp_path / "run", lines=[*_LINES, "train.loop.validate_epochs=3"]) == 0

    validated = [event for event in _events(capsys) if event["event"] == "validated"]
    assert [event["iteration"] for event in validated] == [3]
    assert set(validated[0]["metrics"]) == {f"{t}/{m}" for t in ("across", "micro", "macro") for m in ("rank-1", "mAP")}
    assert all(0 < value <= 1 for value in validated[0]["metrics"].values())


@pytest.mark.parametrize(
    ("variant", "labels"), [("train_class", range(1, 9)), ("clusters", range(65)), ("nearest_gallery", range(1, 9))]
)
def test_rounds_of_pseudo_labels_train_on(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], variant: str, labels: range
) -> None:
    lines = [*_LINES, f"pseudo.variant={variant}", "pseudo.part=val", "pseudo.rounds=2", "pseudo.k1=6", "pseudo.k2=2"]

    assert _trained(people, tmp_path / "run", slug="bot_vit_tiny+pseudo", lines=lines) == 0

    events = _events(capsys)
    rounds = [event for event in events if event["event"] == "pseudo_labels"]
    assert [event["round"] for event in rounds] == [1, 2]
    assert all(event["images"] == 64 and event["labels"] in labels for event in rounds)
    assert events[-1]["event"] == "finished"
    assert "transductive_train" in events[-1]["facets"]
    # Each stage goes on counting where the one before ended.
    iterations = [event["iteration"] for event in events if event["event"] == "losses"]
    assert iterations == sorted(set(iterations))
    assert iterations[-1] > 3


def test_a_recipe_that_learns_nothing_is_a_run_too(people: Path, tmp_path: Path) -> None:
    assert _called("train", "random", "--data", people, "--out", tmp_path / "run", "--seed", 4) == 0
    assert _called("rank", tmp_path / "run", "--data", people / "test", "--out", tmp_path / "run.csv") == 0
    assert _called("rank", "random", "--data", people / "test", "--out", tmp_path / "slug.csv", "--seed", 4) == 0

    assert (tmp_path / "run.csv").read_bytes() == (tmp_path / "slug.csv").read_bytes()


def _refused(capsys: pytest.CaptureFixture[str], status: int) -> str:
    """Return the reason of a call that ended with 2, told on both ways."""
    told = capsys.readouterr()
    event = json.loads(told.out.splitlines()[-1])
    assert status == 2
    assert event["event"] == "failed"
    assert event["reason"] in told.err
    return str(event["reason"])


def test_an_override_outside_the_schema_is_refused(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = _trained(people, tmp_path / "run", lines=["train.optim.lrr=1"])

    assert 'did you mean "train.optim.lr"?' in _refused(capsys, status)
    assert not (tmp_path / "run").exists()


def test_a_folder_in_use_is_left_alone(
    run: Path, people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "letter").touch()

    assert "is in use" in _refused(capsys, _trained(people, tmp_path / "used"))
    assert "give --resume" in _refused(capsys, _trained(people, run))
    assert "another recipe, seed" in _refused(capsys, _trained(people, run, "--resume", "--seed", 9))


def test_a_network_must_be_trained_before_it_ranks(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = _called("rank", "bot_vit_tiny", "--data", people / "test", "--out", tmp_path / "a.csv")

    assert "has to learn first" in _refused(capsys, status)


def test_missing_and_damaged_images_are_named(people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = shutil.copytree(people, tmp_path / "data")
    (data / "train" / "images" / "t0003.png").write_bytes(b"no picture")
    assert "image t0003 cannot be read" in _refused(capsys, _trained(data, tmp_path / "damaged"))

    (data / "train" / "images" / "t0003.png").unlink()
    assert "t0003" in _refused(capsys, _trained(data, tmp_path / "missing"))


def test_one_image_of_each_identity_is_no_training_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_release(tmp_path / "data", people=40, images=1)

    assert "one image only" in _refused(capsys, _trained(data, tmp_path / "run"))


def test_an_identity_without_the_needed_camera_is_named(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = shutil.copytree(people, tmp_path / "data")
    table = data / "train" / "annotations.csv"
    table.write_text(
        "".join(
            f"{line.replace(',uav', ',cctv')}\n" if ",p03," in line else f"{line}\n"
            for line in table.read_text("utf-8").splitlines()
        ),
        "utf-8",
    )
    lines = [*_LINES, "train.sampler.kind=pk_per_camera", "train.sampler.p=4", "train.sampler.k=1"]

    assert "p03 (no uav)" in _refused(capsys, _trained(data, tmp_path / "run", lines=lines))


def test_weights_that_are_not_there_are_named(people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [SIZE, "model.weights=/nowhere/weights.safetensors"]

    told = _refused(capsys, _trained(people, tmp_path / "run", slug="bot_osnet", lines=lines))

    assert "/nowhere/weights.safetensors: no such file" in told


def test_weights_that_a_step_has_spoilt_are_not_kept(people: Path, tmp_path: Path) -> None:
    lines = short("bot_vit_tiny", 4, "train.loop.checkpoint_iterations=1", "train.optim.clip_norm=0")
    run = Run("bot_vit_tiny", people, tmp_path / "run", lines)
    # No schema takes these: the first loss is a number, and the step behind it leaves none.
    run.session.table["train"]["losses"][0]["weight"] = 1e35
    run.session.table["train"]["optim"]["lr"] = 1e10

    with pytest.raises(RunError, match="the weights became NaN or infinite by iteration 1"):
        run.train()

    assert not (tmp_path / "run" / "checkpoint.pt").exists()


def test_a_full_gpu_is_told_in_one_line_and_can_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.\nSee the documentation.")

    assert guarded_learning(Journal(), work) == 1

    told = capsys.readouterr()
    reason = "the memory of the GPU is full (CUDA out of memory. Tried to allocate 2 GiB.)"
    assert told.err == f"baselines: {reason}\n"
    assert json.loads(told.out) == {"event": "failed", "reason": reason, "resumable": True}
