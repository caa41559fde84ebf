"""Open a received file, whatever its name: plain text, .gz, .zst or a zip of one file, told by the first bytes.

Everything is streamed; nothing is written to disk; what a file claims about itself is never believed.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Final

from scoring.formats.received import Received, RefusedError, Source
from scoring.formats.zips import file_of_each, only_file
from scoring.formats.zstandard import MAGIC as ZSTANDARD
from scoring.formats.zstandard import Zstandard

__all__ = ["ARCHIVES", "Bounded", "Received", "RefusedError", "Source", "open_source", "open_tracks", "refuse_binary"]

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
#: What may not be inside an archive, by its first bytes.
ARCHIVES: Final = (_GZIP, ZSTANDARD, *_ZIP)
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
#: Far above what any tool writes: blocks of 64 KiB make 65,536 members of the largest file.
_MAX_MEMBERS: Final = 1_000_000


class _Gzip:
    """Expand a .gz of one or more members."""

    def __init__(self, received: Received) -> None:
        self._received = received
        self._expander = zlib.decompressobj(31)
        self._pending = b""
        self._inside = False
        self._members = 0

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
        self._members += 1
        if self._members > _MAX_MEMBERS:
            raise RefusedError("corrupt_archive", kind=".gz")
        self._expander = zlib.decompressobj(31)
        self._inside = True


class Bounded:
    """Watch the expanded bytes of an archive; the files of one zip share what may be spent.

    Parameters
    ----------
    refused : tuple of bytes
        First bytes of what may not be inside: archives, but where a format is itself a zip.
    """

    def __init__(
        self, source: Source, received: Received, spent: list[int], refused: tuple[bytes, ...] = ARCHIVES
    ) -> None:
        self._refused = refused
        self._source = source
        self._received = received
        self._spent = spent
        self._is_first = True

    def fill(self, view: memoryview) -> int:
        """Write the next bytes into `view`; return their number, 0 at the end."""
        size = self._source.fill(view)
        if self._is_first and size:
            if bytes(view[: min(size, 512)]).startswith(self._refused):
                raise RefusedError("nested_archive")
            self._is_first = False
        self._spent[0] += size
        limits = self._received.limits
        if self._spent[0] > limits.max_expanded_bytes:
            raise RefusedError("too_large", limit=limits.max_expanded_bytes, expanded=True)
        if self._spent[0] > limits.ratio_free_bytes and self._spent[0] > limits.max_ratio * self._received.bytes:
            raise RefusedError("zip_bomb", ratio=limits.max_ratio)
        return size


def open_source(received: Received, *, refused: tuple[bytes, ...] = ARCHIVES) -> Source:
    """Return the expanded bytes of a received file.

    Raises
    ------
    RefusedError
        When the file is empty or is no text, .gz, .zst or zip of one file.
    """
    head = received.head
    if not head:
        raise RefusedError("empty_file")
    if head.startswith(_GZIP):
        return Bounded(_Gzip(received), received, [0], refused)
    if head.startswith(ZSTANDARD):
        return Bounded(Zstandard(received), received, [0], refused)
    if head.startswith(_ZIP):
        return Bounded(only_file(received), received, [0], refused)
    return received


def open_tracks(
    received: Received, tracks: Sequence[str], *, refused: tuple[bytes, ...] = ARCHIVES
) -> list[tuple[str, Source]]:
    """Return the expanded bytes of the file of each track, in order.

    One track is one file, packed or not; several are a zip with exactly one ``<track>.<ext>`` each.

    Raises
    ------
    RefusedError
        As `open_source`, and when a track has no file of its own.
    """
    if len(tracks) == 1:
        return [(tracks[0], open_source(received, refused=refused))]
    if not received.head:
        raise RefusedError("empty_file")
    if not received.head.startswith(_ZIP):
        raise RefusedError("wrong_tracks", tracks=tuple(tracks))
    spent = [0]
    return [(track, Bounded(member, received, spent, refused)) for track, member in file_of_each(received, tracks)]


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
