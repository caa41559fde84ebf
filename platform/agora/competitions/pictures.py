"""Choose a few training images of synthetic data and encode them anew for the data page."""

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from PIL import Image

from agora.competitions.models import Competition, Picture
from agora.core.refs import new_ref

PICTURES = 12
CAMERAS = 3
HEIGHT = 192  # pixels: twice what the page shows, for dense screens


@dataclass(frozen=True)
class Choice:
    """One image of the release and what to say about it."""

    path: Path
    caption: str


def choose_pictures(train: Path) -> tuple[Choice, ...]:
    """Return up to 12 training images: the first people whom three kinds of cameras saw, one image from each.

    The labels of training images are public, so nothing is told here that the release does not tell.
    """
    seen: dict[str, dict[str, str]] = {}
    with (train / "annotations.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            seen.setdefault(row["pid"], {}).setdefault(row.get("platform") or row["camid"], row["image_id"])
    most = max((len(cameras) for cameras in seen.values()), default=0)
    wide = min(CAMERAS, most)
    chosen = [
        Choice(path, f"Person {number}, {camera}")
        for number, cameras in enumerate((item for item in seen.values() if len(item) >= wide), 1)
        for camera, image in sorted(cameras.items())[:wide]
        if (path := train / "images" / f"{image}.png").is_file()
    ]
    return tuple(chosen[:PICTURES])


def import_pictures(competition: Competition, choices: Sequence[Choice]) -> None:
    """Replace the pictures of the data page; the same choice leaves them as they are."""
    encoded = [_encode(choice) for choice in choices]
    hashes = [hashlib.sha256(data).hexdigest() for data, _ in encoded]
    held = list(competition.pictures.order_by("position").values_list("storage_key", flat=True))
    if [Path(key).stem for key in held] == hashes:
        return
    keys = [
        storages["public"].save(f"pictures/{new_ref()}/{digest}.png", ContentFile(data))
        for digest, (data, _) in zip(hashes, encoded, strict=True)
    ]
    rows = zip(keys, choices, (shape for _, shape in encoded), strict=True)
    with transaction.atomic():
        competition.pictures.all().delete()
        Picture.objects.bulk_create(_rows(competition, rows))


def _rows(competition: Competition, rows: Iterable[tuple[str, Choice, tuple[int, int]]]) -> list[Picture]:
    return [
        Picture(
            competition=competition,
            storage_key=key,
            caption=choice.caption,
            width=width,
            height=height,
            position=position,
        )
        for position, (key, choice, (width, height)) in enumerate(rows)
    ]


def _encode(choice: Choice) -> tuple[bytes, tuple[int, int]]:
    """Return an image as a small PNG without metadata, and its width and height."""
    with Image.open(choice.path) as image:
        picture = image.convert("RGB")
    picture = picture.resize((max(1, round(picture.width * HEIGHT / picture.height)), HEIGHT), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue(), picture.size
