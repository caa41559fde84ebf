"""Read `gallery.csv`: the released identity of every gallery image."""

import csv
import io
from collections.abc import Mapping
from typing import BinaryIO

COLUMNS = ("image_id", "person_id")
MAX_PROBLEMS = 20  # a wrong file has as many as it has lines


class GalleryError(Exception):
    """List what is wrong with a gallery file; `problems` holds one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


def read_gallery(file: BinaryIO) -> Mapping[str, str]:
    """Return the identity of each image of a CSV with the columns image_id and person_id, in file order.

    Raises
    ------
    GalleryError
        Lists every problem, the first twenty of them by line.
    """
    try:
        lines = io.StringIO(file.read().decode("utf-8-sig"), newline="")
    except UnicodeDecodeError as error:
        raise GalleryError([f"is not UTF-8 text: byte {error.start + 1} cannot be read"]) from error
    rows = list(csv.reader(lines))
    if not rows or tuple(rows[0]) != COLUMNS:
        raise GalleryError([f"the first line must be {','.join(COLUMNS)}"])
    problems: list[str] = []
    identities: dict[str, str] = {}
    for line, row in enumerate(rows[1:], 2):
        if len(row) != len(COLUMNS) or not all(row):
            problems.append(f"line {line}: expected an image and its identity")
        elif identities.setdefault(row[0], row[1]) != row[1]:
            problems.append(f"line {line}: {row[0]} has another identity than on an earlier line")
    if len(problems) > MAX_PROBLEMS:
        problems[MAX_PROBLEMS:] = [f"and {len(problems) - MAX_PROBLEMS:,} more"]
    if problems:
        raise GalleryError(problems)
    return identities
