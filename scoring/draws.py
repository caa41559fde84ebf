"""Read stored draws and tracklets from annotations, and make draws from a seed to be stored there.

The column ``draws`` of a gallery row names the draws in which the image is in the gallery, numbered from 1 and separated by
spaces; empty in none. The column ``tracklet`` names the tracklet of a gallery image; an image without one is its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from scoring.annotations import SPLITS, Annotations
from scoring.answers import PER_QUERY, PLAIN, RESPLIT, TRACKS, Draws
from scoring.errors import ProtocolError
from scoring.protocol import Protocol
from scoring.sampling import mixed

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

COLUMN: Final = "draws"
TRACKLETS: Final = "tracklet"
NO_DRAWS: Final = Draws(
    kind=PLAIN,
    number=1,
    cells=0,
    seed=np.uint64(0),
    tracklet=np.zeros(0, np.int32),
    first=np.zeros(0, np.int64),
    member=np.zeros(0, np.int32),
    first_group=np.zeros(0, np.int64),
    result=np.zeros((0, 0), np.int64),
    query=np.zeros(0, np.int64),
    draw=np.zeros(0, np.int64),
    relevant=np.zeros(0, np.int64),
)


def draw_galleries(pids: Sequence[str], *, draws: int, seed: int, undrawn: Iterable[str] = ()) -> list[str]:
    """Draw one gallery image per identity several times, for the column ``draws``.

    Parameters
    ----------
    pids : sequence of str
        The identity of each gallery row of one track, in order.
    draws : int
        How many draws to make.
    seed : int
        0 to 2^64 - 1. The same arguments give the same draws everywhere and in every version.
    undrawn : iterable of str
        Identities whose images are in the gallery of every draw: distractors.

    Returns
    -------
    list of str
        The draws of each row, such as ``2 7``; empty where there are none.

    Notes
    -----
    Of the n images of an identity, draw d takes number ``m(m(m(seed) + d) + i) mod n``, with m as in
    `scoring.sampling`, d from 0 and i the number of the identity in the order of first rows.
    """
    rows: dict[str, list[int]] = {}
    for row, pid in enumerate(pids):
        rows.setdefault(pid, []).append(row)
    everywhere = set(undrawn)
    found: list[list[str]] = [[] for _ in pids]
    for draw in range(draws):
        state = int(mixed(np.uint64((int(mixed(np.uint64(seed))) + draw) % 2**64)))
        for number, (pid, own) in enumerate(rows.items()):
            chosen = [own[int(mixed(np.uint64((state + number) % 2**64))) % len(own)]]
            for row in own if pid in everywhere else chosen:
                found[row].append(str(draw + 1))
    return [" ".join(names) for names in found]


def drawn_rows(annotations: Annotations, protocol: Protocol) -> BoolArray:
    """Mark the rows that take part at all: queries, and under stored draws the gallery rows of any draw.

    Raises
    ------
    ProtocolError
        When the annotations hold no draws as the protocol needs them.
    """
    drawn = np.ones(len(annotations.columns["pid"].codes), dtype=np.bool_)
    if protocol.draw in ("fixed", "resplit"):
        named = np.array([bool(draws) for draws in _stored(annotations, protocol)], dtype=np.bool_)
        items = gallery_rows(annotations)
        drawn[items] = named[annotations.columns[COLUMN].codes[items]]
    return drawn


def gallery_rows(annotations: Annotations) -> IntArray:
    """Return the rows of the galleries of all tracks, one behind another."""
    tracks = annotations.manifest.tracks
    return np.concatenate([annotations.rows[track]["gallery"] for track in tracks]).astype(np.int64)


def query_rows(annotations: Annotations) -> IntArray:
    """Return the rows of the queries of all tracks, one behind another."""
    tracks = annotations.manifest.tracks
    return np.concatenate([annotations.rows[track]["query"] for track in tracks]).astype(np.int64)


def build_draws(annotations: Annotations, protocol: Protocol) -> Draws:
    """Prepare draws and tracklets; the matches of results are still to be counted.

    Raises
    ------
    ProtocolError
        When the annotations lack the column, or when it is not as the protocol needs it.
    """
    queries = np.arange(annotations.manifest.n_queries, dtype=np.int64)
    draws = NO_DRAWS._replace(query=queries, draw=np.zeros_like(queries), relevant=np.zeros_like(queries))
    if protocol.image_to_track:
        return draws._replace(kind=TRACKS, tracklet=_tracklets(annotations))
    if protocol.draw == "per_query":
        first, member, first_group = _groups(annotations)
        return draws._replace(
            kind=PER_QUERY,
            number=protocol.draws,
            seed=np.uint64(protocol.draw_seed),
            first=first,
            member=member,
            first_group=first_group,
        )
    if protocol.draw == "resplit":
        return _resplit(annotations, protocol)
    return draws


def _resplit(annotations: Annotations, protocol: Protocol) -> Draws:
    """List the draws of each gallery item, and number what is asked in each draw: all images that it has no room for."""
    stored, column = _stored(annotations, protocol), annotations.columns[COLUMN]
    items, queries = gallery_rows(annotations), query_rows(annotations)
    drawn_in = [stored[code] for code in column.codes[items].tolist()]
    lengths = np.array([len(numbers) for numbers in drawn_in], dtype=np.int64)
    member = np.array([number for numbers in drawn_in for number in numbers], dtype=np.int32)
    _refuse_crowded(annotations, protocol, np.repeat(items, lengths), member)
    result = np.zeros((len(queries), protocol.draws), dtype=np.int64)
    first = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    item_at = {key: at for at, key in enumerate(_track_and_image(annotations, "gallery"))}
    for row, key in zip(result, _track_and_image(annotations, "query"), strict=True):
        if key in item_at:
            at = item_at[key]
            row[member[first[at] : first[at + 1]]] = -1
    asked = result.T == 0
    result.T[asked] = np.arange(asked.sum())
    draw, query = np.nonzero(asked)
    return NO_DRAWS._replace(
        kind=RESPLIT,
        number=protocol.draws,
        cells=len(annotations.manifest.tracks) * len(SPLITS),
        first=first,
        member=member,
        result=result,
        query=query.astype(np.int64),
        draw=draw.astype(np.int64),
        relevant=np.zeros(len(query), dtype=np.int64),
    )


def _track_and_image(annotations: Annotations, role: str) -> list[tuple[str, str]]:
    manifest = annotations.manifest
    names = manifest.queries if role == "query" else manifest.gallery
    return [(track, image) for track in manifest.tracks for image in names(track)]


def _refuse_crowded(annotations: Annotations, protocol: Protocol, rows: IntArray, draw: npt.NDArray[np.int32]) -> None:
    """Refuse draws that put two images of a person into one gallery."""
    pid = annotations.columns["pid"]
    track = np.zeros(len(pid.codes), dtype=np.int64)
    for number, roles in enumerate(annotations.rows.values()):
        track[roles["gallery"]] = number
    apart = {code for code, name in enumerate(pid.values) if name in protocol.distractor_pids + protocol.junk_pids}
    seen: set[tuple[int, int, int]] = set()
    keys = zip(track[rows].tolist(), draw.tolist(), pid.codes[rows].tolist(), strict=True)
    for key in keys:
        if key in seen and key[2] not in apart:
            raise ProtocolError(f'Draw {key[1] + 1} has two gallery images of the identity "{pid.values[key[2]]}".')
        seen.add(key)


def _stored(annotations: Annotations, protocol: Protocol) -> list[list[int]]:
    """Return the draws, from 0 and ascending, that each value of the column names."""
    if COLUMN not in annotations.columns:
        raise ProtocolError(f'The annotations lack the column "{COLUMN}", which stores the draw {protocol.draw!r}.')
    known = {str(number + 1): number for number in range(protocol.draws)}
    stored = []
    for value in annotations.columns[COLUMN].values:
        names = value.split()
        if not set(names) <= set(known) or len(set(names)) < len(names):
            expected = "1" if protocol.draws == 1 else f"distinct numbers from 1 to {protocol.draws}"
            raise ProtocolError(f'The column "{COLUMN}" holds "{value}"; expected {expected}, separated by spaces.')
        stored.append(sorted(known[name] for name in names))
    return stored


def _tracklets(annotations: Annotations) -> npt.NDArray[np.int32]:
    """Number the tracklets of all galleries; an image without a tracklet is one of its own."""
    if TRACKLETS not in annotations.columns:
        raise ProtocolError(f'The annotations lack the column "{TRACKLETS}", which image to track needs.')
    column, pid = annotations.columns[TRACKLETS], annotations.columns["pid"]
    numbers: dict[tuple[int, int], int] = {}
    people: dict[int, int] = {}
    found = []
    for track, roles in enumerate(annotations.rows.values()):
        for row in roles["gallery"].tolist():
            name = column.values[column.codes[row]]
            key = (track, int(column.codes[row])) if name else (-1, row)
            number = numbers.setdefault(key, len(numbers))
            if people.setdefault(number, int(pid.codes[row])) != pid.codes[row]:
                raise ProtocolError(f'The tracklet "{name}" holds images of two identities.')
            found.append(number)
    return np.array(found, dtype=np.int32)


def _groups(annotations: Annotations) -> tuple[IntArray, npt.NDArray[np.int32], IntArray]:
    """Return where the items of each identity of each gallery begin, the items, and where the groups of a track begin."""
    codes = annotations.columns["pid"].codes
    firsts, members, groups = [np.zeros(1, dtype=np.int64)], [], [0]
    for roles in annotations.rows.values():
        pids = codes[roles["gallery"]]
        _, first_row, inverse = np.unique(pids, return_index=True, return_inverse=True)
        number = np.argsort(np.argsort(first_row, kind="stable"), kind="stable")[inverse.reshape(-1)]
        members.append(np.argsort(number, kind="stable").astype(np.int32))
        firsts.append(firsts[-1][-1] + np.cumsum(np.bincount(number)).astype(np.int64))
        groups.append(groups[-1] + len(first_row))
    return np.concatenate(firsts), np.concatenate(members), np.array(groups, dtype=np.int64)
