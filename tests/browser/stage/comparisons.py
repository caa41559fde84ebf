"""Answer as the scorer would: the entries of the stage have no results of single queries that it could read."""

from typing import Any

from django.utils import timezone

from agora.competitions.models import Phase
from agora.leaderboards.tiers import questions_of
from agora.submissions.models import Comparison, ComparisonState, Evaluation
from tests.browser.stage.people import Stage

#: How many rows stand in each tier, the last holds the rest.
SIZES = (3, 6, 1, 12, 9)


def make(stage: Stage) -> None:
    """Write tiers for AG-Synth and for the final board, and slices of the entry that is looked at.

    An entry that comes later takes the tiers of its board away, as it does on a site.
    """
    _slices(stage)
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


def _slices(stage: Stage) -> None:
    evaluation = Evaluation.objects.select_related("submission__phase", "spec").get(
        submission__ref=stage.refs["entry-scored"]
    )
    phase = evaluation.submission.phase
    Comparison.objects.create(
        task="slices",
        phase=phase,
        spec=evaluation.spec,
        evaluation=evaluation,
        entries=[evaluation.pk],
        split="public",
        metric=phase.primary_metric,
        columns=[one["column"] for one in phase.slices],
        fingerprint="1" * 64,
        state=ComparisonState.DONE,
        result=_sliced(),
    )


def _sliced() -> dict[str, Any]:
    values = {
        "elevation_label": {"level": 0.62, "raised": 0.6, "high": 0.55, "overhead": 0.43},
        "visible_label": {"whole": 0.64, "person": 0.5, "pole <i>": 0.48},
        "light_label": {"sun": 0.61, "overcast": 0.58, "shade": 0.52},
    }
    found = [
        {
            "column": column,
            "value_name": name,
            "value": value,
            "low": value - 0.05,
            "high": value + 0.05,
            "queries": 60,
            "identities": 31,
        }
        for column, scores in values.items()
        for name, value in scores.items()
    ]
    found[-1] |= {"low": None, "high": None}
    withheld = [
        {"column": "bag", "value_name": name, "reason": reason}
        for name, reason in (("hand", "few_identities"), ("shoulder", "few_identities"), ("none", "differencing"))
    ]
    whole = {"value": 0.5812, "low": 0.545, "high": 0.617, "queries": 240, "identities": 48}
    return {"whole": whole, "slices": found, "withheld": withheld}
