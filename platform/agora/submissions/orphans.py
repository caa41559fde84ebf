"""Remove what nobody will ask for again: stalled uploads and objects without a row."""

import logging
from collections.abc import Iterable

from django.conf import settings
from django.db.models import Q
from django.db.models.expressions import RawSQL

from agora.core.storage import alias
from agora.submissions.models import Evaluation, Upload, UploadState

logger = logging.getLogger(__name__)


def remove_orphans() -> dict[str, int]:
    """Reject uploads that stopped arriving and delete objects that no row names; return what was done, by name.

    An object is written before its row, so only those older than the time after which an upload counts as stalled are looked
    at. Ground truth and public files are left alone: no ordinary way makes orphans of them.
    """
    return {
        "stalled_uploads": _reject_stalled(),
        "submissions": _sweep(
            "submissions", Upload.objects.exclude(storage_key="").values_list("storage_key", flat=True)
        ),
        "results": _sweep("results", Evaluation.objects.exclude(results_key="").values_list("results_key", flat=True)),
    }


def _reject_stalled() -> int:
    silence = settings.UPLOAD_STALLED_SECONDS
    never_began = Q(
        lease_until__isnull=True, created_at__lt=RawSQL("clock_timestamp() - %s * interval '1 second'", [silence])
    )
    fell_silent = Q(lease_until__lt=RawSQL("clock_timestamp()", []))
    stalled = Upload.objects.filter(never_began | fell_silent, state=UploadState.RECEIVING)
    return stalled.update(state=UploadState.REJECTED, owner="", lease_until=None, error_code="stalled")


def _sweep(name: str, known: Iterable[str]) -> int:
    storage, age = alias(name), settings.UPLOAD_STALLED_SECONDS
    # Listed before the rows are read: an object whose row appears in between is seen as known.
    found = set(storage.keys(older_than_seconds=age))
    orphans = sorted(found - set(known)) if found else []
    for key in orphans:
        storage.delete(key)
    if orphans:
        logger.info("orphans removed alias=%s count=%d", name, len(orphans))
    return len(orphans) + storage.drop_stalled(older_than_seconds=age)
