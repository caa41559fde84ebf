"""Make annotations and files of AG-ReID2023's own shape: sizes, 808 identities, 13-character ids; names are invented."""

import csv
import random
from pathlib import Path

SIZES = {"aerial_ground": (4348, 19259), "ground_aerial": (4151, 21214)}
CAMERAS = {"aerial_ground": ("0", "23"), "ground_aerial": ("23", "0")}
IDENTITIES = 808


def identities() -> list[str]:
    """Return 808 distinct 13-character ids, some of one person at two altitudes."""
    return [f"P{number // 2:04d}T{303 + number % 28:04d}{number % 2}A{number % 3}" for number in range(IDENTITIES)]


def write_annotations(path: Path) -> None:
    """Write the annotations; every identity is in each role of each track."""
    pids = identities()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["track", "role", "image_id", "pid", "camid"])
        for track, sizes in SIZES.items():
            for role, size, cameras in zip(("query", "gallery"), sizes, CAMERAS[track], strict=True):
                writer.writerows(
                    (
                        track,
                        role,
                        f"{track[0]}{role[0]}{number:05d}",
                        pids[number % IDENTITIES],
                        cameras[number % len(cameras)],
                    )
                    for number in range(size)
                )


def write_submission(path: Path, *, right: dict[str, int]) -> None:
    """Write one answer per query of both tracks in random order; the first `right[track]` queries are answered rightly."""
    pids = identities()
    answers = [
        (f"{track[0]}q{number:05d}", pids[(number + (number >= right[track])) % IDENTITIES])
        for track, (size, _) in SIZES.items()
        for number in range(size)
    ]
    random.Random(3).shuffle(answers)
    path.write_text("image_id,person_id\n" + "".join(f"{name},{pid}\n" for name, pid in answers), encoding="utf-8")
