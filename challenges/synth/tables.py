"""Write the tables of a release: annotations, manifests, galleries and sample submissions, as plain CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from challenges.synth.populations import Row
from challenges.synth.stream import Stream


def write_table(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Write rows under these columns; no value of ours needs quoting."""
    lines = [",".join(columns), *(",".join(row[column] for column in columns) for row in rows)]
    path.write_bytes(("\n".join(lines) + "\n").encode("ascii"))


def write_gallery(path: Path, rows: Sequence[Row]) -> None:
    """Write `image_id,person_id` of the gallery images, as the labels phase releases them."""
    gallery = [{"image_id": row["image_id"], "person_id": row["pid"]} for row in rows if row["role"] == "gallery"]
    write_table(path, ("image_id", "person_id"), gallery)


def write_samples(folder: Path, rows: Sequence[Row], tracks: Sequence[str], stream: Stream) -> None:
    """Write a valid submission for each phase: `sample_submission.csv` and the one with labels, answers at random.

    A ranking is one random order of the gallery turned to a random start: shuffling twenty thousand images for each of
    thousands of queries would take longer than rendering them.
    """
    with (
        (folder / "sample_submission.csv").open("w", encoding="ascii", newline="") as rankings,
        (folder / "sample_submission_labels.csv").open("w", encoding="ascii", newline="") as answers,
    ):
        rankings.write("query_id,gallery_ids\n")
        answers.write("image_id,person_id\n")
        for track in tracks:
            here = [row for row in rows if row["track"] == track]
            known = sorted({row["pid"] for row in here if row["role"] == "gallery"})
            order = [row["image_id"] for row in here if row["role"] == "gallery"]
            stream.fork("order", track).shuffle(order)
            for name in (row["image_id"] for row in here if row["role"] == "query"):
                start = stream.fork("ranking", name).below(len(order))
                rankings.write(f"{name},{' '.join(_turned(order, start))}\n")
                answers.write(f"{name},{stream.fork('label', name).pick(known)}\n")


def _turned(order: Sequence[str], start: int) -> Iterator[str]:
    yield from order[start:]
    yield from order[:start]
