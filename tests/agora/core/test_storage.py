"""Objects are written once, whole or not at all, under keys of ours."""

import errno
import os
from pathlib import Path

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile

from agora.core.storage import NotReadableHereError, WriteOnceFolder, alias, descriptor, is_out_of_space

KEY = "uploads/abc/0123"


@pytest.fixture
def folder(tmp_path: Path) -> WriteOnceFolder:
    """Return a storage in an empty folder."""
    return WriteOnceFolder(location=str(tmp_path / "alias"))


def _everything(storage: WriteOnceFolder) -> list[str]:
    return sorted(
        str(path.relative_to(storage.location)) for path in Path(storage.location).rglob("*") if path.is_file()
    )


def _content(storage: WriteOnceFolder) -> bytes:
    return Path(storage.path(KEY)).read_bytes()


def test_an_object_is_what_was_written(folder: WriteOnceFolder) -> None:
    assert folder.save(KEY, ContentFile(b"bytes")) == KEY

    assert _content(folder) == b"bytes"
    assert _everything(folder) == [KEY]


def test_an_object_is_never_written_again(folder: WriteOnceFolder) -> None:
    folder.save(KEY, ContentFile(b"first"))

    with pytest.raises(FileExistsError):
        folder.save(KEY, ContentFile(b"second"))
    assert _content(folder) == b"first"


def test_of_two_writers_at_once_one_wins(folder: WriteOnceFolder) -> None:
    with folder.incoming() as first, folder.incoming() as second:
        first.write(b"first")
        second.write(b"second")
        first.keep(KEY)
        with pytest.raises(FileExistsError):
            second.keep(KEY)

    assert _content(folder) == b"first"
    assert _everything(folder) == [KEY]


@pytest.mark.parametrize(
    "key", ["/etc/passwd", "../up", "uploads/../../x", "Uploads/a", "uploads", "uploads/a b", "uploads/.hidden"]
)
def test_a_key_of_another_shape_is_refused(folder: WriteOnceFolder, key: str) -> None:
    with pytest.raises(SuspiciousFileOperation):
        folder.save(key, ContentFile(b""))


def test_bytes_that_were_not_kept_vanish(folder: WriteOnceFolder) -> None:
    with folder.incoming() as incoming:
        incoming.write(b"half of it")

    assert _everything(folder) == []


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    full = WriteOnceFolder(location=str(tmp_path / "alias"))
    with full.incoming() as incoming, Path("/dev/full").open("wb") as device:
        os.dup2(device.fileno(), incoming._file.fileno())
        with pytest.raises(OSError, match="No space left") as caught:
            incoming.write(b"x")

    assert is_out_of_space(caught.value)
    assert _everything(full) == []


def test_only_a_full_disk_is_out_of_space() -> None:
    assert is_out_of_space(OSError(errno.EDQUOT, ""))
    assert not is_out_of_space(PermissionError(errno.EACCES, ""))


def test_a_role_without_the_right_cannot_read(tmp_path: Path) -> None:
    storage = WriteOnceFolder(location=str(tmp_path), readable=False)
    storage.save(KEY, ContentFile(b"truth"))

    with pytest.raises(NotReadableHereError):
        storage.open(KEY)


def test_objects_cannot_be_opened_for_writing(folder: WriteOnceFolder) -> None:
    folder.save(KEY, ContentFile(b"first"))

    with pytest.raises(SuspiciousFileOperation):
        folder.open(KEY, "r+b")


def test_only_old_objects_and_old_remains_are_listed(folder: WriteOnceFolder) -> None:
    folder.save(KEY, ContentFile(b"old"))
    folder.save("uploads/abc/4567", ContentFile(b"new"))
    os.utime(folder.path(KEY), (0, 0))
    stalled = Path(folder.location, ".incoming", "left")
    stalled.write_bytes(b"x")
    os.utime(stalled, (0, 0))

    assert list(folder.keys(older_than_seconds=60)) == [KEY]
    assert folder.drop_stalled(older_than_seconds=60) == 1
    assert _everything(folder) == [KEY, "uploads/abc/4567"]


def test_a_descriptor_reads_the_object_and_cannot_write_it(files: Path) -> None:
    alias("submissions").save(KEY, ContentFile(b"bytes"))

    with descriptor("submissions", KEY) as number:
        assert os.pread(number, 10, 0) == b"bytes"
        with pytest.raises(OSError):  # noqa: PT011 - EBADF: it was opened for reading
            os.write(number, b"x")


def test_another_kind_of_storage_is_no_alias() -> None:
    with pytest.raises(TypeError):
        alias("staticfiles")
