"""Write the tables of a release: annotations, manifests, galleries and sample submissions, as plain CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from challenges.synth.attributes import ATTRIBUTE_NAMES
from challenges.synth.factors import FACTOR_COLUMNS, factor_values
from challenges.synth.plan import TRACKS, Item
from challenges.synth.render import Picture
from challenges.synth.sites import SITES
from challenges.synth.stream import Stream

IMAGE_COLUMNS = ("image_id", "pid", "camid")
HIDDEN_COLUMNS = ("platform", "session", "group", "cue", *ATTRIBUTE_NAMES, *FACTOR_COLUMNS)

Row = Mapping[str, str]


def annotation_row(item: Item, picture: Picture) -> dict[str, str]:
    """Return all that is known of an image, column by column."""
    identity = item.identity
    row = {
        "track": item.track,
        "role": item.role,
        "image_id": item.name,
        "pid": identity.pid,
        "camid": item.shot.camid,
        "split": identity.split,
        "platform": SITES[item.shot.camid].platform,
        "session": identity.session.name,
        "group": identity.group,
        "cue": identity.cue,
    }
    row |= {name: str(getattr(identity.labels, name)) for name in ATTRIBUTE_NAMES}
    return row | factor_values(item.shot, picture)


def write_table(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Write rows under these columns; no value of ours needs quoting."""
    lines = [",".join(columns), *(",".join(row[column] for column in columns) for row in rows)]
    path.write_bytes(("\n".join(lines) + "\n").encode("ascii"))


def write_gallery(path: Path, rows: Sequence[Row]) -> None:
    """Write `image_id,person_id` of the gallery images, as the labels phase releases them."""
    gallery = [{"image_id": row["image_id"], "person_id": row["pid"]} for row in rows if row["role"] == "gallery"]
    write_table(path, ("image_id", "person_id"), gallery)


def write_samples(folder: Path, rows: Sequence[Row], stream: Stream) -> None:
    """Write a valid submission in a random order for each phase: `sample_submission.csv` and the one with labels."""
    rankings: list[Row] = []
    answers: list[Row] = []
    for track in TRACKS:
        here = [row for row in rows if row["track"] == track]
        gallery = [row["image_id"] for row in here if row["role"] == "gallery"]
        known = sorted({row["pid"] for row in here if row["role"] == "gallery"})
        for name in (row["image_id"] for row in here if row["role"] == "query"):
            order = list(gallery)
            stream.fork("ranking", name).shuffle(order)
            rankings.append({"query_id": name, "gallery_ids": " ".join(order)})
            answers.append({"image_id": name, "person_id": stream.fork("label", name).pick(known)})
    write_table(folder / "sample_submission.csv", ("query_id", "gallery_ids"), rankings)
    write_table(folder / "sample_submission_labels.csv", ("image_id", "person_id"), answers)
