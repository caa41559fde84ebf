"""Ask whether each nuisance that is written down makes queries harder, bin by bin.

Queries stand in five bins of equal size by the nuisance's value, each camera's queries by themselves: cameras differ in
value and in difficulty. Bins go from where the picture is easy to where it is hard.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from challenges.audit.contest import Contest, by_colour, tracks_of
from challenges.audit.figures import POINTS, Figure, right_first, symmetric
from challenges.audit.sights import TestSet
from scoring.intervals.jackknife import query_role_error, query_role_influence
from scoring.intervals.student import t_quantile

BINS = 5
ERROR_RATE = 0.05
"""Share of nuisances without effect that pass, and of true falls that fail for a rise that is none, at most."""
FloatArray = NDArray[np.float64]


def nuisance_figures(test_set: TestSet) -> Iterator[Figure]:
    """Yield how far rank-1 of colour falls from the easiest to the hardest fifth of each nuisance."""
    contest = Contest.of(test_set, tracks_of(test_set))
    right = right_first(contest.score(by_colour(test_set)))
    camera, side = test_set.column("camid")[contest.rows], test_set.sides()[contest.rows]
    for nuisance in test_set.subject.nuisances:
        asked = np.isin(side, nuisance.sides) if nuisance.sides else np.ones(len(right), dtype=np.bool_)
        value = test_set.numbers(nuisance.column)[contest.rows][asked]
        bins = fifths(value if nuisance.greater_is_harder else -value, camera[asked])
        cells = [right[asked][bins == number] for number in range(BINS)]
        pids = [contest.pids[asked][bins == number] for number in range(BINS)]
        yield fall_of(f"nuisance_{nuisance.column}", nuisance.label, cells, pids)


def fifths(hardness: FloatArray, camera: NDArray[np.str_]) -> NDArray[np.int64]:
    """Return the bin of each query, 0 the easiest; equal values are parted by their order, which is random."""
    bins = np.zeros(len(hardness), dtype=np.int64)
    for camid in np.unique(camera):
        own = np.flatnonzero(camera == camid)
        bins[own[np.argsort(hardness[own], kind="stable")]] = np.arange(len(own)) * BINS // len(own)
    return bins


def fall_of(name: str, label: str, cells: Sequence[FloatArray], pids: Sequence[NDArray[np.str_]]) -> Figure:
    """Return the fall of the mean from the first cell to the last, and whether every step is down within its error.

    It passes when the whole fall is beyond the error of that difference, and no step from a cell to the next rises beyond
    its own: one-sided tests at `ERROR_RATE`, the steps' shared out among them (Bonferroni). Errors are over identities,
    of whom the same may stand in several cells, with the galleries fixed.
    """
    units = np.unique(np.concatenate(pids))
    means = [float(values.mean()) for values in cells]
    influence = [
        query_role_influence(values, np.searchsorted(units, own), len(units))
        for values, own in zip(cells, pids, strict=True)
    ]

    def error(first: int, second: int) -> float:
        return query_role_error(influence[first] - influence[second], len(units))

    last, degrees = len(cells) - 1, len(units) - 1
    fall = symmetric(means[0] - means[last], error(0, last), len(units))
    reach = t_quantile(degrees, ERROR_RATE / last)
    rises = [means[step + 1] - means[step] - reach * error(step, step + 1) for step in range(last)]
    passed = fall.value > t_quantile(degrees, ERROR_RATE) * error(0, last) and max(rises) <= 0.0
    return Figure(
        name=name,
        label=label,
        unit=POINTS,
        estimate=fall,
        bar="falls, no rise beyond error",
        passed=passed,
        series=tuple(means),
        details={"largest_rise_beyond_error": max(rises)},
    )
