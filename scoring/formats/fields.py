"""Find the ends of CSV fields in bytes and say what is wrong with their content."""

from __future__ import annotations

from typing import Final

from scoring.formats.words import ByteArray
from scoring.native import borrowing, borrowing_inlined

NEWLINE: Final = 10
RETURN: Final = 13
SPACE: Final = 32
QUOTE: Final = 34
COMMA: Final = 44


@borrowing_inlined
def is_stop(byte: int, quoted: bool) -> bool:
    """Tell whether a byte ends a field."""
    if byte == NEWLINE:
        return True
    return byte == QUOTE if quoted else byte in (COMMA, RETURN)


@borrowing
def field_end(buffer: ByteArray, start: int, quoted: bool) -> int:
    """Return where a field that begins at `start` ends."""
    position = start
    while not is_stop(buffer[position], quoted):
        position += 1
    return position


@borrowing
def is_utf8(buffer: ByteArray, start: int, end: int) -> bool:
    """Check the lengths of UTF-8 sequences; overlong forms pass, they only make an id unknown."""
    position = start
    while position < end:
        byte = buffer[position]
        follow = 0 if byte < 0x80 else 1 if 0xC2 <= byte < 0xE0 else 2 if 0xE0 <= byte < 0xF0 else 3
        if byte >= 0x80 and (byte < 0xC2 or byte > 0xF4 or position + follow >= end):
            return False
        for offset in range(1, follow + 1):
            if buffer[position + offset] & 0xC0 != 0x80:
                return False
        position += 1 + follow
    return True


@borrowing
def classify(buffer: ByteArray, start: int, end: int, code: int, control: int, not_utf8: int) -> int:
    """Return why an id is not known: bad encoding, control characters, or the given code."""
    high = False
    for position in range(start, end):
        byte = buffer[position]
        if byte < SPACE or byte == 0x7F:
            return control
        high = high or byte >= 0x80
    if high and not is_utf8(buffer, start, end):
        return not_utf8
    return code


@borrowing
def trimmed(buffer: ByteArray, start: int, end: int) -> tuple[int, int]:
    """Take spaces off both ends of a field."""
    while start < end and buffer[start] == SPACE:
        start += 1
    while end > start and buffer[end - 1] == SPACE:
        end -= 1
    return start, end
