"""Rank galleries by descriptors and let the scorer judge: every rank-1 and interval of the audit comes from `scoring`."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from challenges.audit import colour_texture
from challenges.audit.sights import COLOUR, TestSet
from scoring import Annotations, Protocol, Result, SubmissionFormat, evaluate

Rows = NDArray[np.int64]
Distance = Callable[[Rows, Rows], NDArray[np.float64]]
"""Give distances (n_queries, n_gallery) of rows of a test set; smaller is more alike."""
Parts = Mapping[str, tuple[Rows, Rows]]
"""Rows of the queries and of the gallery of each track."""
Junk = tuple[tuple[str, ...], ...]
"""Sets of columns: an image equal to the query in all of one is left out of its gallery."""


@dataclass(frozen=True)
class Contest:
    """Hold queries and galleries with their truth, ready to be ranked and scored.

    `rows` are the queries' rows of the test set in the order of the results, `pids` their identities.
    """

    test_set: TestSet
    parts: Parts
    rows: Rows
    pids: NDArray[np.str_]
    annotations: Annotations
    protocol: Protocol

    @classmethod
    def of(cls, test_set: TestSet, parts: Parts, *, junk: Junk | None = None) -> Contest:
        """Lay out these parts under a rule of junk, the subject's if left out; queries without a match do not count."""
        lines = ["track,role,image_id,pid,camid"]
        for track, of_roles in parts.items():
            for role, rows in zip(("query", "gallery"), of_roles, strict=True):
                # An image may stand in several parts: each time it has another name.
                lines += [
                    f"{track},{role},{track}.{row['image_id']},{row['pid']},{row['camid']}"
                    for row in (test_set.rows[place] for place in rows)
                ]
        annotations = Annotations.read(io.BytesIO("\n".join(lines).encode()))
        queries = np.concatenate([parts[track][0] for track in annotations.manifest.tracks])
        protocol = Protocol(junk=test_set.subject.junk if junk is None else junk, aggregate="micro")
        return cls(test_set, parts, queries, test_set.column("pid")[queries], annotations, protocol)

    def score(self, distance: Distance) -> Result:
        """Rank every gallery by these distances and score the ranking."""
        described = SubmissionFormat(kind="distances")
        submission = io.BytesIO()
        with zipfile.ZipFile(submission, "w", zipfile.ZIP_STORED) as archive:
            for track, (queries, gallery) in self.parts.items():
                with archive.open(f"{track}.npy", "w") as member:
                    np.save(member, distance(queries, gallery).astype("<f4"))
        submission.seek(0)
        return evaluate(submission, annotations=self.annotations, submission_format=described, protocol=self.protocol)


def tracks_of(test_set: TestSet) -> Parts:
    """Return the queries and galleries of the release's own tracks."""
    track, role = test_set.column("track"), test_set.column("role")
    return {
        name: (
            np.flatnonzero((track == name) & (role == "query")),
            np.flatnonzero((track == name) & (role == "gallery")),
        )
        for name in dict.fromkeys(track.tolist())
    }


def crossings_of(test_set: TestSet) -> Parts:
    """Return each track cut by the side that its queries are seen from: they meet the gallery of other sides alone."""
    side, parts = test_set.sides(), {}
    for track, (queries, gallery) in tracks_of(test_set).items():
        for name in np.unique(side[queries]):
            parts[f"{track}-{name}"] = queries[side[queries] == name], gallery[side[gallery] != name]
    return parts


def sessions_of(test_set: TestSet) -> Parts:
    """Return the crossings cut into sessions: a query meets its own session's gallery alone, of two identities or more."""
    session, pid = test_set.column("session"), test_set.column("pid")
    parts = {}
    for crossing, (queries, gallery) in crossings_of(test_set).items():
        for name in dict.fromkeys(session[queries].tolist()):
            here = queries[session[queries] == name], gallery[session[gallery] == name]
            if len(set(pid[here[1]].tolist())) > 1:
                parts[f"{crossing}-{name}"] = here
    return parts


def views_of(test_set: TestSet) -> tuple[Parts, Parts]:
    """Return the crossings and, with the same queries, galleries within their own view, at equal chance.

    The gallery within the view holds the images of all tracks that are seen from the queries' side. Of each identity both
    galleries keep the same number of images, the first in the gallery's order, which is random: so every query has as
    many matches among as many images either way, and differences are those of the view. What the query's own camera saw
    of it is a match here, whatever the release's protocol says.
    """
    side, pid = test_set.sides(), test_set.column("pid")
    listed = np.concatenate([gallery for _, gallery in tracks_of(test_set).values()])
    across, within = {}, {}
    for crossing, (queries, gallery) in crossings_of(test_set).items():
        own = listed[side[listed] == side[queries[0]]]
        kept = {
            name: min(np.count_nonzero(pid[gallery] == name), np.count_nonzero(pid[own] == name))
            for name in np.unique(pid[gallery])
        }
        across[crossing], within[crossing] = (
            (queries, np.concatenate([rows[pid[rows] == name][:count] for name, count in kept.items()]))
            for rows in (gallery, own)
        )
    return across, within


def junk_of(test_set: TestSet, queries: Rows, gallery: Rows, rule: Junk) -> NDArray[np.bool_]:
    """Mark what a rule leaves out of each query's gallery, (n_queries, n_gallery)."""
    junk = np.zeros((len(queries), len(gallery)), dtype=np.bool_)
    for names in rule:
        values = np.stack([np.unique(test_set.column(name), return_inverse=True)[1] for name in names], axis=1)
        junk |= (values[queries][:, None, :] == values[gallery][None, :, :]).all(axis=2)
    return junk


def by_colour(test_set: TestSet) -> Distance:
    """Return the distances of the descriptor of colour and texture, as the baseline ranks."""
    described = test_set.described[COLOUR]

    def distance(queries: Rows, gallery: Rows) -> NDArray[np.float64]:
        squares = colour_texture.squared_distances(
            described[queries].astype(np.int64), described[gallery].astype(np.int64)
        )
        roots: NDArray[np.float64] = np.sqrt(squares)
        return roots

    return distance


def levelled(test_set: TestSet, name: str, *, scaled: bool = True) -> Distance:
    """Return Euclidean distances of a descriptor from which each camera's mean is taken, so that no camera gap hides a leak.

    `scaled` divides each number by its spread over all images, for descriptors whose numbers have units of their own.
    """
    values = test_set.described[name].astype(np.float64)
    camera = test_set.column("camid")
    for camid in np.unique(camera):
        values[camera == camid] -= values[camera == camid].mean(axis=0)
    if scaled:
        values /= values.std(axis=0) + 1e-9

    def distance(queries: Rows, gallery: Rows) -> NDArray[np.float64]:
        asked, listed = values[queries], values[gallery]
        squares = (asked**2).sum(axis=1)[:, None] + (listed**2).sum(axis=1)[None, :] - 2.0 * asked @ listed.T
        roots: NDArray[np.float64] = np.sqrt(np.maximum(squares, 0.0))
        return roots

    return distance
