"""Expand Zstandard (RFC 8878) as a stream with a bounded window.

The frames are walked here before the decoder sees them: what a frame asks for is known before it is given, and where the
last one ends is known exactly.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from scoring.formats.received import Received, RefusedError

MAGIC: Final = b"\x28\xb5\x2f\xfd"
#: What a decoder should at least be able to hold (RFC 8878, section 3.1.1.1.2); levels up to 19 need no more.
MAX_WINDOW: Final = 8 * 1024 * 1024
#: Far above what an encoder writes for the largest file: blocks hold 128 KiB.
_MAX_BLOCKS: Final = 1_000_000
_SKIPPABLE: Final = b"\x2a\x4d\x18"
_PIECE: Final = 256 * 1024
_KIND: Final = ".zst"


class _Frames:
    """Walk the frames of a file and hand their bytes on: a file for the decoder."""

    closed = False

    def __init__(self, received: Received) -> None:
        self._received = received
        self._pending = b""
        self._at = 0
        #: Bytes of the current block, checksum or skipped frame that are handed on unseen.
        self._unseen = 0
        self._is_in_frame = False
        self._has_checksum = False
        self._blocks = 0

    def read(self, size: int) -> bytes:
        """Return the next bytes of frames that may be expanded, at most `size`, none at the end.

        Raises
        ------
        RefusedError
            When the file ends inside a frame, goes on behind the last one, or asks for a window that is too large.
        """
        size = max(1, min(size, _PIECE))
        if self._unseen:
            data = self._take(min(size, self._unseen))
            self._unseen -= len(data)
            return data
        return self._block() if self._is_in_frame else self._frame()

    def close(self) -> None:
        """Leave the received file open; the decoder calls this when it is done."""

    def _frame(self) -> bytes:
        """Step over the header of a frame."""
        magic = self._peek(4)
        if not magic:
            return b""
        if len(magic) == 4 and magic[1:] == _SKIPPABLE and magic[0] & 0xF0 == 0x50:
            header = self._take(8)
            self._unseen = int.from_bytes(header[4:], "little")
            self._count()
            return header
        if magic != MAGIC:
            raise RefusedError("trailing_data", kind=_KIND)
        descriptor = self._peek(5)[4:]
        size = 5 + _header_size(descriptor[0] if descriptor else 0)
        header = self._take(size)
        window = _window(header)
        if window > MAX_WINDOW:
            raise RefusedError("large_window", window=window, limit=MAX_WINDOW)
        self._is_in_frame, self._has_checksum = True, bool(header[4] & 4)
        self._count()
        return header

    def _block(self) -> bytes:
        """Step over the header of a block; its content follows unseen."""
        header = self._take(3)
        value = int.from_bytes(header, "little")
        is_last, kind, size = value & 1, value >> 1 & 3, value >> 3
        self._unseen = 1 if kind == 1 else size
        if is_last:
            self._is_in_frame = False
            self._unseen += 4 if self._has_checksum else 0
        self._count()
        return header

    def _count(self) -> None:
        self._blocks += 1
        if self._blocks > _MAX_BLOCKS:
            raise RefusedError("corrupt_archive", kind=_KIND)

    def _peek(self, size: int) -> bytes:
        while len(self._pending) - self._at < size:
            more = self._received.read(_PIECE)
            if not more:
                break
            self._pending = self._pending[self._at :] + more
            self._at = 0
        return self._pending[self._at : self._at + size]

    def _take(self, size: int) -> bytes:
        data = self._peek(size)
        if len(data) < size:
            raise RefusedError("truncated_archive", kind=_KIND)
        self._at += size
        return data


def _header_size(descriptor: int) -> int:
    """Return how many bytes of a frame's header follow the descriptor."""
    is_single = descriptor >> 5 & 1
    dictionary = (0, 1, 2, 4)[descriptor & 3]
    content = (is_single, 2, 4, 8)[descriptor >> 6]
    return (1 - is_single) + dictionary + content


def _window(header: bytes) -> int:
    """Return the bytes that a decoder of the frame must hold."""
    descriptor = header[4]
    if descriptor >> 5 & 1:
        size = (1, 2, 4, 8)[descriptor >> 6]
        return int.from_bytes(header[-size:], "little") + (256 if size == 2 else 0)
    exponent, mantissa = header[5] >> 3, header[5] & 7
    return (1 << 10 + exponent) // 8 * (8 + mantissa)


class Zstandard:
    """Expand the frames of a file."""

    def __init__(self, received: Received) -> None:
        self._frames = _Frames(received)
        self._stream = pa.CompressedInputStream(pa.PythonFile(self._frames, mode="r"), "zstd")

    def fill(self, view: memoryview) -> int:
        """Write the next bytes into `view`; return their number, 0 at the end."""
        try:
            data = self._stream.read(len(view))
        except OSError as error:
            raise RefusedError("corrupt_archive", kind=_KIND) from error
        view[: len(data)] = data
        return len(data)
