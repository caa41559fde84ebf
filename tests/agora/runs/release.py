"""A release of a few people whose pictures are coloured noise: small, quick to make, and read by every recipe."""

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tests.agora.factories import Truth

CAMERAS = ("c1", "c2", "c3", "c4")


def write_release(folder: Path, truth: Truth, *, people: int = 8) -> Path:
    """Write a release with `people` to learn from, and the images of `truth` to answer about."""
    write_questions(folder, truth)
    learned = [
        {"image_id": f"t{person:02d}{camera}", "pid": f"t{person:02d}", "camid": camera}
        for person in range(people)
        for camera in CAMERAS
    ]
    _table(folder / "public" / "train" / "annotations.csv", learned)
    for row in learned:
        _picture(folder / "public" / "train" / "images", row["image_id"], of=row["pid"])
    return folder


def write_questions(folder: Path, truth: Truth, *, noise: int = 60) -> None:
    """Write the part of a release that is to be answered: the images of `truth`, without its labels."""
    test = folder / "public" / "test"
    rows = [{name: row[name] for name in ("track", "role", "image_id")} for row in truth.rows]
    _table(test / "images.csv", rows)
    for row in truth.rows:
        _picture(test / "images", row["image_id"], of=f"test {row['pid']}", noise=noise)


def _picture(folder: Path, name: str, *, of: str, noise: int = 60) -> None:
    """Write a picture of somebody: a colour that is theirs, under noise of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    colour = np.frombuffer(hashlib.sha256(of.encode()).digest()[:3], np.uint8)
    grain = np.random.default_rng(list(name.encode())).integers(0, noise + 1, (48, 20, 3))
    Image.fromarray(np.clip(colour + grain, 0, 255).astype(np.uint8)).save(folder / f"{name}.png")


def _table(path: Path, rows: Sequence[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
