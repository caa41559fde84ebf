"""Take files in: nothing is believed that was only declared, and nothing stays of what did not arrive whole."""

import hashlib
import logging
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.http import UnreadablePostError
from django.urls import reverse

from agora.competitions.access import Visitor, require_accepted_rules
from agora.competitions.head import phase_state
from agora.competitions.models import Phase, Team
from agora.competitions.teams import lock_own_team
from agora.core import words
from agora.core.clock import database_now
from agora.core.errors import ParticipantError, WrongStateError
from agora.core.incidents import report_incident
from agora.core.leases import after, new_owner
from agora.core.measures import UPLOAD_BYTES, upload_in_flight
from agora.core.objects import discard
from agora.core.queue import wake
from agora.core.storage import alias, is_out_of_space
from agora.submissions.allowance import require_allowance
from agora.submissions.errors import (
    EmptyFileError,
    NoGroundTruthError,
    PhaseClosedError,
    StorageFullError,
    TooLargeError,
    TooManyPendingError,
    TooSlowError,
    TruncatedUploadError,
)
from agora.submissions.models import Upload, UploadState

logger = logging.getLogger(__name__)


class Stream(Protocol):
    """Something to read a body from: a request, or an open file."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""
        ...


def create_upload(phase: Phase, user: Visitor, filename: str, declared_bytes: int) -> Upload:
    """Make the row that a file will be sent to, after every check that needs none of its bytes.

    Locks the team's row, so that the cap on pending files holds under concurrent calls. At the cap the oldest checked file that
    was never submitted makes room; files still being received or checked do not.

    Raises
    ------
    NotAllowedError
        Not a member, or the current rules are not accepted; both lead to the page that mends it.
    NoGroundTruthError, PhaseClosedError
        The phase takes nothing here, or not now.
    EmptyFileError, TooLargeError, StorageFullError
        By the declared size: none, over the limit, or more than the disk can take.
    TooManyPendingError
        As many files as allowed are being received and checked.
    AllowanceExceededError
        Too many of the team's files broke the limits of the check or of scoring on this UTC day.
    TeamChangedError
        The person left the team while this call waited for its row.
    """
    membership = require_accepted_rules(user, phase.competition)
    require_open(phase)
    _require_size(declared_bytes)
    _require_room(declared_bytes)
    with transaction.atomic():
        team = lock_own_team(membership)
        require_allowance(team)
        _make_room(team)
        return Upload.objects.create(
            phase=phase,
            team=team,
            uploaded_by=membership.user,
            filename=shown_name(filename),
            declared_bytes=declared_bytes,
        )


def receive_upload(upload: Upload, stream: Stream, content_length: int) -> Upload:
    """Read the body of an upload in chunks into the store and hand it to the check.

    The time of the last byte is the time of the submission. Whatever goes wrong, the upload ends `rejected` and no byte of it
    stays. Queues the check and wakes a worker.

    Raises
    ------
    WrongStateError
        The upload is not waiting for its bytes: they came already, or come by another request.
    TooLargeError, StorageFullError, TruncatedUploadError, TooSlowError, EmptyFileError
        The body is too large, does not fit our disk, or is not as long as announced.
    PhaseClosedError
        The phase closed before the last byte arrived.
    """
    mine = _begin(upload)
    try:
        _require_size(content_length)
        _require_room(content_length)
        arrived = _store(upload, _with_signs_of_life(_chunks(stream, content_length), mine))
    except BaseException as error:
        code = error.code if isinstance(error, ParticipantError) else "aborted"
        mine.update(state=UploadState.REJECTED, owner="", lease_until=None, error_code=code)
        raise
    return _hand_to_check(upload, mine, arrived)


def discard_upload(upload: Upload) -> None:
    """Give up a checked file that was not submitted and delete its bytes.

    Raises
    ------
    WrongStateError
        The file was submitted, is being checked, or is gone already.
    """
    with transaction.atomic():
        ready = Upload.objects.select_for_update().filter(pk=upload.pk, state=UploadState.READY).first()
        if ready is None or ready.submissions.exists():
            raise WrongStateError("This file cannot be given up: it was submitted, or is gone already.")
        drop_bytes(ready, "discarded")


def require_open(phase: Phase, moment: datetime | None = None) -> None:
    """Refuse what `phase` does not take at `moment`, by default now."""
    state = phase_state(phase, moment or database_now())
    title, url = phase.competition.title, reverse("competitions:overview", args=[phase.competition.slug])
    if state == "archive":
        message = f"This site holds no ground truth for {title}: files can be scored offline only."
        raise NoGroundTruthError(message, way_out="Score a file offline", url=url)
    if state == "upcoming":
        raise PhaseClosedError(f"Entries open on {words.instant(phase.opens_at)}.", way_out="Overview", url=url)
    if state == "closed" and phase.closes_at is not None:
        message = f"Entries closed on {words.instant(phase.closes_at)}; the last byte has to arrive before."
        raise PhaseClosedError(message, way_out="Overview", url=url)


def drop_bytes(upload: Upload, code: str, **changes: object) -> None:
    """Mark an upload rejected under `code` and delete its bytes when the transaction commits; the caller holds the row."""
    key = upload.storage_key
    values = {"state": UploadState.REJECTED, "storage_key": "", "error_code": code, "owner": "", "lease_until": None}
    Upload.objects.filter(pk=upload.pk).update(**{**values, **changes})
    if key:
        # After the commit: a crash in between leaves an object without a row, which the sweep removes.
        transaction.on_commit(lambda: discard("submissions", key))


def store_file(upload: Upload, file: IO[bytes]) -> "Arrived":
    """Store a file of our own as the bytes of `upload`."""
    return _store(upload, iter(lambda: file.read(settings.UPLOAD_CHUNK_BYTES), b""))


@dataclass(frozen=True)
class Arrived:
    """What is known of a body once all of it is here."""

    storage_key: str
    sha256: str
    size_bytes: int
    received_at: datetime


def shown_name(filename: str) -> str:
    """Return a name for pages: the last part of a path, control characters removed, at most 200 characters."""
    last = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable()).strip()[-200:] or "unnamed"


def _begin(upload: Upload) -> QuerySet[Upload]:
    """Mark an upload as being received by this request alone; the queryset is the fence of its later writes."""
    owner = new_owner()
    waiting = Upload.objects.filter(pk=upload.pk, state=UploadState.RECEIVING)
    if waiting.filter(owner="").update(owner=owner, lease_until=_silence()) != 1:
        raise WrongStateError("This upload is not waiting for a file. Choose the file again.")
    return waiting.filter(owner=owner)


def _silence() -> Combinable:
    """Return when an upload counts as stalled if nothing more arrives."""
    return after(timedelta(seconds=settings.UPLOAD_STALLED_SECONDS))


def _require_size(size_bytes: int) -> None:
    limit = settings.UPLOAD_MAX_BYTES
    if size_bytes > limit:
        message = f"The file has {words.size(size_bytes)}; the limit is {words.size(limit)}. Pack it with gzip."
        raise TooLargeError(message, limit_bytes=limit, size_bytes=size_bytes)
    if size_bytes <= 0:
        raise EmptyFileError("The file is empty.")


def _require_room(size_bytes: int) -> None:
    folder = Path(alias("submissions").location)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < size_bytes + settings.UPLOAD_FREE_DISK_BYTES:
        raise _storage_full()


def _storage_full() -> StorageFullError:
    incident = report_incident(logger, "storage_full")
    message = f"Our disk is full, so the file was not stored. This is our fault. Incident {incident}."
    return StorageFullError(message, incident=incident)


def _make_room(team: Team) -> None:
    """Keep the team's pending files under the cap; the caller holds the team's row."""
    pending = Upload.objects.filter(team=team)
    moving = pending.filter(state__in=[UploadState.RECEIVING, UploadState.CHECKING]).count()
    cap = settings.UPLOAD_PENDING_MAX
    if moving >= cap:
        message = (
            f"{moving} files of your team are being received or checked; at most {cap} may be at once. Wait for them."
        )
        raise TooManyPendingError(message, limit=cap)
    ready = pending.filter(state=UploadState.READY, submissions__isnull=True).order_by("-created_at", "-pk")
    for old in ready[cap - moving - 1 :]:
        discard_upload(old)


def _chunks(stream: Stream, content_length: int) -> Iterator[bytes]:
    """Yield the body; never a byte more than announced, and an error when there are fewer or they come too slowly.

    A web thread waits for each body, so a handful of stalled ones would stop the site.
    """
    missing, begin = content_length, time.monotonic()
    while missing > 0:
        try:
            chunk = stream.read(min(settings.UPLOAD_CHUNK_BYTES, missing))
        except UnreadablePostError:
            chunk = b""
        if not chunk:
            came = words.size(content_length - missing)
            message = (
                f"The connection ended after {came} of {words.size(content_length)}. Nothing was stored: send it again."
            )
            raise TruncatedUploadError(message, received_bytes=content_length - missing, expected_bytes=content_length)
        missing -= len(chunk)
        _require_pace(content_length - missing, time.monotonic() - begin)
        yield chunk


def _require_pace(received_bytes: int, seconds: float) -> None:
    """Refuse a body that is slower than the least rate of the site, once its period of grace is over."""
    rate, grace = settings.UPLOAD_LEAST_BYTES_PER_SECOND, settings.UPLOAD_GRACE_SECONDS
    if seconds > grace and received_bytes < rate * (seconds - grace):
        pace = words.size(int(received_bytes / seconds))
        message = (
            f"The file came at {pace} a second; at least {words.size(rate)} a second are needed. Pack it with gzip."
        )
        raise TooSlowError(message, received_bytes=received_bytes)


def _with_signs_of_life(chunks: Iterator[bytes], mine: QuerySet[Upload]) -> Iterator[bytes]:
    """Pass chunks on and move the moment at which the upload counts as stalled, once in a heartbeat."""
    last = time.monotonic()
    for chunk in chunks:
        yield chunk
        if time.monotonic() - last > settings.PERIODS["heartbeat"]:
            last = time.monotonic()
            mine.update(lease_until=_silence())


def _store(upload: Upload, chunks: Iterator[bytes]) -> Arrived:
    digest, size = hashlib.sha256(), 0
    try:
        with upload_in_flight(), alias("submissions").incoming() as incoming:
            for chunk in chunks:
                incoming.write(chunk)
                UPLOAD_BYTES.inc(len(chunk))
                digest.update(chunk)
                size += len(chunk)
            received_at = database_now()
            key = incoming.keep(f"uploads/{upload.ref}/{digest.hexdigest()}")
    except OSError as error:
        if is_out_of_space(error):
            raise _storage_full() from error
        raise
    return Arrived(key, digest.hexdigest(), size, received_at)


def _hand_to_check(upload: Upload, mine: QuerySet[Upload], arrived: Arrived) -> Upload:
    """Queue the check, or reject what came too late, in one transaction with the last look at the phase."""
    refusal: ParticipantError | None = None
    with transaction.atomic():
        row = mine.select_for_update().first()
        if row is None:
            refusal = WrongStateError("The upload was given up meanwhile. Choose the file again.")
            alias("submissions").delete(arrived.storage_key)
        else:
            phase = Phase.objects.select_related("competition").get(pk=row.phase_id)
            try:
                require_open(phase, arrived.received_at)
            except ParticipantError as error:
                refusal = error
                row.storage_key = arrived.storage_key
                drop_bytes(row, error.code)
            else:
                mine.update(state=UploadState.CHECKING, owner="", lease_until=None, queued_at=Now(), **asdict(arrived))
                wake("checking")
    if refusal is not None:
        raise refusal
    upload.refresh_from_db()
    return upload
