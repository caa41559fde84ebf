"""Turn features into a ranking of every track: post-processing, distances, and the order of equal distances."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from baselines.images import DataError, first_few, names_of
from baselines.inference.distances import Distances, Features, distances, order
from baselines.post.centroids import centroid_gallery
from baselines.post.fusion import mean_of_distances
from baselines.post.reranking import expand, rerank
from baselines.ranking import Order
from scoring import Manifest


@dataclass(frozen=True)
class Embedded:
    """Hold the features of a test or val folder: float32 (n_images, d), a row for each of `names_of(manifest)`."""

    manifest: Manifest
    features: Features
    folder: Path

    def rows(self, names: Sequence[str]) -> Features:
        """Return the features of these images."""
        place = {name: number for number, name in enumerate(names_of(self.manifest))}
        return self.features[[place[name] for name in names]]


@dataclass(frozen=True)
class Track:
    """Hold what steps of post-processing change: features of queries and gallery, or distances once they are fixed."""

    queries: Features
    gallery: Features
    names: Sequence[str]
    folder: Path
    distances: Distances | None = None


def answer(embedded: Embedded, test: Mapping[str, Any]) -> Iterator[tuple[str, Distances]]:
    """Yield each track with its distances, float32 (n_query, n_gallery), as a recipe's `[test]` says.

    Raises
    ------
    DataError if a step needs labels of the gallery that the release does not give.
    """
    for slug in embedded.manifest.tracks:
        names = embedded.manifest.gallery(slug)
        queries = embedded.rows(embedded.manifest.queries(slug))
        track = Track(queries, embedded.rows(names), names, embedded.folder)
        for step in test.get("post", []):
            track = STEPS[step["kind"]](track, step)
        found = track.distances
        if found is None:
            found = distances(track.queries, track.gallery, kind=test["inference"]["distance"])
        yield slug, found


def ranked(manifest: Manifest, found: Mapping[str, Distances]) -> Iterator[Order]:
    """Yield every query of every track with its whole gallery, nearest first."""
    for slug in manifest.tracks:
        gallery = manifest.gallery(slug)
        for query, row in zip(manifest.queries(slug), found[slug], strict=True):
            yield query, [gallery[place] for place in order(row)]


def fused(several: Sequence[Mapping[str, Distances]]) -> dict[str, Distances]:
    """Return the mean of the distances of several models, track by track."""
    return {slug: mean_of_distances([one[slug] for one in several]) for slug in several[0]}


def _rerank(track: Track, step: Mapping[str, Any]) -> Track:
    keys = {name: step[name] for name in ("k1", "k2", "weight", "code") if name in step}
    return replace(track, distances=rerank(track.queries, track.gallery, **keys))


def _query_expansion(track: Track, step: Mapping[str, Any]) -> Track:
    keys = {name: step[name] for name in ("k", "alpha", "passes") if name in step}
    queries, gallery = expand(track.queries, track.gallery, **keys)
    return replace(track, queries=queries, gallery=gallery)


def _centroid_gallery(track: Track, step: Mapping[str, Any]) -> Track:
    pids = gallery_labels(track.folder, track.names)
    pooled = centroid_gallery(track.gallery, pids, normalise_first=step.get("normalise_first", False))
    return replace(track, gallery=pooled)


STEPS: Mapping[str, Callable[[Track, Mapping[str, Any]], Track]] = {
    "rerank": _rerank,
    "query_expansion": _query_expansion,
    "centroid_gallery": _centroid_gallery,
}
"""Steps of post-processing by the word of `test.post.kind`."""


def gallery_labels(folder: Path, names: Sequence[str]) -> list[str]:
    """Return the released identities of gallery images; DataError if the release does not give them."""
    path = folder / "gallery.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            known = {row["image_id"]: row["person_id"] for row in csv.DictReader(file)}
    except (OSError, KeyError) as error:
        raise DataError(f"{path}: the gallery's identities are needed (columns image_id, person_id)") from error
    lacking = [name for name in names if name not in known]
    if lacking:
        raise DataError(f"{path}: gallery images without identity: {first_few(lacking)}")
    return [known[name] for name in names]
