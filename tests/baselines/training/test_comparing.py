"""What one run changes against another, where labels are known; steps after training on a run that was trained without."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from baselines.__main__ import main
from baselines.comparing import rounds_of
from baselines.images import DataError
from tests.baselines.short import short


def _called(*words: object) -> int:
    return main([*(str(word) for word in words), "--device", "cpu"])


@pytest.fixture(scope="module")
def release(people: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a release whose test labels are in its hidden folder."""
    folder = tmp_path_factory.mktemp("release")
    shutil.copytree(people, folder / "public")
    (folder / "hidden").mkdir()
    (folder / "public" / "test" / "annotations.csv").rename(folder / "hidden" / "annotations.csv")
    return folder


@pytest.fixture(scope="module")
def run(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run with two rounds of pseudo-labels on the test images."""
    out = tmp_path_factory.mktemp("runs") / "run"
    lines = [*short("bot_vit_tiny", 2), "pseudo.k1=6", "pseudo.k2=2", "pseudo.eps=0.9", "pseudo.min_samples=2"]
    words = [word for line in lines for word in ("--set", line)]
    assert _called("train", "bot_vit_tiny+pseudo", "--data", release / "public", "--out", out, *words) == 0
    return out


def _compared(capsys: pytest.CaptureFixture[str], *words: object) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert _called("compare", *words) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [event for event in events if event["event"] in {"change", "clusters"}]


def test_a_run_does_not_differ_from_itself(run: Path, release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rank_1, mean_ap, *clusters = _compared(capsys, run, run, "--data", release)

    assert (rank_1["metric"], mean_ap["metric"]) == ("rank-1", "mAP")
    assert rank_1["difference"] == mean_ap["difference"] == 0
    assert 0 < mean_ap["first"] == mean_ap["second"] <= 1
    assert [one["round"] for one in clusters] == [1, 2]
    assert all(0 < one["purity"] <= 1 and one["images"] == 64 for one in clusters)


def test_a_step_after_training_is_added_to_a_run_by_name(
    run: Path, release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = release / "public" / "test"
    for word in (run, f"{run}+rerank"):
        assert _called("rank", word, "--data", test, "--out", tmp_path / f"{Path(word).name}.csv") == 0

    _, mean_ap, *_ = _compared(capsys, f"{run}+rerank", run, "--data", release)

    assert (tmp_path / "run+rerank.csv").read_bytes() != (tmp_path / "run.csv").read_bytes()
    assert mean_ap["difference"] == pytest.approx(mean_ap["first"] - mean_ap["second"], abs=1e-4)
    assert mean_ap["first"] != mean_ap["second"]


@pytest.mark.parametrize(
    ("addition", "said"), [("rarank", 'unknown addition "rarank"'), ("pseudo", "this addition changes training")]
)
def test_what_cannot_be_added_is_named(
    release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], addition: str, said: str
) -> None:
    words = [word for line in short("bot_vit_tiny", 1) for word in ("--set", line)]
    assert _called("train", "bot_vit_tiny", "--data", release / "public", "--out", tmp_path / "run", *words) == 0
    test = release / "public" / "test"

    assert _called("rank", f"{tmp_path / 'run'}+{addition}", "--data", test, "--out", tmp_path / "out.csv") == 2

    assert said in capsys.readouterr().err


def test_rounds_are_judged_by_the_hidden_identities(tmp_path: Path) -> None:
    (tmp_path / "hidden.csv").write_text("image_id,pid\na,x\nb,x\nc,y\nd,z\n")
    (tmp_path / "pseudo_labels_1.csv").write_text("image_id,label\na,0\nb,0\nc,0\nd,\n")
    (tmp_path / "pseudo_labels_2.csv").write_text("image_id,label\na,4\ne,4\n")
    rounds = rounds_of(tmp_path, tmp_path / "hidden.csv")

    first = next(rounds)

    assert (first.images, first.clusters, first.unused) == (4, 1, 0.25)
    assert first.purity == pytest.approx(2 / 3)
    with pytest.raises(DataError, match=r"pseudo_labels_2\.csv: images that the release has not: e"):
        next(rounds)
