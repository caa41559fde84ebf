"""Wake workers for what waits: a lost message costs one period, never an entry."""

from typing import Any

from django.db.models.functions import Now

from agora.core.leases import Work
from agora.core.queue import wake
from agora.core.workers import live_slots
from agora.evaluations.comparing import COMPARISONS
from agora.evaluations.scoring import EVALUATIONS
from agora.submissions.checking import CHECKS
from agora.submissions.models import Evaluation, EvaluationState

_WORK: tuple[tuple[str, Work[Any]], ...] = (
    ("scoring", EVALUATIONS),
    ("checking", CHECKS),
    ("comparing", COMPARISONS),
)


def sweep() -> dict[str, int]:
    """Send min(waiting, free slots) wake-ups, entries before checks before comparisons; return how many of each.

    Without a living worker none are sent: they would only pile up, and a worker looks by itself at what waits when it starts.
    """
    counts = {what: work.counts() for what, work in _WORK}
    free = max(0, live_slots("scoring") - sum(held for _, held in counts.values()))
    sent = {}
    for what, (waiting, _) in counts.items():
        sent[what] = min(waiting, free)
        free -= sent[what]
        if sent[what]:
            wake(what, times=sent[what])
    return sent


def has_entries_waiting() -> bool:
    """Return whether an entry waits that a worker could take up now."""
    return Evaluation.objects.filter(state=EvaluationState.QUEUED, not_before__lte=Now()).exists()
