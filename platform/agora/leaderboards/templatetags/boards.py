"""Numbers of boards for pages of apps below this one: those pages take them as tags, never by import.

What is said here went through the one table of disclosure, as on the board itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django import template
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from agora.competitions.access import Visitor
from agora.competitions.catalogue import Row
from agora.competitions.models import Phase
from agora.core import words
from agora.leaderboards.models import BoardRow
from agora.leaderboards.selectors import official_entry
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


@dataclass(frozen=True)
class RankedRows:
    """Rows of the list of competitions, each with the visitor's official rank on its public board, empty without one."""

    pairs: tuple[tuple[Row, str], ...]

    @property
    def has_ranks(self) -> bool:
        """Return whether the visitor is ranked anywhere: a column without a value is left out."""
        return any(rank for _, rank in self.pairs)


@register.simple_tag
def with_own_ranks(rows: Iterable[Row], visitor: Visitor) -> RankedRows:
    """Return the rows with the visitor's official ranks."""
    return RankedRows(tuple((row, _own_rank(row, visitor)) for row in rows))


def _own_rank(row: Row, visitor: Visitor) -> str:
    if not row.is_mine or not disclosure_of(row.phase)["score"].is_open(row.phase, timezone.now()):
        return ""
    entry = official_entry(row.phase, visitor)
    return str(entry.official) if entry is not None and entry.official is not None else ""


def _shown(phase: Phase) -> QuerySet[BoardRow]:
    """Return the open rows under the current spec; none while scores are not disclosed."""
    if not disclosure_of(phase)["score"].is_open(phase, timezone.now()):
        return BoardRow.objects.none()
    return BoardRow.objects.filter(phase=phase, shown_to__isnull=True, spec=F("phase__current_spec"))
