import json
import shutil
from pathlib import Path

import pytest

from baselines.__main__ import main
from scoring import Manifest, Protocol, SubmissionFormat, check

FORMAT = SubmissionFormat.from_mapping({"kind": "ranking", "query_column": "query_id", "value_column": "gallery_ids"})


def _ranked(recipe: str, data: Path, out: Path, *options: str) -> int:
    return main(["rank", recipe, "--data", str(data), "--out", str(out), *options])


@pytest.mark.parametrize("recipe", ["colour_texture", "random"])
@pytest.mark.parametrize("part", ["test", "val"])
def test_ranking_is_complete_and_valid(release: Path, tmp_path: Path, recipe: str, part: str) -> None:
    data, out = release / "public" / part, tmp_path / "ranking.csv"

    assert _ranked(recipe, data, out) == 0

    with (data / "images.csv").open("rb") as images, out.open("rb") as file:
        manifest = Manifest.read(images)
        report = check(file, manifest=manifest, submission_format=FORMAT, protocol=Protocol())
    assert report.ok, report.problems
    assert report.queries_found == manifest.n_queries


@pytest.mark.parametrize("recipe", ["colour_texture", "random"])
def test_equal_calls_write_equal_bytes(release: Path, tmp_path: Path, recipe: str) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"

    _ranked(recipe, release / "public" / "test", first, "--seed", "3")
    _ranked(recipe, release / "public" / "test", second, "--seed", "3")

    assert first.read_bytes() == second.read_bytes()


def test_random_order_depends_on_the_seed(release: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"

    _ranked("random", release / "public" / "test", first, "--seed", "3")
    _ranked("random", release / "public" / "test", second, "--seed", "4")

    assert first.read_bytes() != second.read_bytes()


def test_progress_is_json_lines(release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _ranked("colour_texture", release / "public" / "val", tmp_path / "ranking.csv")

    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events][0 :: len(events) - 1] == ["started", "written"]
    assert all(event["done"] <= event["total"] for event in events if event["event"] == "progress")


def test_list_and_describe_name_each_recipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert main(["describe", "random"]) == 0

    shown = capsys.readouterr().out
    assert "colour_texture" in shown
    assert "plain protocol" in shown


def _copied(release: Path, tmp_path: Path) -> Path:
    return shutil.copytree(release / "public" / "val", tmp_path / "val")


def _refused(data: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the message of a run that must fail and leave nothing."""
    before = sorted(out.parent.iterdir())

    assert _ranked("colour_texture", data, out) == 2

    assert sorted(out.parent.iterdir()) == before
    return capsys.readouterr().err


def test_missing_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "nowhere: no such folder" in _refused(tmp_path / "nowhere", tmp_path / "out.csv", capsys)


def test_missing_manifest_is_named(release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = _copied(release, tmp_path)
    (data / "images.csv").unlink()

    assert "images.csv: the manifest is missing" in _refused(data, tmp_path / "out.csv", capsys)


def test_broken_manifest_is_named(release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = _copied(release, tmp_path)
    (data / "images.csv").write_text("a,b\n1,2\n", encoding="ascii")

    assert "images.csv" in _refused(data, tmp_path / "out.csv", capsys)


def test_missing_image_is_named(release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = _copied(release, tmp_path)
    gone = min((data / "images").iterdir())
    gone.unlink()

    assert f"1 images are missing: {gone.stem}" in _refused(data, tmp_path / "out.csv", capsys)


@pytest.mark.parametrize("content", [b"", b"not a picture", None])
def test_damaged_image_is_named(
    release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    data = _copied(release, tmp_path)
    damaged = min((data / "images").iterdir())
    damaged.write_bytes(damaged.read_bytes()[:200] if content is None else content)

    message = _refused(data, tmp_path / "out.csv", capsys)

    assert f"image {damaged.stem} cannot be read" in message


def test_output_folder_must_exist(release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _ranked("random", release / "public" / "val", tmp_path / "no" / "out.csv") == 2

    assert "folder that exists" in capsys.readouterr().err


def test_unknown_recipe_is_a_wrong_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _ranked("randon", tmp_path, tmp_path / "out.csv") == 2

    assert 'did you mean "random"?' in capsys.readouterr().err
