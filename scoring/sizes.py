"""Write files of a real benchmark's size with invented content, for measurements and tests.

The numbers are those of AG-ReID2023: two tracks, 8,499 queries, 40,473 gallery items, 808 composite identities of 13
characters. Names are invented; no image is behind them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

#: Identities of the test set; each is one person in one session at one altitude.
IDENTITIES: Final = 808


@dataclass(frozen=True)
class TrackSize:
    """Hold the numbers of one track and the cameras of its two sides."""

    track: str
    queries: int
    gallery: int
    query_camera: int
    gallery_camera: int


#: Nguyen et al., AG-ReID 2023, IJCB 2023: numbers of the released test set.
AG_REID_2023: Final = (
    TrackSize("aerial_ground", 4348, 19_259, 0, 3),
    TrackSize("ground_aerial", 4151, 21_214, 3, 0),
)


def identity(number: int) -> str:
    """Return a composite identity: person, month and day and half of the day, altitude."""
    return f"P{number + 1:04d}T{301 + number % 28:04d}{number % 2}A{number % 3}"


def write_annotations(path: Path, sizes: Sequence[TrackSize]) -> None:
    """Write the ground truth: identities in turn, a third of them private."""
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write("track,role,image_id,pid,camid,split\n")
        for size in sizes:
            for number in range(size.queries):
                pid = identity(number % IDENTITIES)
                split = "public" if number % IDENTITIES % 3 else "private"
                file.write(f"{size.track},query,{_query(size, number)},{pid},{size.query_camera},{split}\n")
            for number in range(size.gallery):
                pid = identity(number % IDENTITIES)
                file.write(f"{size.track},gallery,{number},{pid},{size.gallery_camera},\n")


def write_ranking(path: Path, sizes: Sequence[TrackSize], *, seed: int = 0) -> None:
    """Write full rankings that put matches forward; one query in memory at a time."""
    draw = np.random.default_rng(seed)
    with path.open("wb") as file:
        file.write(b"query_id,gallery_ids\n")
        for size in sizes:
            names = np.array([b"%d" % number for number in range(size.gallery)], dtype=object)
            pids = np.arange(size.gallery) % IDENTITIES
            for number in range(size.queries):
                distances = draw.random(size.gallery, dtype=np.float32)
                distances[pids == number % IDENTITIES] *= 0.02
                order = np.argsort(distances, kind="stable")
                file.write(_query(size, number).encode() + b"," + b" ".join(names[order]) + b"\n")


def write_labels(path: Path, sizes: Sequence[TrackSize], *, seed: int = 0) -> None:
    """Write one identity per query, most of them right, all tracks in one file."""
    draw = np.random.default_rng(seed)
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write("image_id,person_id\n")
        for size in sizes:
            for number in range(size.queries):
                right = draw.random() < 0.8
                file.write(f"{_query(size, number)},{identity(number % IDENTITIES if right else 0)}\n")


def _query(size: TrackSize, number: int) -> str:
    return f"{identity(number % IDENTITIES)}C{size.query_camera}F{number:05d}"
