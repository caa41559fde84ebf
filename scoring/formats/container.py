"""Open a received file, whatever its name: plain text, .gz or a zip of one file, told by the first bytes.

Everything is streamed; nothing is written to disk; what a file claims about itself is never believed.
"""

from __future__ import annotations

import hashlib
import struct
import zipfile
import zlib
from typing import Any, BinaryIO, Final, Protocol

from scoring.formats.description import Limits
from scoring.formats.excerpts import shown

_PEEK: Final = 64 * 1024
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
#: What people upload by mistake, by its first bytes.
_KNOWN: Final = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"MATLAB 5.0", "a MATLAB file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x80\x02", "a Python pickle"),
    (b"\x80\x03", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"{\\rtf", "an RTF document"),
)
_TAR: Final = (257, b"ustar")
#: A zip's list of contents above this size holds thousands of names: it is never read.
_MAX_DIRECTORY_BYTES: Final = 1024 * 1024
#: Names that macOS adds to every zip beside the file that was meant.
_ADDED_BY_MACOS: Final = ("__MACOSX/", ".DS_Store")


class RefusedError(Exception):
    """Stop reading a file that cannot be read on; `scoring.formats.problems` words it."""

    def __init__(self, code: str, **details: Any) -> None:
        self.code = code
        self.details = details
        super().__init__(code)


class Source(Protocol):
    """Give the expanded bytes of a file piece by piece."""

    def fill(self, view: memoryview) -> int:
        """Write the next bytes into `view`; return their number, 0 at the end."""


class Received:
    """Read the bytes as received: hashed, counted, and bounded."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self.file = file
        self.limits = limits
        self.bytes = 0
        self._digest = hashlib.sha256()
        self._is_whole = False
        self._head = b""
        while len(self._head) < _PEEK:
            more = file.read(_PEEK - len(self._head))
            if not more:
                break
            self._head += more
        self.head = self._head

    @property
    def sha256(self) -> str:
        """Return the hash of what was read so far."""
        return self._digest.hexdigest()

    def fill(self, view: memoryview) -> int:
        """Write the next received bytes into `view`; return their number, 0 at the end."""
        if self._head:
            size = min(len(view), len(self._head))
            view[:size] = self._head[:size]
            self._head = self._head[size:]
        else:
            size = self.file.readinto(view)  # type: ignore[attr-defined]
        self._count(view[:size])
        return size

    def read(self, size: int) -> bytes:
        """Return the next received bytes, at most `size`, none at the end."""
        buffer = bytearray(size)
        return bytes(buffer[: self.fill(memoryview(buffer))])

    def _count(self, view: memoryview) -> None:
        self.bytes += len(view)
        self._digest.update(view)
        if self.bytes > self.limits.max_bytes:
            raise RefusedError("too_large", limit=self.limits.max_bytes, expanded=False)

    def drain(self) -> None:
        """Read to the end, for the hash of a file whose reading stopped early; a second call reads nothing."""
        # A zip is read to its end first and then again, out of order: those bytes must not be hashed twice.
        if self._is_whole:
            return
        buffer = memoryview(bytearray(1 << 20))
        while self.fill(buffer):
            pass
        self._is_whole = True


class _Gzip:
    """Expand a .gz of one or more members."""

    def __init__(self, received: Received) -> None:
        self._received = received
        self._expander = zlib.decompressobj(31)
        self._pending = b""
        self._inside = False

    def fill(self, view: memoryview) -> int:
        # A reader looks at the whole of an unfinished line after each call: millions of tiny members are one piece.
        filled = 0
        while filled < len(view):
            if not self._pending:
                self._pending = self._received.read(256 * 1024)
                if not self._pending and self._inside:
                    raise RefusedError("truncated_archive", kind=".gz")
                if not self._pending:
                    break
            data = self._expand(len(view) - filled)
            view[filled : filled + len(data)] = data
            filled += len(data)
        return filled

    def _expand(self, size: int) -> bytes:
        if not self._inside:
            self._begin_member()
        try:
            data = self._expander.decompress(self._pending, size)
        except zlib.error as error:
            raise RefusedError("corrupt_archive", kind=".gz") from error
        self._pending = self._expander.unconsumed_tail
        if self._expander.eof:
            self._pending = self._expander.unused_data
            self._inside = False
        return data

    def _begin_member(self) -> None:
        """Accept another member behind the last one; anything else behind it is junk."""
        while 0 < len(self._pending) < len(_GZIP):
            more = self._received.read(256 * 1024)
            if not more:
                break
            self._pending += more
        if not self._pending.startswith(_GZIP):
            raise RefusedError("trailing_data", kind=".gz")
        self._expander = zlib.decompressobj(31)
        self._inside = True


class _Zip:
    """Expand the only file of a zip."""

    def __init__(self, received: Received) -> None:
        # The list of contents lies at the end, so the bytes are hashed in a first pass.
        received.drain()
        try:
            _check_directory(received.file, received.bytes)
            archive = zipfile.ZipFile(received.file)
            self._stream = archive.open(_only_file(archive))
        except (zipfile.BadZipFile, struct.error, EOFError, OSError, ValueError, OverflowError) as error:
            raise RefusedError("corrupt_archive", kind="zip") from error
        except (NotImplementedError, RuntimeError) as error:
            raise RefusedError("zip_method") from error

    def fill(self, view: memoryview) -> int:
        try:
            data = self._stream.read(len(view))
        except (EOFError, zlib.error, zipfile.BadZipFile, OSError) as error:
            code = "truncated_archive" if isinstance(error, EOFError) else "corrupt_archive"
            raise RefusedError(code, kind="zip") from error
        view[: len(data)] = data
        return len(data)


class _Bounded:
    """Watch the expanded bytes of an archive."""

    def __init__(self, source: Source, received: Received) -> None:
        self._source = source
        self._received = received
        self._bytes = 0

    def fill(self, view: memoryview) -> int:
        size = self._source.fill(view)
        if self._bytes == 0 and size:
            _refuse_nested(bytes(view[: min(size, 512)]))
        self._bytes += size
        limits = self._received.limits
        if self._bytes > limits.max_expanded_bytes:
            raise RefusedError("too_large", limit=limits.max_expanded_bytes, expanded=True)
        if self._bytes > limits.ratio_free_bytes and self._bytes > limits.max_ratio * self._received.bytes:
            raise RefusedError("zip_bomb", ratio=limits.max_ratio)
        return size


def open_source(received: Received) -> Source:
    """Return the expanded bytes of a received file.

    Raises
    ------
    RefusedError
        When the file is empty or is no text, .gz or zip of one file.
    """
    head = received.head
    if not head:
        raise RefusedError("empty_file")
    if head.startswith(_GZIP):
        return _Bounded(_Gzip(received), received)
    if head.startswith(_ZIP):
        return _Bounded(_Zip(received), received)
    return received


def refuse_binary(head: bytes) -> None:
    """Refuse text in UTF-16 or UTF-32 and everything that is no text, by the first expanded bytes.

    Raises
    ------
    RefusedError
        With the name of what was found.
    """
    if head.startswith(_UTF16) or b"\0" in head[:2]:
        raise RefusedError("not_utf8", found="UTF-16 text")
    for magic, name in _KNOWN:
        if head.startswith(magic):
            raise RefusedError("binary_file", found=name)
    if head[_TAR[0] :].startswith(_TAR[1]):
        raise RefusedError("binary_file", found="a tar archive")
    if b"\0" in head[:4096]:
        raise RefusedError("binary_file", found="a binary file")


def _refuse_nested(head: bytes) -> None:
    if head.startswith((_GZIP, *_ZIP)):
        raise RefusedError("nested_archive")


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


def _only_file(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """Return the one file that a zip holds; folders and what macOS adds do not count."""
    entries = [
        entry
        for entry in archive.infolist()
        if not entry.filename.endswith("/")  # is_dir() itself fails on an entry without a name
        and not entry.filename.startswith(_ADDED_BY_MACOS[0])
        and not entry.filename.endswith(_ADDED_BY_MACOS[1])
    ]
    if len(entries) != 1:
        raise RefusedError("zip_many_files", count=len(entries), names=[_name(entry) for entry in entries])
    entry = entries[0]
    name = entry.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or ":" in name:
        raise RefusedError("zip_path", names=[_name(entry)])
    if entry.flag_bits & 1:
        raise RefusedError("zip_encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise RefusedError("zip_method")
    return entry


def _name(entry: zipfile.ZipInfo) -> str:
    """Show the name of a file in a zip, whatever it holds."""
    return shown(entry.filename.encode("utf-8", "surrogateescape")[:200])
