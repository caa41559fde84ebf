"""Count the files of a team that broke the limits of a child: they cost the machine and no quota."""

from typing import Final

from agora.competitions.head import next_utc_midnight
from agora.competitions.models import Team
from agora.core import words
from agora.core.attempts import LIMITS
from agora.core.clock import database_now, utc_day
from agora.submissions.errors import AllowanceExceededError
from agora.submissions.models import Evaluation, EvaluationState, Upload, UploadState

LIMIT_ALLOWANCE: Final = 20  # per team and UTC day


def broken_limits_today(team: Team) -> int:
    """Return how many files of a team broke a limit today (UTC), in the check or in scoring, as the rows tell."""
    today = utc_day(database_now())
    entries = Evaluation.objects.filter(submission__team=team, state=EvaluationState.ERROR, error_code__in=LIMITS)
    uploads = Upload.objects.filter(team=team, state=UploadState.REJECTED, error_code__in=LIMITS)
    return entries.filter(finished_at__date=today).count() + uploads.filter(checked_at__date=today).count()


def require_allowance(team: Team) -> None:
    """Refuse a team that has used its allowance up: it waits for the next day. The caller holds the team's row."""
    if broken_limits_today(team) >= LIMIT_ALLOWANCE:
        midnight = next_utc_midnight(database_now())
        message = f"{LIMIT_ALLOWANCE} files of your team hit the limits of scoring today. Try again at {words.instant(midnight)}."
        raise AllowanceExceededError(message, resets_at=midnight.isoformat())
