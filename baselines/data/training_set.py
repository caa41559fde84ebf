"""Read the labelled images of a release: who is on each and which camera took it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baselines.images import DataError, find_pictures, first_few
from scoring.errors import TableError
from scoring.tables import Table, read_table

COLUMNS = ("image_id", "pid", "camid")

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class TrainingSet:
    """Hold the images to learn from, in the order of their table.

    Attributes
    ----------
    names : tuple of str, one for each image
    labels : int64 array of shape (n_images,)
        Index of the identity in `pids`.
    cameras : int64 array of shape (n_images,)
        Index of the camera in `camids`.
    pids, camids : tuple of str
        The identities and cameras in the order of their names, so that labels do not hang on the order of rows.
    paths : tuple of Path, one for each image
    """

    names: tuple[str, ...]
    labels: Integers
    cameras: Integers
    pids: tuple[str, ...]
    camids: tuple[str, ...]
    paths: tuple[Path, ...]

    def __len__(self) -> int:
        return len(self.names)


def read_training_set(folder: Path) -> TrainingSet:
    """Return the training set of a release's `train` folder (`annotations.csv` and `images/`).

    Raises
    ------
    DataError if the folder, its table or an image that the table names is missing, or if the table has no rows, names
    an image twice, or leaves an identity or a camera empty.
    """
    table_path, images = folder / "annotations.csv", folder / "images"
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; give the release's train folder")
    for path, what in ((table_path, "table of labels"), (images, "folder of images")):
        if not path.exists():
            raise DataError(f"{path}: the {what} is missing; give the release's train folder")
    try:
        with table_path.open("rb") as file:
            table = read_table(file, COLUMNS)
    except TableError as error:
        raise DataError(f"{table_path}: {error}") from error
    problem = _fault(table)
    if problem:
        raise DataError(f"{table_path}: {problem}")
    names, pids, camids = (table.strings(column) for column in COLUMNS)
    found = find_pictures(images, names)
    labels, known_pids = _coded(pids)
    cameras, known_camids = _coded(camids)
    return TrainingSet(tuple(names), labels, cameras, known_pids, known_camids, tuple(found[name] for name in names))


def _fault(table: Table) -> str:
    names = table.strings("image_id")
    if not names:
        return "the table has no rows"
    for column in COLUMNS:
        empty = np.array([not value for value in table.strings(column)])
        if empty.any():
            return f'"{column}" is empty on {table.lines(empty)}'
    twice = [name for name, count in Counter(names).items() if count > 1]
    return f"images are named twice: {first_few(twice)}" if twice else ""


def _coded(values: Sequence[str]) -> tuple[Integers, tuple[str, ...]]:
    known = tuple(sorted(set(values)))
    place = {value: number for number, value in enumerate(known)}
    return np.array([place[value] for value in values], dtype=np.int64), known
