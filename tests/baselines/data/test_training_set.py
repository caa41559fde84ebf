import shutil
from pathlib import Path

import numpy as np
import pytest

from baselines.data import read_training_set
from baselines.images import DataError


@pytest.fixture
def train(tmp_path: Path, release: Path) -> Path:
    """Return a copy of a release's training folder that a test may spoil."""
    return Path(shutil.copytree(release / "public" / "train", tmp_path / "train"))


def test_labels_and_cameras_count_from_zero_in_the_order_of_names(release: Path) -> None:
    read = read_training_set(release / "public" / "train")

    assert read.pids == tuple(sorted(read.pids))
    assert sorted(set(read.labels.tolist())) == list(range(len(read.pids)))
    assert sorted(set(read.cameras.tolist())) == list(range(len(read.camids)))
    assert len(read) == len(read.paths)
    assert all(path.stem == name and path.is_file() for name, path in zip(read.names, read.paths, strict=True))


def test_rows_keep_their_labels_when_the_table_is_turned_round(train: Path) -> None:
    before = read_training_set(train)
    table = train / "annotations.csv"
    head, *rows = table.read_text().splitlines()
    table.write_text("\n".join([head, *reversed(rows)]) + "\n")

    after = read_training_set(train)

    assert after.names == before.names[::-1]
    assert np.array_equal(after.labels, before.labels[::-1])
    assert np.array_equal(after.cameras, before.cameras[::-1])


def test_missing_images_are_named(train: Path) -> None:
    gone = sorted((train / "images").iterdir())[0]
    gone.unlink()

    with pytest.raises(DataError, match=f"1 images are missing: {gone.stem}"):
        read_training_set(train)


@pytest.mark.parametrize("name", ["annotations.csv", "images"])
def test_missing_parts_of_the_folder_are_named(train: Path, name: str) -> None:
    (train / name).rename(train / "elsewhere")

    with pytest.raises(DataError, match=f"{name}: the .* is missing"):
        read_training_set(train)


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        read_training_set(tmp_path / "train")


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("image_id,pid\n", '"camid" is missing'),
        ("image_id,pid,camid\n", "no rows"),
        ("image_id,pid,camid\na,,1\n", '"pid" is empty on line 2'),
        ("image_id,pid,camid\na,1,1\nb,1,1\na,2,1\n", "named twice: a"),
    ],
)
def test_faults_of_the_table_are_named(train: Path, rows: str, fault: str) -> None:
    (train / "annotations.csv").write_text(rows)

    with pytest.raises(DataError, match=fault):
        read_training_set(train)
