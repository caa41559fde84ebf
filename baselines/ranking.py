"""Answer a release: one line for each query, the whole gallery of its track, best first."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baselines.catalogue import Recipe
from baselines.images import DataError, ImageSet, names_of
from challenges.audit import colour_texture
from scoring import Manifest

Progress = Callable[[int, int], None]
"""Called with the number of images described and to be described."""

Order = tuple[str, Sequence[str]]
"""A query and its gallery, best first."""


def rank(recipe: Recipe, images: ImageSet, *, seed: int, progress: Progress) -> Iterator[Order]:
    """Yield every query of every track with its gallery in the recipe's order.

    Equal distances go to the earlier place in the gallery. `seed` matters to recipes that draw at random.
    """
    if recipe.kind == "random":
        return _random(images.manifest, seed=seed)
    return _nearest(images, progress=progress)


def write_ranking(orders: Iterator[Order], out: Path) -> int:
    """Write a ranking file in one piece and return its number of queries; DataError if it cannot be written."""
    if out.is_dir() or not out.parent.is_dir():
        raise DataError(f"{out}: give a file in a folder that exists")
    count = 0
    handle, draft = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
            file.write("query_id,gallery_ids\n")
            for query, gallery in orders:
                file.write(f"{query},{' '.join(gallery)}\n")
                count += 1
        Path(draft).chmod(0o644)
        Path(draft).replace(out)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return count


def _random(manifest: Manifest, *, seed: int) -> Iterator[Order]:
    """Order each gallery by a hash of seed, query and image, which no library can change."""
    for track in manifest.tracks:
        gallery = list(manifest.gallery(track))
        for query in manifest.queries(track):
            start = hashlib.blake2b(f"{seed},{track},{query},".encode(), digest_size=16)
            yield query, sorted(gallery, key=partial(_drawn, start))


def _drawn(start: hashlib.blake2b, name: str) -> bytes:
    own = start.copy()
    own.update(name.encode())
    return own.digest()


def _nearest(images: ImageSet, *, progress: Progress) -> Iterator[Order]:
    described = _described(images, progress=progress)
    for track in images.manifest.tracks:
        queries, gallery = images.manifest.queries(track), images.manifest.gallery(track)
        distances = colour_texture.squared_distances(
            np.stack([described[name] for name in queries]), np.stack([described[name] for name in gallery])
        )
        for query, row in zip(queries, distances, strict=True):
            yield query, [gallery[place] for place in np.argsort(row, kind="stable")]


def _described(images: ImageSet, *, progress: Progress) -> dict[str, NDArray[np.int64]]:
    names = names_of(images.manifest)
    described = {}
    for number, name in enumerate(names, start=1):
        picture = images.read(name, width=colour_texture.WIDTH, height=colour_texture.HEIGHT)
        described[name] = colour_texture.describe(picture)
        progress(number, len(names))
    return described
