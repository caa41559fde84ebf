"""Numbers of boards for pages of apps below this one: those pages take them as tags, never by import.

What is said here went through the one table of disclosure, as on the board itself.
"""

from dataclasses import dataclass

from django import template
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from agora.competitions.models import Phase
from agora.core import words
from agora.leaderboards.models import BoardRow
from agora.submissions.disclosure import disclosure_of
from agora.submissions.models import Kind
from agora.submissions.presentation import decimals

register = template.Library()


@dataclass(frozen=True)
class BaselineScore:
    """One platform-run entry with its score as the board shows it, in per cent."""

    title: str
    ref: str
    score: str


@register.simple_tag
def best_score(phase: Phase) -> str:
    """Return the best score that the phase's board shows, in per cent; empty if it shows none."""
    best = _shown(phase).aggregate(best=Max("shown_public"))["best"]
    return words.percent(best, digits=decimals(phase))


@register.simple_tag
def baseline_scores(phase: Phase) -> tuple[BaselineScore, ...]:
    """Return the platform-run entries of the phase's board, best first."""
    rows = _shown(phase).filter(kind=Kind.BASELINE).select_related("submission")
    return tuple(
        BaselineScore(row.submission.title, row.submission.ref, words.percent(row.shown_public, digits=decimals(phase)))
        for row in rows.order_by("-shown_public", "received_at", "id")
    )


def _shown(phase: Phase) -> QuerySet[BoardRow]:
    """Return the open rows under the current spec; none while scores are not disclosed."""
    if not disclosure_of(phase)["score"].is_open(phase, timezone.now()):
        return BoardRow.objects.none()
    return BoardRow.objects.filter(phase=phase, shown_to__isnull=True, spec=F("phase__current_spec"))
