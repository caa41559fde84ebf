"""A rendered release of AG-Synth is whole, tells nothing about its labels, and closes the offline loop."""

import json
import shutil

import pytest

import challenges
from challenges.cli import main
from challenges.leakcheck import find_leaks
from challenges.release import read_release
from challenges.verify import verify_release


@pytest.fixture(scope="session")
def release(rendered):
    return read_release(rendered, challenges.load("agsynth"))


def test_a_rendered_release_fits_its_pack(release):
    assert verify_release(release, challenges.load("agsynth")) == ()


def test_a_rendered_release_tells_nothing_about_its_labels(release):
    assert find_leaks(release, challenges.load("agsynth")) == ()


def test_identities_and_seed_stay_out_of_the_public_part(release, rendered):
    hidden = release.annotations
    pseudonyms = set(release.gallery.values())

    assert set(hidden.columns["pid"].values) == pseudonyms  # the gallery file alone names test identities
    assert release.provenance["seed"] == 5
    assert not list((rendered / "public").rglob("*.json"))


@pytest.mark.parametrize(
    ("phase", "file"), [("ranking", "sample_submission.csv"), ("labels", "sample_submission_labels.csv")]
)
def test_the_validation_set_is_scored_by_the_command_of_the_readme(rendered, tmp_path, capsys, phase, file):
    val = rendered / "public/val"

    status = main(
        ["evaluate", "agsynth", "--annotations", str(val / "annotations.csv"), "--submission", str(val / file),
         "--phase", phase, "--json", str(tmp_path / "result.json")]
    )  # fmt: skip

    assert status == 0
    assert "Score: " in capsys.readouterr().out
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert 0 < result["primary"]["value"] < 1


def test_a_changed_picture_is_told_by_its_checksum(rendered, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(rendered, copy)
    picture = next(iter(sorted((copy / "public/train/images").iterdir())))
    picture.write_bytes(picture.read_bytes()[:-1])

    problems = verify_release(read_release(copy, challenges.load("agsynth")), challenges.load("agsynth"))

    assert problems == (f"These files are not those that were made: public/train/images/{picture.name}.",)
