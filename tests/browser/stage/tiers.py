"""Say tiers of boards as the scorer would: the entries of the stage have no results of single queries that it could read."""

from django.utils import timezone

from agora.competitions.models import Phase
from agora.leaderboards.tiers import questions_of
from agora.submissions.models import Comparison, ComparisonState
from tests.browser.stage.people import Stage

#: How many rows stand in each tier, the last holds the rest.
SIZES = (3, 6, 1, 12, 9)


def make(_stage: Stage) -> None:
    """Write tiers for AG-Synth and for the final board; an entry that comes later takes them away, as it does on a site."""
    for slug in ("agsynth", "final"):
        for phase in Phase.objects.filter(competition__slug=slug, current_spec__isnull=False):
            for asked in questions_of(phase, timezone.now()):
                count = len(asked.entries)
                tiers = [tier for tier, size in enumerate(SIZES, 1) for _ in range(size)]
                tiers = (tiers + [len(SIZES) + 1] * count)[:count]
                Comparison.objects.create(
                    task=asked.task,
                    phase=asked.phase,
                    spec=asked.spec,
                    entries=[entry.pk for entry in asked.entries],
                    split=asked.split,
                    metric=asked.metric,
                    fingerprint=asked.fingerprint,
                    state=ComparisonState.DONE,
                    result={"tiers": tiers, "values": [], "threshold": 3.1, "resamples": 9999, "identities": 48},
                )
