import csv
import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from challenges import load
from challenges.synth import GENERATOR_REVISION, SynthesisError, synthesize
from challenges.synth.attributes import ATTRIBUTE_NAMES
from challenges.synth.factors import FACTOR_COLUMNS
from challenges.synth.persons import PERSONS
from challenges.synth.populations import Settings
from scoring import Annotations, Manifest, check, evaluate
from tests.challenges.synth.tiny import TINY, Tiny, bytes_of

TRACKS = {"aerial_ground", "ground_aerial"}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="ascii") as file:
        return list(csv.DictReader(file))


def test_release_has_the_files_of_the_pack(release: Path) -> None:
    declared = {item.path for item in load("agsynth").release.files}
    found = {
        path.relative_to(release / "public").as_posix() for path in (release / "public").rglob("*") if path.is_file()
    }

    assert {name if not name.endswith(".png") else name.rpartition("/")[0] for name in found} == declared


def test_every_manifest_row_has_its_image_and_every_image_its_row(release: Path) -> None:
    for part in ("val", "test"):
        named = [row["image_id"] for row in _rows(release / "public" / part / "images.csv")]
        stored = sorted(path.stem for path in (release / "public" / part / "images").iterdir())
        assert sorted(named) == stored
        assert len(set(named)) == len(named)


def test_hidden_annotations_follow_the_manifest_row_by_row(release: Path) -> None:
    shown, hidden = _rows(release / "public/test/images.csv"), _rows(release / "hidden/annotations.csv")

    assert [list(row.values()) for row in shown] == [[row["track"], row["role"], row["image_id"]] for row in hidden]


def test_public_test_files_tell_no_query_identity(release: Path) -> None:
    queries = [row for row in _rows(release / "hidden/annotations.csv") if row["role"] == "query"]

    assert set(_rows(release / "public/test/images.csv")[0]) == {"track", "role", "image_id"}
    known = {row["image_id"] for row in _rows(release / "public/test/gallery.csv")}
    assert not known & {row["image_id"] for row in queries}


def test_gallery_pseudonyms_are_those_of_the_hidden_labels(release: Path) -> None:
    hidden = {
        row["image_id"]: row["pid"] for row in _rows(release / "hidden/annotations.csv") if row["role"] == "gallery"
    }

    assert {row["image_id"]: row["person_id"] for row in _rows(release / "public/test/gallery.csv")} == hidden


def test_parts_share_no_identity(release: Path) -> None:
    parts = [_rows(release / "public" / part / "annotations.csv") for part in ("train", "val")]
    parts.append(_rows(release / "hidden/annotations.csv"))
    pids = [{row["pid"] for row in rows} for rows in parts]

    assert [len(part) for part in pids] == [8, 2, 8]
    assert len(set().union(*pids)) == 18


def test_every_identity_has_queries_and_matches_in_both_tracks(release: Path) -> None:
    counts = Counter((r["track"], r["role"], r["pid"]) for r in _rows(release / "hidden/annotations.csv"))
    pids = {pid for _, _, pid in counts}

    for track in TRACKS:
        assert all(1 <= counts[track, "query", pid] <= 6 for pid in pids)
        assert all(8 <= counts[track, "gallery", pid] <= 25 for pid in pids)


def test_queries_and_gallery_of_a_track_come_from_other_sides(release: Path) -> None:
    seen = {(row["track"], row["role"], row["platform"] == "uav") for row in _rows(release / "hidden/annotations.csv")}

    assert seen == {
        ("aerial_ground", "query", True),
        ("aerial_ground", "gallery", False),
        ("ground_aerial", "query", False),
        ("ground_aerial", "gallery", True),
    }


def test_split_belongs_to_the_identity_and_halves_the_people(release: Path) -> None:
    splits = {(row["pid"], row["split"]) for row in _rows(release / "hidden/annotations.csv")}

    assert Counter(split for _, split in splits) == {"public": 4, "private": 4}


def test_annotations_hold_attributes_and_factors(release: Path) -> None:
    for path in ("public/train/annotations.csv", "public/val/annotations.csv", "hidden/annotations.csv"):
        assert set(ATTRIBUTE_NAMES) | set(FACTOR_COLUMNS) | {"group", "session"} <= set(_rows(release / path)[0])


@pytest.mark.parametrize("phase", ["ranking", "labels"])
@pytest.mark.parametrize("part", ["val", "test"])
def test_samples_are_valid_submissions(release: Path, phase: str, part: str) -> None:
    spec = load("agsynth").phase(phase)
    folder = release / "public" if part == "test" else release / "public/val"
    with (
        (release / "public" / part / "images.csv").open("rb") as images,
        (folder / spec.sample_file).open("rb") as file,
    ):
        report = check(file, manifest=Manifest.read(images), submission_format=spec.format, protocol=spec.protocol)

    assert report.ok, report.problems


def test_validation_is_scored_offline_at_the_level_of_chance(release: Path) -> None:
    spec = load("agsynth").phase("ranking")
    with (release / "public/val/annotations.csv").open("rb") as file:
        annotations = Annotations.read(file)
    with (release / "public/val/sample_submission.csv").open("rb") as file:
        result = evaluate(file, annotations=annotations, submission_format=spec.format, protocol=spec.protocol)

    assert result.to_mapping()["scores"]


def test_images_carry_pixels_and_nothing_else(release: Path) -> None:
    for path in sorted((release / "public/test/images").iterdir())[:20]:
        with Image.open(path) as picture:
            assert (picture.format, picture.mode, picture.info) == ("PNG", "RGB", {})
            assert np.asarray(picture).std() > 4


def test_readme_marks_the_data_synthetic_and_names_the_command(release: Path) -> None:
    text = (release / "public/README.md").read_text(encoding="utf-8")

    assert "Everything here is synthetic" in text
    assert "no evidence for real data" in " ".join(text.split())
    assert "python -m challenges evaluate agsynth --annotations val/annotations.csv --submission FILE" in text
    assert "aerial_ground" in text


def test_provenance_names_the_seed_and_every_file_and_is_not_public(release: Path) -> None:
    provenance = json.loads((release / "agsynth.json").read_text(encoding="utf-8"))
    files = {name: data for name, data in bytes_of(release).items() if name != "agsynth.json"}

    assert (provenance["seed"], provenance["generator_revision"]) == (5, GENERATOR_REVISION)
    assert provenance["files"] == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    assert provenance["synthetic"] is True


def test_another_seed_shares_no_name(tiny: Tiny) -> None:
    settings = Settings(TINY["seed"] + 1, TINY["identities"], "agreid")
    planned = {item.name for items in PERSONS.plan(PERSONS.stream(settings), settings).values() for item in items}

    assert len(planned) > 100
    assert not planned & {Path(name).stem for name in tiny.bytes}


def test_small_release_is_pinned(tiny: Tiny) -> None:
    """File bytes too are ours: no library compresses them. Any change raises GENERATOR_REVISION and this value."""
    assert hashlib.sha256(tiny.bytes["agsynth.json"]).hexdigest()[:32] == "039158ae897b25c008608f68114283fb"


def test_progress_counts_every_image_that_is_there(tiny: Tiny) -> None:
    images = tiny.made.images

    assert tiny.calls == [(done, images) for done in range(1, images + 1)]
    assert images == sum(name.endswith(".png") for name in tiny.bytes)


def test_an_interrupted_run_leaves_no_release(tmp_path: Path) -> None:
    def stop(done: int, _: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synthesize(tmp_path / "out", identities=2, seed=1, progress=stop)

    assert [path.name for path in tmp_path.iterdir()] == [".out.unfinished"]
    assert (tmp_path / ".out.unfinished").stat().st_mode & 0o077 == 0  # the seed in it tells the labels


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"identities": 1}, "identities must be 2 to 2,000"),
        ({"identities": 2001}, "identities must be"),
        ({"seed": -1}, "seed must be 0 or more"),
        ({"preset": "agried"}, "unknown preset 'agried'"),
        ({"size": "huge"}, "unknown size 'huge'"),
        ({"fixed": ["elevaton"]}, "unknown nuisance 'elevaton'"),
        ({"scaled": {"blur": 7.0}}, "blur can be scaled by 0 to 3, not 7"),
        ({"workers": 0}, "workers must be 1 to 256"),
    ],
)
def test_wrong_arguments_are_refused(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(SynthesisError, match=message):
        synthesize(tmp_path / "out", **{"identities": 2, "seed": 1, **changes})

    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="ascii")

    for taken in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(SynthesisError, match="in use"):
            synthesize(taken, identities=2, seed=1)

    assert bytes_of(tmp_path) == {"mine.txt": b"mine"}
