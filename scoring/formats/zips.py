"""Read the files of a zip as streams; what it claims about itself is never believed."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Sequence
from typing import BinaryIO, Final

from scoring.formats.excerpts import shown
from scoring.formats.received import Received, RefusedError

#: A zip's list of contents above this size holds thousands of names: it is never read.
_MAX_DIRECTORY_BYTES: Final = 1024 * 1024
#: Names that macOS adds to every zip beside the file that was meant.
_ADDED_BY_MACOS: Final = ("__MACOSX/", ".DS_Store")
_READ_ERRORS: Final = (EOFError, zlib.error, zipfile.BadZipFile, OSError)


class Member:
    """Expand one file of a zip."""

    def __init__(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
        try:
            self._stream = archive.open(entry)
        except (zipfile.BadZipFile, struct.error, EOFError, OSError, ValueError, OverflowError) as error:
            raise RefusedError("corrupt_archive", kind="zip") from error
        except (NotImplementedError, RuntimeError) as error:
            raise RefusedError("zip_method") from error

    def fill(self, view: memoryview) -> int:
        """Write the next bytes into `view`; return their number, 0 at the end."""
        try:
            data = self._stream.read(len(view))
        except _READ_ERRORS as error:
            code = "truncated_archive" if isinstance(error, EOFError) else "corrupt_archive"
            raise RefusedError(code, kind="zip") from error
        view[: len(data)] = data
        return len(data)


def open_zip(received: Received) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    """Return an archive with the files that it holds; folders and what macOS adds do not count.

    Raises
    ------
    RefusedError
        When the archive is damaged, or lists thousands of files.
    """
    # The list of contents lies at the end, so the bytes are hashed in a first pass.
    received.drain()
    try:
        _check_directory(received.file, received.bytes)
        archive = zipfile.ZipFile(received.file)
    except (zipfile.BadZipFile, struct.error, EOFError, OSError, ValueError, OverflowError) as error:
        raise RefusedError("corrupt_archive", kind="zip") from error
    except (NotImplementedError, RuntimeError) as error:
        raise RefusedError("zip_method") from error
    entries = [
        entry
        for entry in archive.infolist()
        if not entry.filename.endswith("/")  # is_dir() itself fails on an entry without a name
        and not entry.filename.startswith(_ADDED_BY_MACOS[0])
        and not entry.filename.endswith(_ADDED_BY_MACOS[1])
    ]
    return archive, entries


def only_file(received: Received) -> Member:
    """Return the one file that a zip holds."""
    archive, entries = open_zip(received)
    if len(entries) != 1:
        raise RefusedError("zip_many_files", count=len(entries), names=[_name(entry) for entry in entries])
    return Member(archive, checked(entries[0]))


def file_of_each(received: Received, tracks: Sequence[str]) -> list[tuple[str, Member]]:
    """Return the file of each track, in the order of `tracks`: a zip of exactly one ``<track>.<ext>`` each."""
    archive, entries = open_zip(received)
    found = {_stem(checked(entry)): entry for entry in entries}
    if sorted(found) != sorted(tracks) or len(entries) != len(tracks):
        raise RefusedError("wrong_tracks", tracks=tuple(tracks), names=[_name(entry) for entry in entries])
    return [(track, Member(archive, found[track])) for track in tracks]


def _stem(entry: zipfile.ZipInfo) -> str:
    """Return the name of a file without its folder and ending."""
    name = entry.filename.replace("\\", "/").rpartition("/")[2]
    return name.rpartition(".")[0] or name


def checked(entry: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """Refuse a file that leads outside, is encrypted, or is packed in a way that is not read."""
    name = entry.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or ":" in name:
        raise RefusedError("zip_path", names=[_name(entry)])
    if entry.flag_bits & 1:
        raise RefusedError("zip_encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise RefusedError("zip_method")
    return entry


def _check_directory(file: BinaryIO, size: int) -> None:
    """Refuse a list of contents that is too long to be read."""
    # The longest record with its comment, and the locator of 64-bit fields before it.
    tail_size = min(size, 65_557 + 20)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise RefusedError("truncated_archive", kind="zip")
    entries, directory_bytes = struct.unpack("<HL", tail[at + 10 : at + 16])
    # 64-bit fields stand elsewhere; an archive of one file below 4 GiB needs none of them.
    if directory_bytes > _MAX_DIRECTORY_BYTES or entries == 0xFFFF:
        raise RefusedError("zip_many_files", count=None)
    if at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        raise RefusedError("zip_method")


def _name(entry: zipfile.ZipInfo) -> str:
    """Show the name of a file in a zip, whatever it holds."""
    return shown(entry.filename.encode("utf-8", "surrogateescape")[:200])
