"""A rendered release of vehicles is whole, tells nothing about its labels, and closes the offline loop."""

import csv
import json
import pickle
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import challenges
from challenges.cli import main
from challenges.leakcheck import find_leaks
from challenges.release import read_release
from challenges.synth import synthesize
from challenges.synth.card import chance_values
from challenges.synth.populations import Settings
from challenges.synth.vehicles.traffic import VEHICLES
from challenges.verify import verify_release

PACK = "agsynth-vehicles"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="ascii") as file:
        return list(csv.DictReader(file))


def test_a_release_fits_its_pack_and_tells_nothing(release: Path) -> None:
    challenge = challenges.load(PACK)
    read = read_release(release, challenge)

    assert verify_release(read, challenge) == ()
    assert find_leaks(read, challenge) == ()


@pytest.mark.parametrize("phase", ["ranking", "labels"])
def test_the_validation_set_is_scored_by_the_command_of_the_readme(release: Path, tmp_path: Path, phase: str) -> None:
    val = release / "public/val"
    file = "sample_submission.csv" if phase == "ranking" else "sample_submission_labels.csv"
    call = ["evaluate", PACK, "--annotations", str(val / "annotations.csv"), "--submission", str(val / file)]

    assert main([*call, "--phase", phase, "--json", str(tmp_path / "result.json")]) == 0
    assert 0 <= json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["primary"]["value"] <= 1


def test_every_query_has_matches_before_another_drone(release: Path) -> None:
    rows = _rows(release / "hidden/annotations.csv")
    gallery = Counter((row["pid"], row["camid"]) for row in rows if row["role"] == "gallery")

    for row in rows:
        if row["role"] == "query":
            assert sum(n for (pid, camid), n in gallery.items() if pid == row["pid"] and camid != row["camid"]) >= 3


def test_chance_leaves_out_what_the_protocol_drops() -> None:
    rows = [
        {"track": "t", "role": role, "pid": pid, "camid": camid}
        for role, pid, camid in (
            ("query", "a", "1"), ("gallery", "a", "1"), ("gallery", "a", "2"), ("gallery", "b", "1"), ("gallery", "b", "2"),
        )
    ]  # fmt: skip

    values = chance_values(rows, ["t"])["t"]

    assert values["rank-1"] == pytest.approx(1 / 3)
    assert values["mAP"] == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert (values["queries"], values["gallery"], values["identities"]) == (1, 4, 2)


def test_images_carry_pixels_and_nothing_else(release: Path) -> None:
    for path in sorted((release / "public/test/images").iterdir())[:12]:
        with Image.open(path) as picture:
            assert (picture.format, picture.mode, picture.info) == ("PNG", "RGB", {})
            assert np.asarray(picture).std() > 4


@pytest.mark.long
def test_equal_seeds_give_equal_bytes_in_several_processes(tmp_path: Path) -> None:
    for name, workers in (("first", 1), ("second", 2)):
        synthesize(tmp_path / name, identities=2, seed=9, population=PACK, preset="hard", workers=workers)

    first, second = ((tmp_path / name / f"{PACK}.json").read_bytes() for name in ("first", "second"))
    assert first == second


def test_an_item_that_went_to_another_process_gives_the_pixels_of_the_release(release: Path) -> None:
    settings = Settings(5, 6, "agreid")
    for item in VEHICLES.plan(VEHICLES.stream(settings), settings)["test"][:8]:
        pixels, row = pickle.loads(pickle.dumps(item)).render()

        with Image.open(release / f"public/test/images/{item.name}.png") as picture:
            assert np.array_equal(np.asarray(picture), pixels)
        assert row["image_id"] == item.name


def test_readme_marks_the_data_synthetic(release: Path) -> None:
    text = (release / "public/README.md").read_text(encoding="utf-8")

    assert "Everything here is synthetic" in text
    assert "no evidence for real data" in text
    assert f"python -m challenges evaluate {PACK} --annotations val/annotations.csv --submission FILE" in text
