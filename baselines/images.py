"""Read what a participant has: a folder with a table of images and `images/` (the pictures)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from scoring import Manifest, ManifestError

SUFFIXES = (".png", ".jpg", ".jpeg")
_NAMED = 5
"""At most this many items are named in one message."""


class DataError(Exception):
    """Say which folder, table or picture cannot be used and how to mend it."""


@dataclass(frozen=True)
class ImageSet:
    """Hold a manifest and where each of its images lies."""

    manifest: Manifest
    paths: dict[str, Path]

    def read(self, name: str, *, width: int, height: int) -> NDArray[np.uint8]:
        """Return an image in RGB at this size, uint8 (height, width, 3); DataError names a picture that is damaged."""
        return read_picture(self.paths[name], width=width, height=height, resample=Image.Resampling.BILINEAR)


def read_images(folder: Path) -> ImageSet:
    """Return the image set of a `test` or `val` folder of a release.

    Raises
    ------
    DataError if the folder, its manifest or any image that the manifest names is missing.
    """
    table, images = folder / "images.csv", folder / "images"
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; give the release's test or val folder")
    for path, what in ((table, "manifest"), (images, "folder of images")):
        if not path.exists():
            raise DataError(f"{path}: the {what} is missing; give the release's test or val folder")
    try:
        with table.open("rb") as file:
            manifest = Manifest.read(file)
    except ManifestError as error:
        raise DataError(f"{table}: {error}") from error
    return ImageSet(manifest, find_pictures(images, names_of(manifest)))


def find_pictures(folder: Path, names: Iterable[str]) -> dict[str, Path]:
    """Return where each picture of a folder lies, by its name without the suffix; DataError names missing ones."""
    found = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES}
    missing = [name for name in names if name not in found]
    if missing:
        raise DataError(f"{folder}: {len(missing):,} images are missing: {first_few(missing)}")
    return found


def read_picture(path: Path, *, width: int, height: int, resample: Image.Resampling) -> NDArray[np.uint8]:
    """Return a picture in RGB at this size, uint8 (height, width, 3); DataError names one that is damaged."""
    try:
        with Image.open(path) as picture:
            # Pillow resamples 8-bit pictures in fixed point, so the result is the same on every machine.
            small = picture.convert("RGB").resize((width, height), resample)
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: image {path.stem} cannot be read ({error}); download it again") from error
    return np.asarray(small, dtype=np.uint8)


def first_few(items: Sequence[str]) -> str:
    """Name the first five items, and how many more there are, for a sentence."""
    more = f" and {len(items) - _NAMED:,} more" if len(items) > _NAMED else ""
    return f"{', '.join(items[:_NAMED])}{more}"


def names_of(manifest: Manifest) -> Sequence[str]:
    """Return every image of a manifest once, in its order."""
    seen: dict[str, None] = {}
    for track in manifest.tracks:
        seen.update(dict.fromkeys([*manifest.queries(track), *manifest.gallery(track)]))
    return tuple(seen)
