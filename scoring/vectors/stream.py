"""Read expanded bytes in exact pieces, with a look ahead at the first of them."""

from __future__ import annotations

from typing import Final

from scoring.formats.container import RefusedError, Source

_PEEK: Final = 4096


class Stream:
    """Give the bytes of a source in pieces of exact size.

    Attributes
    ----------
    bytes : int
        How many were given.
    """

    def __init__(self, source: Source) -> None:
        self.bytes = 0
        self._source = source
        self._head = bytearray(_PEEK)
        self._head = self._head[: self._from_source(memoryview(self._head))]
        self.head = bytes(self._head)

    def fill(self, view: memoryview) -> int:
        """Write the next bytes into `view` until it is full or the source ends; return their number."""
        size = min(len(view), len(self._head))
        view[:size] = self._head[:size]
        self._head = self._head[size:]
        size += self._from_source(view[size:])
        self.bytes += size
        return size

    def exactly(self, size: int, *, name: str) -> bytes:
        """Return the next bytes.

        Raises
        ------
        RefusedError
            When the source ends before.
        """
        buffer = bytearray(size)
        if self.fill(memoryview(buffer)) < size:
            raise RefusedError("truncated_array", name=name)
        return bytes(buffer)

    def _from_source(self, view: memoryview) -> int:
        filled = 0
        while filled < len(view) and (size := self._source.fill(view[filled:])):
            filled += size
        return filled
