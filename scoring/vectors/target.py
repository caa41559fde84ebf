"""Say what the files of a submission are scored against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.formats.context import Context
from scoring.formats.team import threads
from scoring.ranking import Job
from scoring.truth import add_up, copies
from scoring.vectors.buckets import Bench, new_desk, score_distances
from scoring.vectors.impostors import Group, count_impostors, groups_of, keep_impostors, new_nears, rates_of
from scoring.vectors.matches import Matches, find_matches


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
    """Hold what all files of a submission are scored against, and where each thread puts its results.

    Attributes
    ----------
    cut : int
        Length at which rankings are cut; 0 for none.
    impostors : int64 array of shape (n_queries,)
        Impostor pairs of each query; empty where there are no verification rates.
    """

    matches: Matches
    cut: int
    benches: list[Bench]
    impostors: npt.NDArray[np.int64]

    def groups(self, first_query: int) -> list[Group]:
        """Return the splits of the track that a query belongs to."""
        truth = self.benches[0].job.truth
        track = int(truth.query_track[first_query])
        return [group for group in groups_of(truth, self.impostors, len(truth.first_item)) if group.track == track]

    def score_rows(self, rows: npt.NDArray[np.floating[Any]], first_query: int, bench: Bench) -> None:
        """Score the distances of consecutive queries, float array (n_rows, n_gallery), and keep the nearest impostors."""
        score_distances(rows, first_query, self.matches, bench.desk, self.cut, bench.job)
        keep_impostors(rows, first_query, self.matches, bench.job.truth, bench.near, bench.desk.items)


def new_target(context: Context, job: Job, *, cut: int | None) -> Target:
    """Make everything that reading a submission takes, for each thread."""
    manifest = context.manifest
    sizes = [manifest.n_gallery(track) for track in manifest.tracks]
    jobs, matches = copies(job, threads()), find_matches(job.truth, sizes)
    impostors = count_impostors(job.truth, sizes)
    nears = new_nears(job.truth, len(sizes), impostors, matches, len(jobs))
    benches = [Bench(one, new_desk(max(sizes)), near) for one, near in zip(jobs, nears, strict=True)]
    return Target(matches, cut or 0, benches, impostors)


def add_up_target(target: Target, context: Context) -> None:
    """Put together what all threads have found, once everything was read."""
    jobs, manifest = [bench.job for bench in target.benches], context.manifest
    add_up(jobs)
    nears = [bench.near for bench in target.benches]
    context.rates.extend(rates_of(nears, jobs[0].truth, target.impostors, target.matches, manifest.tracks))


def tracks_of(context: Context) -> list[Track]:
    """Return the tracks in their order."""
    manifest, tracks, first = context.manifest, [], 0
    for name in manifest.tracks:
        tracks.append(Track(name, first, manifest.queries(name), manifest.gallery(name)))
        first += len(manifest.queries(name))
    return tracks
