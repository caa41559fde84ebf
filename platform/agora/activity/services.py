"""Write down what was done by whom, and tell people what they should know."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models.functions import Now

from agora.accounts.models import User
from agora.activity.models import AuditEvent, Notification
from agora.core.clock import database_now

# One lock for the one chain; the number only has to differ from those of other advisory locks of the site.
_CHAIN_LOCK: Final = 0x41_47_4F_52_41


def record(
    actor: User | None, action: str, subject: str, reason: str = "", data: Mapping[str, Any] | None = None
) -> AuditEvent:
    """Add an event to the audit chain; it commits with the caller's transaction or not at all.

    Takes an advisory lock until the end of the transaction, so that events are chained one after the other. `actor` None is the
    system itself; `data` is JSON and holds ids, never payloads.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])
        last = AuditEvent.objects.order_by("-id").first()
        event = AuditEvent(
            at=database_now(),
            actor=actor,
            action=action,
            subject=subject,
            reason=reason,
            data=json.loads(json.dumps(dict(data or {}), cls=DjangoJSONEncoder)),
            previous_hash=last.hash if last else "",
        )
        event.hash = event_hash(event)
        event.full_clean(exclude=["actor", "data"])
        event.save(force_insert=True)
    return event


def event_hash(event: AuditEvent) -> str:
    """Return the SHA-256 over everything an event says and the hash of the one before it, as canonical JSON."""
    said = {
        "previous": event.previous_hash,
        "at": event.at.isoformat(timespec="microseconds"),
        "actor": event.actor_id,
        "action": event.action,
        "subject": event.subject,
        "reason": event.reason,
        "data": event.data,
    }
    return hashlib.sha256(
        json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()


def notify(user: User, kind: str, text: str, url: str) -> Notification:
    """Tell a person one thing, with the page that shows it; the text holds no score, since disclosure changes with time."""
    return Notification.objects.create(user=user, kind=kind, text=text[:300], url=url)


def mark_read(user: User, *, until: datetime | None = None) -> int:
    """Mark a person's notifications up to an instant as read, all of them without one; return how many were not."""
    unread = Notification.objects.filter(user=user, read_at__isnull=True)
    return (unread if until is None else unread.filter(created_at__lte=until)).update(read_at=Now())
