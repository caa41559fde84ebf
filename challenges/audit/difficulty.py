"""Ask whether the task is neither too easy nor too hard: for attributes, for colour, across views and within one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from challenges.audit.contest import Contest, Rows, by_colour, junk_of, tracks_of, views_of
from challenges.audit.dependence import design_effects
from challenges.audit.figures import (
    POINTS,
    SHARE,
    Estimate,
    Figure,
    chance_of,
    mean_difference,
    right_first,
    score_of,
    within,
)
from challenges.audit.sights import TestSet
from scoring import Result
from scoring.intervals.jackknife import scores_without, two_role_error
from scoring.intervals.wilson import wilson_interval

UNKNOWN = "unknown"
LEAST_ORACLE, MOST_ORACLE = 0.05, 0.60
LEAST_OVER_CHANCE, MOST_COLOUR = 5.0, 0.40


def difficulty_figures(test_set: TestSet) -> Iterator[Figure]:
    """Yield the figures of perfect attributes, of colour across and within views, and of design effects."""
    asked = test_set.subject
    oracle = attribute_oracle(test_set, asked.attributes)
    bar = f"{LEAST_ORACLE:.0%} to {MOST_ORACLE:.0%}"
    passed = within(oracle, least=LEAST_ORACLE, most=MOST_ORACLE)
    yield Figure("attributes", f"{len(asked.attributes)} perfect attributes", SHARE, oracle, bar, passed)
    every = attribute_oracle(test_set, (*asked.attributes, *asked.more_attributes))
    yield Figure("all_attributes", f"every perfect attribute, {asked.more} too", SHARE, every)
    contest = Contest.of(test_set, tracks_of(test_set))
    result = contest.score(by_colour(test_set))
    yield _colour(result)
    yield from _views(test_set)
    yield from design_effects(contest, by_colour(test_set))


def _colour(result: Result) -> Figure:
    found, chance = score_of(result), chance_of(result)
    return Figure(
        name="colour",
        label="colour across views",
        unit=SHARE,
        estimate=found,
        bar=f"{LEAST_OVER_CHANCE:g} x chance to {MOST_COLOUR:.0%}",
        passed=within(found, least=LEAST_OVER_CHANCE * chance, most=MOST_COLOUR),
        details={"chance": chance},
    )


def _views(test_set: TestSet) -> Iterator[Figure]:
    """Compare views at equal chance; see `contest.views_of`."""
    distance = by_colour(test_set)
    across, inside = (Contest.of(test_set, parts, junk=()) for parts in views_of(test_set))
    across_result, inside_result = across.score(distance), inside.score(distance)
    yield Figure(
        "same_view",
        "colour within a view",
        SHARE,
        score_of(inside_result),
        details={"chance": chance_of(inside_result), "chance_across": chance_of(across_result)},
    )
    gap = mean_difference(right_first(inside_result), right_first(across_result), across.pids)
    least, bar, passed = test_set.subject.least_view_gap, "", None
    if least is not None:
        bar, passed = f"at least {least * 100:.0f} points", within(gap, least=least)
    yield Figure("view_gap", "what the view costs", POINTS, gap, bar, passed)


def attribute_oracle(test_set: TestSet, names: Sequence[str]) -> Estimate:
    """Return the expected rank-1 of who knows these labels of every image and nothing else, micro over all queries.

    The gallery images that contradict the query in no label come first, in random order: a query's expected rank-1 is the
    share of its matches among them, exactly, with no draw; junk is neither. A label that is `unknown` on either side
    contradicts nothing.
    The standard error is the jackknife over identities in both roles.
    """
    codes = np.stack([_codes(test_set.column(name)) for name in names], axis=1)
    pids, pid = np.unique(test_set.column("pid"), return_inverse=True)
    sums, without, count, own = 0.0, np.zeros(len(pids)), 0, np.zeros(len(pids), dtype=np.int64)
    for queries, gallery in tracks_of(test_set).values():
        allowed = ~junk_of(test_set, queries, gallery, test_set.subject.junk)
        agreeing = _agreeing(codes[queries], codes[gallery], pid[gallery], allowed, len(pids))
        matches, listed = agreeing[np.arange(len(queries)), pid[queries]], agreeing.sum(axis=1)
        sums += math.fsum((matches / listed).tolist())
        # Without identity u its images are no rivals and its queries are not asked.
        left = matches[:, None] / np.maximum(listed[:, None] - agreeing, 1)
        left[np.arange(len(queries)), pid[queries]] = 0.0
        without += left.sum(axis=0)
        count += len(queries)
        own += np.bincount(pid[queries], minlength=len(pids))
    scores = scores_without(without, count - own)
    value = sums / count
    bounds = None if scores is None else wilson_interval(value, two_role_error(scores), len(pids), count)
    return Estimate(value, *(bounds or (None, None)))


def _codes(values: NDArray[np.str_]) -> NDArray[np.int64]:
    """Return whole numbers, equal where text is equal; -1 for what is unknown."""
    _, codes = np.unique(values, return_inverse=True)
    return np.where(values == UNKNOWN, -1, codes)


def _agreeing(asked: Rows, listed: Rows, pid: Rows, allowed: NDArray[np.bool_], n_pids: int) -> NDArray[np.int64]:
    """Return for each query how many allowed gallery images of each identity contradict it in no label."""
    agree = allowed.copy()
    for own, other in zip(asked.T[:, :, None], listed.T[:, None, :], strict=True):
        agree &= (own == other) | (own < 0) | (other < 0)
    cells = (np.arange(len(asked))[:, None] * n_pids + pid[None, :])[agree]
    return np.bincount(cells, minlength=len(asked) * n_pids).reshape(len(asked), n_pids)
