"""The command line where PyTorch is not installed: in children whose imports of it fail as they do there."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from baselines.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
_CHILD = """
import runpy, sys

ABSENT = {"torch", "torchvision", "timm", "safetensors", "faiss", "pandas", "scipy"}  # none is in requirements/site.txt


class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Absent())
sys.argv[0] = "baselines"
runpy.run_module("baselines", run_name="__main__", alter_sys=True)
"""


def _called(*words: object) -> tuple[int, str, str]:
    """Return the exit status of a command, its standard output and its standard error."""
    command = [sys.executable, "-c", _CHILD, *map(str, words)]
    child = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return child.returncode, child.stdout, child.stderr


def _events(told: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told.splitlines()]


def test_recipes_are_listed_and_described() -> None:
    status, told, wrong = _called("list")
    assert (status, wrong) == (0, "")
    assert {"bot_r50", "colour_texture", "random"} <= {line.split()[0] for line in told.splitlines()}

    status, told, wrong = _called("describe", "bot_r50")
    assert (status, wrong) == (0, "")
    assert "bot_r50" in told


@pytest.mark.parametrize("recipe", ["colour_texture", "random"])
def test_recipes_that_learn_nothing_answer_with_the_same_bytes(release: Path, tmp_path: Path, recipe: str) -> None:
    data, out = release / "public" / "val", tmp_path / "ranking.csv"

    status, told, wrong = _called("rank", recipe, "--data", data, "--out", out, "--seed", 4)

    assert (status, wrong) == (0, "")
    assert _events(told)[-1]["event"] == "written"
    assert main(["rank", recipe, "--data", str(data), "--out", str(tmp_path / "here.csv"), "--seed", "4"]) == 0
    assert out.read_bytes() == (tmp_path / "here.csv").read_bytes()


def test_a_run_that_learns_nothing_is_trained_and_ranks(release: Path, tmp_path: Path) -> None:
    run, out = tmp_path / "run", tmp_path / "ranking.csv"

    status, told, wrong = _called("train", "colour_texture", "--data", release / "public", "--out", run, "--seed", 4)

    assert (status, wrong) == (0, "")
    assert [event["event"] for event in _events(told)] == ["started", "finished"]
    assert _events(told)[-1]["peak_bytes"] > 10_000_000
    assert {path.name for path in run.iterdir()} == {"recipe.json", "events.jsonl", "provenance.json"}
    provenance = json.loads((run / "provenance.json").read_text("utf-8"))
    assert provenance["recipe_sha256"] == json.loads((run / "recipe.json").read_text("utf-8"))["sha256"]
    assert set(provenance["libraries"]) == {"numpy", "pillow"}
    assert provenance["device"].startswith("cpu (")
    assert provenance["threads"] >= 1

    status, told, wrong = _called("rank", run, "--data", release / "public" / "val", "--out", out)

    assert (status, wrong) == (0, "")
    assert _events((run / "events.jsonl").read_text("utf-8"))[-1] == _events(told)[-1]
    assert _events(told)[-1]["queries"] == len(out.read_text("ascii").splitlines()) - 1


@pytest.mark.parametrize(
    "words",
    [
        ("train", "bot_vit_tiny", "--data", "release", "--out", "run"),
        ("profile", "bot_r50"),
    ],
)
def test_networks_are_refused_in_one_line(words: tuple[str, ...]) -> None:
    status, told, wrong = _called(*words)

    reason = "PyTorch is not installed: make install-baselines"
    assert (status, wrong) == (2, f"baselines: {reason}\n")
    assert _events(told) == [{"event": "failed", "reason": reason, "resumable": False}]
