"""What invitations and requests to merge have in common: each waits, is answered once, and is not sent without measure."""

from datetime import timedelta
from typing import Final, TypeVar

from django.db.models import QuerySet
from django.db.models.functions import Now

from agora.accounts.models import User
from agora.competitions.models import Asked, AskState, Competition
from agora.competitions.teams import team_url
from agora.core import words
from agora.core.clock import database_now
from agora.core.errors import ConflictError, NotAllowedError

ANSWER_DAYS: Final = 14
Row = TypeVar("Row", bound=Asked)


class TooManyAskedError(NotAllowedError):
    """As many were sent as a day allows; `resets_at` is in the data."""

    code = "too_many_asked"
    status = 429


def open_ones(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Return what waits for an answer, oldest first."""
    return rows.filter(state=AskState.WAITING, expires_at__gt=database_now()).order_by("asked_at", "pk")


def end_expired(rows: QuerySet[Row]) -> None:
    """Write down that time has run out, so that the same can be asked anew."""
    late = rows.filter(state=AskState.WAITING, expires_at__lte=database_now())
    late.update(state=AskState.EXPIRED, ended_at=Now())


def require_waiting(row: Asked, what: str, competition: Competition) -> None:
    """Refuse to answer what is over; `row` was read behind the competition's lock, `what` is "This invitation to osprey"."""
    if row.state == AskState.WAITING and row.expires_at > database_now():
        return
    state = "expired" if row.state == AskState.WAITING else row.get_state_display().lower()
    raise ConflictError(f"{what} is over: it is {state}.", way_out="Your team", url=team_url(competition))


def require_moderation(sent: QuerySet[Row], most: int, noun: str, competition: Competition) -> None:
    """Refuse more than `most` within 24 hours: nobody is to be pestered. The caller holds the competition's row."""
    recent = sent.filter(asked_at__gt=database_now() - timedelta(days=1)).order_by("-asked_at")
    times = list(recent.values_list("asked_at", flat=True)[:most])
    if len(times) >= most:
        again = times[-1] + timedelta(days=1)
        message = f"Your team sent {most} {noun} within a day. The next is possible at {words.instant(again)}."
        raise TooManyAskedError(message, way_out="Your team", url=team_url(competition), resets_at=again.isoformat())


def end(rows: QuerySet[Row], state: AskState, user: User) -> None:
    """Write how it ended and by whom."""
    rows.update(state=state, ended_at=Now(), ended_by=user)
