"""Say what the files of a submission are scored against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scoring.formats.context import Context
from scoring.vectors.buckets import Bench
from scoring.vectors.matches import Matches


class Track(NamedTuple):
    """Say which queries and which gallery a file answers for.

    Attributes
    ----------
    name : str
    first_query : int
        Number of its first query among those of all tracks.
    queries, gallery : sequence of str
    """

    name: str
    first_query: int
    queries: Sequence[str]
    gallery: Sequence[str]


class Target(NamedTuple):
    """Hold what all files of a submission are scored against, and where each thread puts its results."""

    matches: Matches
    cut: int
    benches: list[Bench]


def tracks_of(context: Context) -> list[Track]:
    """Return the tracks in their order."""
    manifest, tracks, first = context.manifest, [], 0
    for name in manifest.tracks:
        tracks.append(Track(name, first, manifest.queries(name), manifest.gallery(name)))
        first += len(manifest.queries(name))
    return tracks
