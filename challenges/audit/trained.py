"""Ask what a trained network must show: that it sees more than colour, and that it errs where people look alike.

The audit trains nothing. Whoever has distances of a network over a test set, such as a baseline's run, passes
`trained_figures` of them to `audit` as a further measure.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from challenges.audit.contest import Contest, Distance, by_colour, tracks_of
from challenges.audit.figures import POINTS, SHARE, Figure, mean_difference, right_first, score_of, within
from challenges.audit.sights import TestSet

LEAST_OVER_COLOUR = 0.10
LEAST_LOOKALIKE = 0.50


def trained_figures(test_set: TestSet, distance: Distance, *, name: str = "network") -> Iterator[Figure]:
    """Yield rank-1 of a network, its lead over colour, and how many of its first errors are understandable.

    A first error is a first place held by another identity; it is understandable when that identity is of the query's
    confusable group or session. Its interval is over identities, the galleries fixed.
    """
    contest = Contest.of(test_set, tracks_of(test_set))
    result, colour = contest.score(distance), contest.score(by_colour(test_set))
    yield Figure(name, f"{name} across views", SHARE, score_of(result))
    lead = mean_difference(right_first(result), right_first(colour), contest.pids)
    bar, passed = f"at least {LEAST_OVER_COLOUR * 100:.0f} points", within(lead, least=LEAST_OVER_COLOUR)
    yield Figure(f"{name}_lead", f"{name} over colour", POINTS, lead, bar, passed)
    firsts = np.concatenate(
        [gallery[distance(queries, gallery).argmin(axis=1)] for queries, gallery in contest.parts.values()]
    )
    pid, group, session = (test_set.column(column) for column in ("pid", "group", "session"))
    wrong = pid[firsts] != pid[contest.rows]
    asked, found = contest.rows[wrong], firsts[wrong]
    alike = ((group[asked] == group[found]) & (group[asked] != "")) | (session[asked] == session[found])
    share = mean_difference(alike.astype(np.float64), np.zeros(len(alike)), pid[asked])
    bar, passed = f"at least {LEAST_LOOKALIKE:.0%}", within(share, least=LEAST_LOOKALIKE)
    yield Figure(f"{name}_errors", f"{name}: first errors in group or session", SHARE, share, bar, passed)
