"""Tiers of a board: which entries the scorer is asked about, and what a board shows of its answer.

An answer belongs to exactly the entries that it was computed for: a board whose entries changed shows no tiers until the scorer
has answered again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from agora.competitions.models import Phase, Spec
from agora.core.cache import remembered
from agora.leaderboards.models import BoardRow
from agora.leaderboards.queries import first_rows
from agora.leaderboards.standings import version_of
from agora.leaderboards.view import METHODS, View, is_primary
from agora.submissions.comparisons import Asked, ask
from agora.submissions.disclosure import may_show_tiers, shown_splits
from agora.submissions.models import Comparison, ComparisonState, ComparisonTask

#: Tiers are of the first entries of a board, so many at most.
MOST_ENTRIES: Final = 50
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CACHE_SECONDS: Final = 60
_UNDER_WAY: Final = frozenset({ComparisonState.QUEUED, ComparisonState.RUNNING})


@dataclass(frozen=True)
class BoardTiers:
    """What a board shows: the tier of each of its first entries by the reference of its submission, and how many were sorted.

    `why_none` says in words why there are none yet, or cannot be any.
    """

    letters: Mapping[str, str] = field(default_factory=dict)
    sorted_entries: int = 0
    total: int = 0
    why_none: str = ""


def letter(tier: int) -> str:
    """Return the name of a tier counted from 1.

    Examples
    --------
    >>> [letter(tier) for tier in (1, 2, 26, 27)]
    ['A', 'B', 'Z', 'AA']
    """
    return _LETTERS[tier - 1] if tier <= len(_LETTERS) else "A" + letter(tier - len(_LETTERS))


def board_tiers(phase: Phase, spec: Spec, view: View, now: datetime) -> BoardTiers:
    """Return the tiers of a view: of all its methods, by the metric that ranks, over all tracks; none of any other view."""
    if not is_primary(phase, view) or view.facet or not may_show_tiers(phase, view.split, now):
        return BoardTiers()
    key = [phase.pk, spec.pk, version_of(phase, spec), view.split, view.methods, phase.primary_metric]
    known = remembered("tiered", key, lambda: _known(phase, spec, view.split, view.methods), seconds=_CACHE_SECONDS)
    row = Comparison.objects.filter(fingerprint=known["fingerprint"]).first() if known["refs"] else None
    if row is None or row.state != ComparisonState.DONE or row.result is None:
        is_under_way = row is not None and row.state in _UNDER_WAY
        return BoardTiers(why_none="Tiers are being computed." if is_under_way else "")
    tiers = row.result["tiers"]
    if tiers is None:
        return BoardTiers(why_none="No tiers: fewer than 20 identities.")
    letters = {ref: letter(tier) for ref, tier in zip(known["refs"], tiers, strict=True)}
    return BoardTiers(letters, len(letters), known["total"])


def ask_for_tiers(now: datetime | None = None) -> int:
    """Ask for the tiers of every board that has some and whose entries changed; return how many questions are new."""
    phases = Phase.objects.filter(current_spec__isnull=False).select_related(
        "current_spec__ground_truth", "competition"
    )
    return sum(ask(asked) for phase in phases for asked in questions_of(phase, now or timezone.now()))


def questions_of(phase: Phase, now: datetime) -> Iterator[Asked]:
    """Yield what is to be known of a phase's boards: for each that has tiers, those of all methods and of plain ones."""
    spec = phase.current_spec
    if spec is None:
        return
    for split in shown_splits(phase, now):
        if may_show_tiers(phase, split, now):
            for methods in METHODS:
                asked = _asked(phase, spec, split, methods)[0]
                if len(asked.entries) > 1:
                    yield asked


def is_of_today(row: Comparison) -> bool:
    """Return whether a board still asks what a row asks."""
    phase = Phase.objects.select_related("current_spec__ground_truth", "competition").get(pk=row.phase_id)
    return any(asked.fingerprint == row.fingerprint for asked in questions_of(phase, timezone.now()))


def _asked(phase: Phase, spec: Spec, split: str, methods: str) -> tuple[Asked, list[str], int]:
    """Return the question, the references of the submissions in its order, and how many entries the board has in all."""
    view = View(split=split, track="", metric=phase.primary_metric, methods=methods)
    pks, total = first_rows(phase, spec, view, MOST_ENTRIES)
    rows = BoardRow.objects.select_related("evaluation", "submission").in_bulk(pks)
    found = [rows[pk] for pk in pks]
    asked = Asked(
        task=ComparisonTask.TIERS,
        phase=phase,
        spec=spec,
        entries=tuple(row.evaluation for row in found),
        split=split,
        metric=phase.primary_metric,
    )
    return asked, [row.submission.ref for row in found], total


def _known(phase: Phase, spec: Spec, split: str, methods: str) -> dict[str, Any]:
    asked, refs, total = _asked(phase, spec, split, methods)
    return {"fingerprint": asked.fingerprint, "refs": refs if len(refs) > 1 else [], "total": total}
