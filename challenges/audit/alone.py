"""Ask what each nuisance does alone: the same queries at five steps of one factor, everything else plain.

In a release nuisances come together and hide each other: a body seen from above has fewer pixels. Here a plain query is
taken again with one field of its shot changed, and looked for in a plain gallery, so steps differ in that factor alone.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from challenges.audit.contest import Contest, by_colour, tracks_of
from challenges.audit.figures import Figure, right_first
from challenges.audit.nuisances import fall_of
from challenges.audit.sights import COLOUR, TestSet, colour_and_texture
from challenges.synth.plan import PersonItem
from challenges.synth.render import render
from challenges.synth.sensor import Blur
from challenges.synth.shot import Shot
from challenges.synth.sites import SITES

Step = Callable[[Shot, float], Shot]
Colours = NDArray[np.int16]
_CHUNK = 48


@dataclass(frozen=True)
class Ladder:
    """Hold a factor: how a shot is changed to a value of it, the values from easy to hard, and whose queries are asked."""

    name: str
    label: str
    step: Step
    values: tuple[float, ...]
    platforms: tuple[str, ...] = ("uav", "cctv", "wearable")


def _bent(shot: Shot, arms: float) -> Shot:
    return replace(shot, wearer=replace(shot.wearer, pose=replace(shot.wearer.pose, bend_left=arms, bend_right=arms)))


LADDERS = (
    Ladder(
        "elevation", "degrees above the horizon", lambda shot, to: replace(shot, depression=to / 360.0),
        (24.0, 38.0, 52.0, 66.0, 80.0), ("uav",),
    ),
    Ladder(
        "size", "share of the pixels each way", lambda shot, to: replace(shot, pixels=shot.pixels * to),
        (1.0, 0.7, 0.5, 0.35, 0.25),
    ),
    Ladder(
        "occlusion", "share cut off at the feet", lambda shot, to: replace(shot, crop=replace(shot.crop, bottom=-to)),
        (0.0, 0.2, 0.4, 0.6, 0.75),
    ),
    Ladder(
        "light", "share of the exposure",
        lambda shot, to: replace(shot, light=replace(shot.light, exposure=round(shot.light.exposure * to))),
        (1.0, 0.4, 0.2, 0.1, 0.05),
    ),
    Ladder(
        "blur", "path in pixels", lambda shot, to: replace(shot, blur=Blur(round(16 * to), 0, round(to / 2))),
        (0.0, 4.0, 8.0, 14.0, 22.0),
    ),
    Ladder("pose", "turns of both arms raised before the body", _bent, (0.0, 0.08, 0.16, 0.24, 0.31)),
)  # fmt: skip


def alone_figures(
    plain: Sequence[PersonItem], *, ladders: Sequence[Ladder] = LADDERS, workers: int = 1
) -> Iterator[Figure]:
    """Yield how far rank-1 of colour falls along each ladder; the same queries stand at every step.

    Parameters
    ----------
    plain : the test part of preset `plain`; of each identity and track the first query is asked.
    workers : processes that render.
    """
    items = _asked_once(plain)
    platform = np.array([SITES[item.camid].platform for item in items])
    is_query = np.array([item.role == "query" for item in items])
    shots, rows = [item.shot for item in items], tuple(_row(item) for item in items)
    with _renderer(workers) as colours_of:
        colours = colours_of(shots)
        for ladder in ladders:
            asked = np.flatnonzero(is_query & np.isin(platform, ladder.platforms))
            kept = np.concatenate([np.flatnonzero(~is_query), asked])
            cells, pids = [], []
            for value in ladder.values:
                colours[asked] = colours_of([ladder.step(shots[place], value) for place in asked])
                test_set = TestSet(tuple(rows[place] for place in kept), {COLOUR: colours[kept]})
                parts = {name: part for name, part in tracks_of(test_set).items() if len(part[0])}
                contest = Contest.of(test_set, parts)
                cells.append(right_first(contest.score(by_colour(test_set))))
                pids.append(contest.pids)
            yield fall_of(f"alone_{ladder.name}", f"{ladder.name} alone", cells, pids)


def _asked_once(items: Sequence[PersonItem]) -> list[PersonItem]:
    """Return the gallery and, of each identity and track, one query."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for item in items:
        key = (item.track, item.identity.pid)
        if item.role == "gallery" or key not in seen:
            kept.append(item)
        if item.role == "query":
            seen.add(key)
    return kept


def _row(item: PersonItem) -> Mapping[str, str]:
    pid = item.identity.pid
    return {"track": item.track, "role": item.role, "image_id": item.name, "pid": pid, "camid": item.camid}


@contextmanager
def _renderer(workers: int) -> Iterator[Callable[[Sequence[Shot]], Colours]]:
    """Give what renders and describes shots, in this process or in several."""
    if workers == 1:
        yield _colours
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield lambda shots: np.concatenate(list(pool.map(_colours, _chunks(shots))))


def _chunks(shots: Sequence[Shot]) -> list[Sequence[Shot]]:
    return [shots[start : start + _CHUNK] for start in range(0, len(shots), _CHUNK)]


def _colours(shots: Sequence[Shot]) -> Colours:
    return np.stack([colour_and_texture(render(shot).pixels) for shot in shots])
