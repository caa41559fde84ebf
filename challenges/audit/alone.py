"""Ask what each nuisance does alone: the same queries at five steps of one factor, everything else plain.

In a release nuisances come together and hide each other: a body seen from above has fewer pixels. Here a plain query is
taken again with one field of its shot changed, and looked for in a plain gallery, so steps differ in that factor alone.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from challenges.audit.contest import Contest, by_colour, tracks_of
from challenges.audit.figures import Figure, right_first
from challenges.audit.nuisances import fall_of
from challenges.audit.sights import COLOUR, TestSet, colour_and_texture
from challenges.audit.subject import Ladder, Subject
from challenges.synth.populations import Item

Colours = NDArray[np.int16]
Shots = Sequence[object]
_CHUNK = 48


def alone_figures(
    plain: Sequence[Item], subject: Subject, *, ladders: Sequence[Ladder] | None = None, workers: int = 1
) -> Iterator[Figure]:
    """Yield how far rank-1 of colour falls along each ladder; the same queries stand at every step.

    Parameters
    ----------
    plain : the test part of preset `plain`; of each identity and track the first query is asked.
    ladders : those of the subject if left out.
    workers : processes that render.
    """
    items = _asked_once(plain)
    side = np.array([subject.side_of(item.camid) for item in items])
    is_query = np.array([item.role == "query" for item in items])
    shots, rows = [item.shot for item in items], tuple(_row(item) for item in items)
    with _renderer(subject, workers) as colours_of:
        colours = colours_of(shots)
        for ladder in subject.ladders if ladders is None else ladders:
            asked = np.flatnonzero(is_query & (np.isin(side, ladder.sides) if ladder.sides else True))
            kept = np.concatenate([np.flatnonzero(~is_query), asked])
            cells, pids = [], []
            for value in ladder.values:
                colours[asked] = colours_of([ladder.step(shots[place], value) for place in asked])
                test_set = TestSet(tuple(rows[place] for place in kept), {COLOUR: colours[kept]}, subject)
                parts = {name: part for name, part in tracks_of(test_set).items() if len(part[0])}
                contest = Contest.of(test_set, parts)
                cells.append(right_first(contest.score(by_colour(test_set))))
                pids.append(contest.pids)
            yield fall_of(f"alone_{ladder.name}", f"{ladder.name} alone", cells, pids)


def _asked_once(items: Sequence[Item]) -> list[Item]:
    """Return the gallery and, of each identity and track, one query."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for item in items:
        key = (item.track, item.pid)
        if item.role == "gallery" or key not in seen:
            kept.append(item)
        if item.role == "query":
            seen.add(key)
    return kept


def _row(item: Item) -> Mapping[str, str]:
    return {"track": item.track, "role": item.role, "image_id": item.name, "pid": item.pid, "camid": item.camid}


@contextmanager
def _renderer(subject: Subject, workers: int) -> Iterator[Callable[[Shots], Colours]]:
    """Give what renders and describes shots, in this process or in several."""
    colours = partial(_colours, subject.pixels_of)
    if workers == 1:
        yield colours
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield lambda shots: np.concatenate(list(pool.map(colours, _chunks(shots))))


def _chunks(shots: Shots) -> list[Shots]:
    return [shots[start : start + _CHUNK] for start in range(0, len(shots), _CHUNK)]


def _colours(pixels_of: Callable[[Any], NDArray[np.uint8]], shots: Shots) -> Colours:
    return np.stack([colour_and_texture(pixels_of(shot)) for shot in shots])
