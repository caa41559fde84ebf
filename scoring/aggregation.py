"""Sum the values of queries over tracks and splits, with intervals over identities."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.annotations import SPLITS
from scoring.answers import SCALE, Outcome
from scoring.intervals.jackknife import query_role_error, query_role_influence, scores_without, two_role_error
from scoring.intervals.wilson import MIN_IDENTITIES, wilson_interval
from scoring.result import Count, Score

ALL: Final = "all"
MICRO: Final = "micro"
MACRO: Final = "macro"

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
#: A value, its standard error (None where there is none), and the units that it rests on.
Estimate = tuple[float, float | None, int]


@dataclass(frozen=True)
class Cells:
    """Say where each result belongs; a result is that of a query, or of a query in one draw where draws ask differently.

    Attributes
    ----------
    tracks : tuple of str
    query_track, query_split, query_unit, query_pid : int64 arrays of shape (n_results,)
    valid, counted : bool arrays of shape (n_results,)
        Whether a query has a valid match, and whether it counts.
    sampled : bool array of shape (n_units,)
        Whether a unit stands for people: distractors and junk are the same in every test set.
    query_draw : int64 array of shape (n_results,)
        The draw that asks, from 0.
    draws : int
        Number of draws that ask differently, whose scores are averaged; else 1.
    """

    tracks: tuple[str, ...]
    query_track: IntArray
    query_split: IntArray
    query_unit: IntArray
    query_pid: IntArray
    valid: BoolArray
    counted: BoolArray
    sampled: BoolArray
    query_draw: IntArray
    draws: int = 1

    def splits(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Return each split with the parts it consists of."""
        for number, split in enumerate(SPLITS):
            yield split, (number,)
        yield ALL, tuple(range(len(SPLITS)))

    def chosen(self, parts: tuple[int, ...], tracks: tuple[int, ...]) -> BoolArray:
        """Mark the queries of some parts and tracks."""
        is_part, is_track = np.zeros(len(SPLITS), dtype=np.bool_), np.zeros(len(self.tracks), dtype=np.bool_)
        is_part[list(parts)], is_track[list(tracks)] = True, True
        chosen: BoolArray = is_part[self.query_split] & is_track[self.query_track]
        return chosen


def aggregate(
    cells: Cells, values: Mapping[str, FloatArray], rows: Mapping[str, int], outcome: Outcome | None, *, draws: int = 1
) -> tuple[tuple[Score, ...], tuple[Count, ...]]:
    """Return all scores and counts: splits × tracks, micro and macro × metrics.

    Parameters
    ----------
    values : dict of metric to float64 array of shape (n_queries,)
    rows : dict of metric to int
        Where the kernel keeps the sums of the metric; a metric that it does not sum has no interval where the gallery is
        sampled as well.
    outcome : Outcome or None
        The sums without each unit; None when the gallery is fixed.
    draws : int
        Number of draws that the scores are means over, for the counts.

    Notes
    -----
    Sums of values are correctly rounded (`math.fsum`), so that no order of the queries changes them. A track without
    counted queries in a split has no score there and no part in its macro mean.
    """
    scores: list[Score] = []
    counts: list[Count] = []
    for split, parts in cells.splits():
        present = tuple(
            track for track in range(len(cells.tracks)) if (cells.chosen(parts, (track,)) & cells.counted).any()
        )
        if not present:
            continue
        groups = [(cells.tracks[track], (track,)) for track in present]
        # What is skipped in a track without counted queries is skipped all the same.
        every = tuple(range(len(cells.tracks)))
        for name, tracks in [*groups, (MICRO, every), (MACRO, every)]:
            counts.append(_count(cells, split, name, cells.chosen(parts, tracks), draws))
        queries = {tracks: _Queries.of(cells, parts, tracks) for tracks in [*(tracks for _, tracks in groups), present]}
        for metric, of_queries in values.items():
            area = _Area(cells, parts, of_queries, rows.get(metric), outcome, queries)
            for name, tracks in groups:
                scores.append(_score(split, name, metric, area.micro(tracks), queries[tracks].results))
            scores.append(_score(split, MICRO, metric, area.micro(present), queries[present].results))
            scores.append(_score(split, MACRO, metric, area.macro(present), queries[present].results))
    return tuple(scores), tuple(counts)


def _score(split: str, track: str, metric: str, estimate: Estimate, results: int) -> Score:
    value, error, identities = estimate
    bounds = None if error is None else wilson_interval(value, error, identities, results)
    low, high = bounds or (None, None)
    return Score(split, track, metric, value, low, high)


def _count(cells: Cells, split: str, name: str, chosen: BoolArray, draws: int) -> Count:
    counted = chosen & cells.counted
    return Count(
        split=split,
        track=name,
        queries=int(counted.sum()),
        identities=int(np.count_nonzero(np.bincount(cells.query_pid[counted]))),
        skipped=int((chosen & ~cells.valid).sum()),
        draws=draws,
    )


class _Draw(NamedTuple):
    """Hold the counted queries of one draw: its number, their mark, how many there are, and how many each unit has."""

    draw: int
    counted: BoolArray
    number: int
    own: IntArray


@dataclass(frozen=True)
class _Queries:
    """Hold what is the same for all metrics of some tracks in one split.

    Attributes
    ----------
    units : int
        Units that have counted queries.
    draws : tuple of _Draw
        The draws that count any query; one where all are asked alike.
    """

    units: int
    draws: tuple[_Draw, ...]

    @property
    def results(self) -> int:
        """Return the number of values that a score is a mean of, each draw's counted."""
        return sum(draw.number for draw in self.draws)

    @classmethod
    def of(cls, cells: Cells, parts: tuple[int, ...], tracks: tuple[int, ...]) -> _Queries:
        """Look the queries up."""
        counted = cells.chosen(parts, tracks) & cells.counted
        draws = []
        for draw in range(cells.draws):
            chosen = counted & (cells.query_draw == draw) if cells.draws > 1 else counted
            own = np.bincount(cells.query_unit[chosen], minlength=len(cells.sampled))
            draws.append(_Draw(draw, chosen, int(chosen.sum()), own))
        units = np.count_nonzero(sum(draw.own for draw in draws))
        return cls(int(units), tuple(draw for draw in draws if draw.number))


@dataclass(frozen=True)
class _Area:
    """Estimate one metric in one split; see `Estimate`."""

    cells: Cells
    parts: tuple[int, ...]
    values: FloatArray
    row: int | None
    outcome: Outcome | None
    queries: dict[tuple[int, ...], _Queries]
    known: dict[tuple[int, ...], Estimate] = field(default_factory=dict)

    def micro(self, tracks: tuple[int, ...]) -> Estimate:
        """Pool the queries of some tracks; asked for again, the same estimate is not made again."""
        if tracks not in self.known:
            self.known[tracks] = self._micro(tracks)
        return self.known[tracks]

    def macro(self, tracks: tuple[int, ...]) -> Estimate:
        """Average the scores of some tracks; the error is that of the mean, from all tracks jointly."""
        number = len(tracks)
        if number == 1:
            return self.micro(tracks)
        value = math.fsum(self.micro((track,))[0] for track in tracks) / number
        units = self.queries[tracks].units
        if units < MIN_IDENTITIES:
            return value, None, units
        if self.outcome is None:
            joint = sum((self._influence((track,)) for track in tracks), np.zeros(len(self.cells.sampled))) / number
            return value, query_role_error(joint, units), units
        alone = [self._without((track,)) for track in tracks]
        found = [without for without in alone if without is not None]
        if len(found) < number:
            return value, None, units
        return value, two_role_error(sum(found[1:], found[0]) / number), units

    def _micro(self, tracks: tuple[int, ...]) -> Estimate:
        queries = self.queries[tracks]
        means = [math.fsum(self.values[draw.counted].tolist()) / draw.number for draw in queries.draws]
        value, units = math.fsum(means) / len(means), queries.units
        if units < MIN_IDENTITIES:
            return value, None, units
        if self.outcome is None:
            return value, query_role_error(self._influence(tracks), units), units
        without = self._without(tracks)
        return value, None if without is None else two_role_error(without), units

    def _influence(self, tracks: tuple[int, ...]) -> FloatArray:
        """Return what each unit's queries add to the deviation of the mean of the draws' scores."""
        draws, units = self.queries[tracks].draws, self.cells.query_unit
        joint = np.zeros(len(self.cells.sampled))
        for draw in draws:
            joint += query_role_influence(self.values[draw.counted], units[draw.counted], len(joint))
        return joint / len(draws)

    def _without(self, tracks: tuple[int, ...]) -> FloatArray | None:
        """Return the score of some tracks without each unit: the mean of the draws' scores without it."""
        draws = [self._without_in(draw, tracks) for draw in self.queries[tracks].draws]
        found = [without for without in draws if without is not None]
        return None if len(found) < len(draws) else sum(found[1:], found[0]) / len(found)

    def _without_in(self, draw: _Draw, tracks: tuple[int, ...]) -> FloatArray | None:
        """Return the score of some tracks in one draw without each unit."""
        assert self.outcome is not None  # noqa: S101 (callers have looked)
        if self.row is None:
            return None
        first = draw.draw * len(self.cells.tracks)
        cells = [(first + track) * len(SPLITS) + part for track in tracks for part in self.parts]
        sums = self.outcome.without[cells, self.row].sum(axis=0) + self.outcome.everywhere[cells, self.row].sum()
        sampled = self.cells.sampled
        return scores_without(sums[sampled] / SCALE, draw.number - draw.own[sampled])
