"""Say how many images each identity has by each camera: a small release, or the counts of AG-ReID2023.

References
----------
H. Nguyen et al., AG-ReID 2023: Aerial-Ground Person Re-identification Challenge Results, IJCB 2023, Table 2 (identities,
queries and gallery images of each direction); the lists of AG-ReID.v2 give them by ground camera: of 808 test
identities 534 are seen by CCTV and 519 by the wearable camera.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from challenges.synth.population import Identity
from challenges.synth.populations import SMALL, Settings
from challenges.synth.sites import AERIAL, CCTV, WEARABLE, camera_ids
from challenges.synth.stream import Stream

AGREID2023 = "agreid2023"
SIZES = (SMALL, AGREID2023)
_TRAIN_IDS, _VAL_IDS, _TEST_IDS = 807, 81, 808
_SEEN_BY: Final = {CCTV: 534, WEARABLE: 519}
_TEST: Final = {
    ("query", AERIAL): 4348, ("query", CCTV): 1811, ("query", WEARABLE): 2340,
    ("gallery", AERIAL): 21214, ("gallery", CCTV): 6347, ("gallery", WEARABLE): 12912,
}  # fmt: skip
_TRAIN: Final = {AERIAL: 26898, CCTV: 8581, WEARABLE: 16051}
"""51,530 images; by camera in the proportions of the test."""
_QUERY_COUNTS: Final = {"1": 14, "2": 32, "3": 28, "4": 15, "5": 7, "6": 4}


@dataclass(frozen=True)
class Cell:
    """Hold how many images one camera has of an identity in one role."""

    identity: Identity
    camid: str
    count: int


def identities_of(settings: Settings) -> dict[str, int]:
    """Return the number of identities of each part; AG-ReID2023 has no validation part, here it is a tenth."""
    number = settings.identities
    if settings.size == SMALL:
        number = 48 if number is None else number
        return {"train": number, "val": max(2, number // 4), "test": number}
    if number is None:
        return {"train": _TRAIN_IDS, "val": _VAL_IDS, "test": _TEST_IDS}
    return {"train": number, "val": max(2, number // 10), "test": number}


def cells_of_test(
    people: Sequence[Identity], role: str, platforms: Sequence[str], size: str, stream: Stream
) -> list[Cell]:
    """Return the images of one role of a track; every identity has some."""
    if size == SMALL:
        return [cell for one in people for cell in _spread(one, platforms, _small(role, one, stream), stream)]
    cells = []
    for platform in platforms:
        seen = _seen(people, platform)
        total = _TEST[role, platform] * len(people) / _TEST_IDS
        most = 6 if role == "query" else 0
        counts = allotted(stream.fork("counts", platform), round(total), len(seen), most=most)
        cells += [Cell(one, _camera(one, platform), count) for one, count in zip(seen, counts, strict=True)]
    return cells


def cells_of_train(people: Sequence[Identity], size: str, stream: Stream) -> list[Cell]:
    """Return the training images: twelve of each identity, half from the air, or as many as AG-ReID2023 has."""
    if size == SMALL:
        cells = []
        for one in people:
            own = stream.fork("train", one.pid)
            cells += [*_spread(one, (AERIAL,), 6, own), *_spread(one, (CCTV, WEARABLE), 6, own)]
        return cells
    cells = []
    for platform, images in _TRAIN.items():
        seen = _seen(people, platform)
        counts = allotted(stream.fork("counts", platform), round(images * len(people) / _TRAIN_IDS), len(seen), most=0)
        cells += [Cell(one, _camera(one, platform), count) for one, count in zip(seen, counts, strict=True)]
    return cells


def allotted(stream: Stream, total: int, places: int, *, most: int) -> list[int]:
    """Return `places` counts that sum to `total`, each at least one and, unless `most` is 0, at most `most`.

    Some places draw several times what others do, as some people stay longer before a camera.
    """
    total = max(places, min(total, most * places) if most else total)
    weights = list(accumulate(40 + stream.below(100) + (stream.below(160) if most == 0 else 60) for _ in range(places)))
    counts = [1] * places
    left = total - places
    while left:
        place = bisect_right(weights, stream.below(weights[-1]))
        if most == 0 or counts[place] < most:
            counts[place] += 1
            left -= 1
    return counts


def _small(role: str, identity: Identity, stream: Stream) -> int:
    draw = stream.fork(identity.pid).fork("count")
    return int(draw.weighted(_QUERY_COUNTS)) if role == "query" else 8 + draw.below(4)


def _spread(identity: Identity, platforms: Sequence[str], count: int, stream: Stream) -> Iterator[Cell]:
    """Yield `count` images spread over the cameras of these platforms as evenly as the count allows."""
    order = list(camera_ids(tuple(platforms), away=identity.session.away))
    stream.fork(identity.pid, "cameras").shuffle(order)
    for place, camid in enumerate(order):
        share = count // len(order) + (place < count % len(order))
        if share:
            yield Cell(identity, camid, share)


def _seen(people: Sequence[Identity], platform: str) -> list[Identity]:
    """Return who is seen by this platform: all from the air, about two thirds by each of the ground's.

    `people` are in random order; those at its ends are seen by one ground camera alone.
    """
    if platform == AERIAL:
        return list(people)
    number = min(len(people), -(-len(people) * _SEEN_BY[platform] // _TEST_IDS))
    return list(people[:number] if platform == CCTV else people[-number:])


def _camera(identity: Identity, platform: str) -> str:
    """Return the camera of a platform in a session: one CCTV camera of several watches a session."""
    cameras = camera_ids((platform,), away=identity.session.away)
    return cameras[identity.session.seed % len(cameras)]
