"""Say what the files of a submission are scored against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scoring.formats.context import Context
from scoring.formats.team import threads
from scoring.ranking import Job
from scoring.truth import add_up, copies, empty_truth
from scoring.vectors.buckets import Bench, new_desk
from scoring.vectors.impostors import new_nears, rates_of
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
    """Hold what all files of a submission are scored against, and where each thread puts its results."""

    matches: Matches
    cut: int
    benches: list[Bench]


def new_target(context: Context, job: Job, *, cut: int | None, keeps_impostors: bool) -> Target:
    """Make everything that reading a submission takes, for each thread; impostor pairs are kept where it is asked for."""
    manifest = context.manifest
    sizes = [manifest.n_gallery(track) for track in manifest.tracks]
    jobs, matches = copies(job, threads()), find_matches(job.truth, sizes)
    truth = job.truth if keeps_impostors else empty_truth()
    nears = new_nears(truth, sizes, matches, len(jobs))
    benches = [Bench(one, new_desk(max(sizes)), near) for one, near in zip(jobs, nears, strict=True)]
    return Target(matches, cut or 0, benches)


def add_up_target(target: Target, context: Context) -> None:
    """Put together what all threads have found, once everything was read."""
    jobs, manifest = [bench.job for bench in target.benches], context.manifest
    add_up(jobs)
    sizes = [manifest.n_gallery(track) for track in manifest.tracks]
    nears = [bench.near for bench in target.benches]
    context.rates.extend(rates_of(nears, jobs[0].truth, target.matches, manifest.tracks, sizes))


def tracks_of(context: Context) -> list[Track]:
    """Return the tracks in their order."""
    manifest, tracks, first = context.manifest, [], 0
    for name in manifest.tracks:
        tracks.append(Track(name, first, manifest.queries(name), manifest.gallery(name)))
        first += len(manifest.queries(name))
    return tracks
