"""Choose the entries that count in the final ranking."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from agora.competitions.head import phase_state
from agora.competitions.models import Membership, Phase
from agora.competitions.teams import lock_own_team
from agora.core import words
from agora.core.errors import ConflictError, ParticipantError
from agora.submissions.models import EvaluationState, Kind, Submission


class FinalChoiceError(ParticipantError):
    """More entries than allowed, or such as cannot be chosen."""

    code = "final_choice"


def has_final(phase: Phase) -> bool:
    """Return whether the phase ends, so that a final ranking will be made: a benchmark without end has none."""
    return phase.closes_at is not None


def choose_final(membership: Membership, phase: Phase, refs: Collection[str]) -> int:
    """Make exactly these entries the choice of a member's team for the final ranking; return how many.

    Locks the team's row, so that two members choosing at once end with the choice of one of them.

    Raises
    ------
    ConflictError
        The phase is over, or has no final ranking.
    FinalChoiceError
        More than the phase allows, or an entry that is not the team's or has no score.
    TeamChangedError
        The person left the team while this call waited for its row.
    """
    if not has_final(phase) or phase_state(phase, timezone.now()) != "open":
        raise ConflictError("The choice for the final ranking can be changed only while the phase is open.")
    if len(set(refs)) > phase.selection_count:
        raise FinalChoiceError(f"Choose at most {words.plural(phase.selection_count, 'entry', 'entries')}.")
    with transaction.atomic():
        team = lock_own_team(membership)
        entries = Submission.objects.filter(team=team, phase=phase, kind=Kind.PARTICIPANT)
        scored = entries.filter(evaluations__state=EvaluationState.SCORED, evaluations__spec=phase.current_spec)
        # Compared here, not in the database, which takes no NUL.
        keys = [pk for pk, ref in scored.distinct().values_list("pk", "ref") if ref in refs]
        if len(keys) != len(set(refs)):
            raise FinalChoiceError("Only scored entries of your own team can be chosen.")
        entries.exclude(pk__in=keys).filter(is_selected=True).update(is_selected=False)
        return entries.filter(pk__in=keys).update(is_selected=True)
