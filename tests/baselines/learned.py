"""Eight identities with eight images each, which every tiny network must be able to learn by heart."""

import csv
from pathlib import Path

import numpy as np
from PIL import Image

PEOPLE, IMAGES = 8, 8
SIZE = (64, 32)
TRACK = "across"
CAMERAS = ("uav", "cctv", "wearable")


def write_release(folder: Path, *, people: int = PEOPLE, images: int = IMAGES, seed: int = 0) -> Path:
    """Write `train`, `val` and `test` of a release whose people are two blocks of colour on noise; return its folder."""
    generator = np.random.default_rng(seed)
    colours = generator.integers(30, 220, (people, 2, 3))
    for part in ("train", "val", "test"):
        rows = []
        (folder / part / "images").mkdir(parents=True)
        for person in range(people):
            for number in range(images):
                name = f"{part[0]}{person:02}{number:02}"
                _draw(folder / part / "images" / f"{name}.png", colours[person], generator)
                rows.append([name, f"p{person:02}", CAMERAS[number % len(CAMERAS)], number])
        _write_tables(folder / part, part, rows)
    return folder


def _draw(path: Path, colours: np.ndarray, generator: np.random.Generator) -> None:
    height, width = SIZE
    pixels = generator.normal(120, 12, (height, width, 3))
    top, left = generator.integers(8, 16), generator.integers(4, 10)
    pixels[top : top + 20, left : left + 16] = colours[0] + generator.normal(0, 8, 3)
    pixels[top + 20 : top + 44, left : left + 16] = colours[1] + generator.normal(0, 8, 3)
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path)


def _write_tables(folder: Path, part: str, rows: list[list[object]]) -> None:
    """Write annotations and, but for training, the manifest of one track whose queries are the first camera's."""
    if part == "train":
        _write(folder / "annotations.csv", ["image_id", "pid", "camid"], [row[:3] for row in rows])
        return
    marked = [[TRACK, "query" if row[2] == CAMERAS[0] else "gallery", *row[:3]] for row in rows]
    _write(folder / "annotations.csv", ["track", "role", "image_id", "pid", "camid"], marked)
    _write(folder / "images.csv", ["track", "role", "image_id"], [row[:3] for row in marked])
    gallery = [[row[2], row[3]] for row in marked if row[1] == "gallery"]
    _write(folder / "gallery.csv", ["image_id", "person_id"], gallery)


def _write(path: Path, columns: list[str], rows: list[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *rows])
