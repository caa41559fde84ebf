"""Read the audit chain and a person's notifications."""

from dataclasses import dataclass

from agora.accounts.models import User
from agora.activity.models import AuditEvent, Notification
from agora.activity.services import event_hash


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
