"""Read the audit chain and a person's notifications."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from agora.accounts.models import User
from agora.activity.models import AuditEvent, Notification
from agora.activity.services import event_hash
from agora.core.clock import database_now

PAGE_ROWS: Final = 50
_MOST_COUNTED: Final = 99


@dataclass(frozen=True)
class ChainState:
    """How far the audit chain is whole: all of it, or up to the event before `broken_at`."""

    verified: int
    broken_at: int | None = None


def verify_chain() -> ChainState:
    """Recompute every hash in order; an event that was changed, removed or put in between breaks the chain."""
    previous, verified = "", 0
    for event in AuditEvent.objects.order_by("id").iterator():
        if event.previous_hash != previous or event.hash != event_hash(event):
            return ChainState(verified, event.pk)
        previous, verified = event.hash, verified + 1
    return ChainState(verified)


def unread_count(user: User) -> int:
    """Return how many notifications a person has not read."""
    return Notification.objects.filter(user=user, read_at__isnull=True).count()


def unread_words(user: User) -> str:
    """Return the number for the site bar: empty for none, "99+" above what fits."""
    count = Notification.objects.filter(user=user, read_at__isnull=True)[: _MOST_COUNTED + 1].count()
    return f"{_MOST_COUNTED}+" if count > _MOST_COUNTED else str(count or "")


@dataclass(frozen=True)
class Shown:
    """One page of a person's notifications, newest first; `until` is the instant that it shows them up to."""

    rows: Sequence[Notification]
    unread: int
    until: datetime
    page: int
    has_older: bool


def notifications_of(user: User, *, page: int = 1) -> Shown:
    """Return a page of what a person was told."""
    until = database_now()
    first = (max(1, page) - 1) * PAGE_ROWS
    rows = list(Notification.objects.filter(user=user, created_at__lte=until)[first : first + PAGE_ROWS + 1])
    return Shown(rows[:PAGE_ROWS], unread_count(user), until, max(1, page), len(rows) > PAGE_ROWS)


def moment(text: str) -> datetime | None:
    """Return the aware instant that a form brings back, None for anything else."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and timezone.is_aware(found) else None
