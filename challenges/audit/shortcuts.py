"""Ask whether cheats work: the background, numbers of the picture, or the outline instead of the person.

Background and numbers are asked within the query's session, where place, weather and day are the same for all and so
tell nothing; over all sessions they would find the day, as in real data.
"""

from __future__ import annotations

from collections.abc import Iterator

from challenges.audit.contest import Contest, levelled, sessions_of, tracks_of
from challenges.audit.figures import SHARE, Figure, chance_of, score_of, within
from challenges.audit.sights import BACKGROUND, OUTLINE, STATISTICS, TestSet

MOST_OVER_CHANCE = 2.0
MOST_OUTLINE = 0.05


def shortcut_figures(test_set: TestSet) -> Iterator[Figure]:
    """Yield the figures of the three cheats, each camera's mean taken from its descriptors."""
    sessions = Contest.of(test_set, sessions_of(test_set))
    for name, label, scaled in (
        (BACKGROUND, "background alone, in session", False),
        (STATISTICS, "image statistics, in session", True),
    ):
        result = sessions.score(levelled(test_set, name, scaled=scaled))
        found, chance = score_of(result), chance_of(result)
        yield Figure(
            name=name,
            label=label,
            unit=SHARE,
            estimate=found,
            bar=f"at most {MOST_OVER_CHANCE:g} x chance",
            passed=within(found, most=MOST_OVER_CHANCE * chance),
            details={"chance": chance},
        )
    found = score_of(Contest.of(test_set, tracks_of(test_set)).score(levelled(test_set, OUTLINE)))
    passed = within(found, most=MOST_OUTLINE)
    yield Figure(OUTLINE, "silhouette alone", SHARE, found, f"at most {MOST_OUTLINE:.0%}", passed)
