"""Cut the bytes of a file into blocks of whole lines.

Memory is bounded by a few blocks and one line, whatever the file holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scoring.formats.container import Source, refuse_binary
from scoring.formats.description import MEBIBYTE
from scoring.formats.words import PADDING

#: What is read at once.
BLOCK: Final = MEBIBYTE


@dataclass
class Block:
    """Hold whole lines of a file: ``buffer[start:stop]``, the last byte of which is a line end.

    Attributes
    ----------
    is_long_line : bool
        The buffer holds the beginning of one line that is longer than any line may be; its rest is skipped.
    """

    buffer: bytearray
    start: int = 0
    stop: int = 0
    is_long_line: bool = False


class Lines:
    """Read a source into buffers that the caller lends; see `next_block`."""

    def __init__(self, source: Source, max_line_bytes: int) -> None:
        self.bytes = 0
        self._source = source
        self._max_line_bytes = max_line_bytes
        self._rest = b""
        self._is_ended = False
        self._is_skipping = False

    def next_block(self, block: Block) -> bool:
        """Fill a block; return False at the end of the source.

        Notes
        -----
        The buffer becomes larger where a line asks for it.
        """
        filled = self._begin(block)
        while True:
            filled = self._fill(block, filled)
            stop = block.buffer.rfind(b"\n", 0, filled) + 1
            if stop:
                self._rest = bytes(block.buffer[stop:filled])
                block.start, block.stop, block.is_long_line = 0, stop, False
                return True
            if self._is_ended:
                return False
            if self._is_full(block, filled):
                refuse_binary(bytes(block.buffer[: min(filled, 4096)]))
                self._is_skipping = True
                block.start, block.stop, block.is_long_line = 0, filled, True
                return True

    def _begin(self, block: Block) -> int:
        """Put the line that the last block left unfinished at the front of a buffer."""
        rest, self._rest = self._rest, b""
        if len(rest) >= len(block.buffer) - PADDING:
            block.buffer = bytearray(2 * len(rest) + PADDING)
        block.buffer[: len(rest)] = rest
        return len(rest)

    def _fill(self, block: Block, filled: int) -> int:
        """Read on and return how much of the buffer holds bytes; the last line of a file gets its end."""
        # A buffer that one long line made large takes no more lines for that: their log would outgrow it by far.
        stop = min(filled + BLOCK, len(block.buffer) - PADDING)
        size = self._source.fill(memoryview(block.buffer)[filled:stop])
        self.bytes += size
        self._is_ended = size == 0
        if self._is_skipping:
            return self._after_long_line(block, filled + size)
        if self._is_ended and filled:
            block.buffer[filled] = 0x0A
            return filled + 1
        return filled + size

    def _after_long_line(self, block: Block, filled: int) -> int:
        """Drop the rest of a line that is too long; what is behind it moves to the front."""
        stop = block.buffer.find(b"\n", 0, filled) + 1
        if stop == 0:
            return 0
        self._is_skipping = False
        block.buffer[: filled - stop] = block.buffer[stop:filled]
        return filled - stop

    def _is_full(self, block: Block, filled: int) -> bool:
        """Tell whether a line is too long; make the buffer larger as long as it may go on."""
        capacity = len(block.buffer) - PADDING
        if filled < capacity:
            return False
        if capacity >= self._max_line_bytes:
            return True
        larger = bytearray(min(2 * capacity, max(self._max_line_bytes, capacity + 1)) + PADDING)
        larger[:filled] = block.buffer[:filled]
        block.buffer = larger
        return False
