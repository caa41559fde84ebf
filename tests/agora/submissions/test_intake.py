"""Files on their way in: what is refused before the first byte, and what of a bad body stays (nothing)."""

import io
import os
import shutil
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import UnreadablePostError
from django.utils import timezone

from agora.accounts.models import User
from agora.competitions.models import Phase, RulesVersion
from agora.core.errors import NotAllowedError, WrongStateError
from agora.core.storage import Incoming
from agora.submissions import errors, intake, services
from agora.submissions.intake import shown_name
from agora.submissions.models import Upload, UploadState
from tests.agora import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files")]
CONTENT = b"query_id,gallery_ids\n"


@pytest.fixture
def phase(files: Path, tmp_path: Path) -> Phase:
    """Return an open phase."""
    return factories.make_open_phase(tmp_path)


@pytest.fixture
def user(phase: Phase) -> User:
    """Return a participant."""
    return factories.make_member(phase.competition)


def _stored(files: Path) -> list[str]:
    return sorted(path.name for path in (files / "submissions").rglob("*") if path.is_file())


def _close(phase: Phase) -> None:
    Phase.objects.filter(pk=phase.pk).update(closes_at=timezone.now() - timedelta(seconds=1))
    phase.refresh_from_db()


def test_a_file_is_stored_whole_and_waits_for_its_check(phase: Phase, user: User, files: Path) -> None:
    upload = factories.send(phase, user, CONTENT)

    assert upload.state == UploadState.CHECKING
    assert upload.storage_key == f"uploads/{upload.ref}/{upload.sha256}"
    assert (files / "submissions" / upload.storage_key).read_bytes() == CONTENT
    assert upload.received_at is not None
    assert (upload.owner, upload.lease_until) == ("", None)


def test_strangers_are_refused_and_told_the_way(phase: Phase) -> None:
    for visitor in (AnonymousUser(), factories.make_user()):
        with pytest.raises(NotAllowedError) as caught:
            services.create_upload(phase, visitor, "a.csv", 10)
        assert caught.value.url

    assert not Upload.objects.exists()


def test_new_rules_have_to_be_accepted_first(phase: Phase, user: User) -> None:
    RulesVersion.objects.create(competition=phase.competition, version=2, text="Be fairer.")

    with pytest.raises(NotAllowedError, match="Accept version 2"):
        services.create_upload(phase, user, "a.csv", 10)


def test_a_closed_phase_takes_nothing(phase: Phase, user: User) -> None:
    _close(phase)

    with pytest.raises(errors.PhaseClosedError, match="Entries closed on"):
        services.create_upload(phase, user, "a.csv", 10)


def test_a_phase_that_has_not_opened_takes_nothing(phase: Phase, user: User) -> None:
    Phase.objects.filter(pk=phase.pk).update(opens_at=timezone.now() + timedelta(hours=1))
    phase.refresh_from_db()

    with pytest.raises(errors.PhaseClosedError, match="Entries open on"):
        services.create_upload(phase, user, "a.csv", 10)


def test_an_archive_takes_nothing(user: User) -> None:
    archive = factories.make_phase(factories.make_competition())
    factories.make_member(archive.competition, user)

    with pytest.raises(errors.NoGroundTruthError):
        services.create_upload(archive, user, "a.csv", 10)


@pytest.mark.parametrize(
    ("size", "error"), [(0, errors.EmptyFileError), (-1, errors.EmptyFileError), (10 * 1024**3, errors.TooLargeError)]
)
def test_a_declared_size_is_judged_before_the_first_byte(
    phase: Phase, user: User, size: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        services.create_upload(phase, user, "a.csv", size)

    assert not Upload.objects.exists()


def test_a_full_disk_refuses_before_the_first_byte(phase: Phase, user: User, settings: Any, files: Path) -> None:
    (files / "submissions").mkdir(parents=True, exist_ok=True)
    settings.UPLOAD_FREE_DISK_BYTES = shutil.disk_usage(files).total

    with pytest.raises(errors.StorageFullError, match="our fault") as caught:
        services.create_upload(phase, user, "a.csv", 10)
    assert caught.value.status == 507


def test_a_disk_that_fills_up_on_the_way_leaves_nothing(
    phase: Phase, user: User, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = services.create_upload(phase, user, "a.csv", len(CONTENT))
    begin = Incoming.__init__

    def on_a_full_device(self: Incoming, alias: Any) -> None:
        begin(self, alias)
        with Path("/dev/full").open("wb") as device:
            os.dup2(device.fileno(), self._file.fileno())

    monkeypatch.setattr(Incoming, "__init__", on_a_full_device)
    with pytest.raises(errors.StorageFullError):
        services.receive_upload(upload, io.BytesIO(CONTENT), len(CONTENT))

    upload.refresh_from_db()
    assert (upload.state, upload.error_code, upload.storage_key) == (UploadState.REJECTED, "storage_full", "")
    assert _stored(files) == []


def test_a_body_that_breaks_off_is_rejected(phase: Phase, user: User, files: Path) -> None:
    upload = services.create_upload(phase, user, "a.csv", 1000)

    with pytest.raises(errors.TruncatedUploadError, match="Nothing was stored"):
        services.receive_upload(upload, io.BytesIO(CONTENT), 1000)

    upload.refresh_from_db()
    assert (upload.state, upload.error_code) == (UploadState.REJECTED, "truncated")
    assert _stored(files) == []


def test_a_connection_that_is_cut_is_a_body_that_breaks_off(phase: Phase, user: User) -> None:
    class Cut:
        def read(self, size: int) -> bytes:
            raise UnreadablePostError

    upload = services.create_upload(phase, user, "a.csv", 1000)
    with pytest.raises(errors.TruncatedUploadError):
        services.receive_upload(upload, Cut(), 1000)


def test_a_body_that_drips_is_refused_after_its_grace(
    phase: Phase, user: User, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter(range(0, 1_000_000, 40))
    monkeypatch.setattr(intake, "time", SimpleNamespace(monotonic=lambda: float(next(seconds))))
    upload = services.create_upload(phase, user, "a.csv", 10_000_000)

    with pytest.raises(errors.TooSlowError, match=r"at least 8\.2 kB a second are needed"):
        services.receive_upload(upload, io.BytesIO(b"x" * 4000), 10_000_000)

    upload.refresh_from_db()
    assert (upload.state, upload.error_code, _stored(files)) == (UploadState.REJECTED, "too_slow", [])


def test_no_byte_beyond_the_announced_length_is_read(phase: Phase, user: User, files: Path) -> None:
    upload = services.create_upload(phase, user, "a.csv", 5)
    stream = io.BytesIO(CONTENT)

    received = services.receive_upload(upload, stream, 5)

    assert (received.size_bytes, stream.tell()) == (5, 5)


def test_the_announced_length_is_held_against_the_limit_again(phase: Phase, user: User, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    upload = services.create_upload(phase, user, "a.csv", 10)

    with pytest.raises(errors.TooLargeError, match=r"the limit is 1\.0 kB"):
        services.receive_upload(upload, io.BytesIO(b"x" * 2000), 2000)


def test_bytes_come_once(phase: Phase, user: User, files: Path) -> None:
    upload = factories.send(phase, user, CONTENT)

    with pytest.raises(WrongStateError):
        services.receive_upload(upload, io.BytesIO(CONTENT), len(CONTENT))
    assert _stored(files) == [upload.sha256]


def test_two_bodies_at_once_are_one(phase: Phase, user: User) -> None:
    upload = services.create_upload(phase, user, "a.csv", len(CONTENT))

    class SecondInBetween:
        def read(self, size: int) -> bytes:
            with pytest.raises(WrongStateError):
                services.receive_upload(upload, io.BytesIO(CONTENT), len(CONTENT))
            return CONTENT[:size]

    assert services.receive_upload(upload, SecondInBetween(), len(CONTENT)).state == UploadState.CHECKING


def test_a_phase_that_closes_before_the_last_byte_refuses_the_file(phase: Phase, user: User, files: Path) -> None:
    upload = services.create_upload(phase, user, "a.csv", len(CONTENT))

    class Slow:
        def read(self, size: int) -> bytes:
            _close(phase)
            return CONTENT[:size]

    with pytest.raises(errors.PhaseClosedError):
        services.receive_upload(upload, Slow(), len(CONTENT))

    upload.refresh_from_db()
    assert (upload.state, upload.error_code) == (UploadState.REJECTED, "phase_closed")
    assert _stored(files) == []


def test_an_upload_given_up_while_it_arrives_is_not_stored(phase: Phase, user: User, files: Path) -> None:
    upload = services.create_upload(phase, user, "a.csv", len(CONTENT))

    class GivenUp:
        def read(self, size: int) -> bytes:
            Upload.objects.filter(pk=upload.pk).update(state=UploadState.REJECTED, owner="")
            return CONTENT[:size]

    with pytest.raises(WrongStateError):
        services.receive_upload(upload, GivenUp(), len(CONTENT))
    assert _stored(files) == []


def test_files_on_their_way_are_capped(phase: Phase, user: User, settings: Any) -> None:
    settings.UPLOAD_PENDING_MAX = 2
    for _ in range(2):
        services.create_upload(phase, user, "a.csv", 10)

    with pytest.raises(errors.TooManyPendingError):
        services.create_upload(phase, user, "a.csv", 10)


def test_checked_files_that_nobody_submits_make_room(phase: Phase, user: User, settings: Any) -> None:
    settings.UPLOAD_PENDING_MAX = 2
    oldest, newer = (factories.make_ready_upload(phase, user) for _ in range(2))

    services.create_upload(phase, user, "a.csv", 10)

    oldest.refresh_from_db()
    newer.refresh_from_db()
    assert (oldest.state, oldest.error_code, oldest.storage_key) == (UploadState.REJECTED, "discarded", "")
    assert newer.state == UploadState.READY


def test_a_submitted_file_is_not_given_up(phase: Phase, user: User) -> None:
    submission = factories.make_entry(phase, user)

    with pytest.raises(WrongStateError):
        services.discard_upload(submission.upload)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("heron.csv", "heron.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\runs\\heron.csv", "heron.csv"),
        ("a\x00b\x1b[31m\n.csv", "ab[31m.csv"),
        ("", "unnamed"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_name_is_for_showing_only(given: str, shown: str) -> None:
    assert shown_name(given) == shown
