"""Read a file as it was received: hashed, counted, and bounded."""

from __future__ import annotations

import hashlib
from typing import Any, BinaryIO, Final, Protocol

from scoring.formats.description import Limits

_PEEK: Final = 64 * 1024


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
