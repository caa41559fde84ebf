"""Remove what nobody will ask for again: stalled uploads and objects without a row."""

import logging

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.expressions import RawSQL

from agora.core.objects import keys_of, may_discard
from agora.core.storage import ALIASES, alias
from agora.submissions.models import Upload, UploadState

logger = logging.getLogger(__name__)


def remove_orphans() -> dict[str, int]:
    """Reject uploads that stopped arriving and delete objects that no row names; return what was done, by name.

    An object is written before its row, so only those older than the time after which an upload counts as stalled are looked
    at. While a backup is being made, objects are left to the next turn.
    """
    return {"stalled_uploads": _reject_stalled(), **{name: _sweep(name) for name in ALIASES}}


def _reject_stalled() -> int:
    silence = settings.UPLOAD_STALLED_SECONDS
    never_began = Q(
        lease_until__isnull=True, created_at__lt=RawSQL("clock_timestamp() - %s * interval '1 second'", [silence])
    )
    fell_silent = Q(lease_until__lt=RawSQL("clock_timestamp()", []))
    stalled = Upload.objects.filter(never_began | fell_silent, state=UploadState.RECEIVING)
    with transaction.atomic():
        # What a transaction holds waits for the next turn: it is being written, or the server has not noticed yet that it ended.
        free = list(stalled.select_for_update(skip_locked=True).values_list("pk", flat=True))
        rows = Upload.objects.filter(pk__in=free)
        return rows.update(state=UploadState.REJECTED, owner="", lease_until=None, error_code="stalled")


def _sweep(name: str) -> int:
    storage, age = alias(name), settings.UPLOAD_STALLED_SECONDS
    with transaction.atomic():
        if not may_discard():
            return 0
        # Listed before the rows are read: an object whose row appears in between is seen as known.
        found = set(storage.keys(older_than_seconds=age))
        orphans = sorted(found - keys_of(name)) if found else []
        for key in orphans:
            storage.delete(key)
    if orphans:
        logger.info("orphans removed alias=%s count=%d", name, len(orphans))
    return len(orphans) + storage.drop_stalled(older_than_seconds=age)
