"""Find the parts of JSON text (RFC 8259) in bytes, strictly: what is no JSON has no end."""

from __future__ import annotations

from typing import Final

from scoring.formats.words import ByteArray
from scoring.native import borrowing

QUOTE: Final = 0x22
COMMA: Final = 0x2C
COLON: Final = 0x3A
OPEN_LIST: Final = 0x5B
CLOSE_LIST: Final = 0x5D
OPEN_OBJECT: Final = 0x7B
CLOSE_OBJECT: Final = 0x7D
_BACKSLASH: Final = 0x5C
_MINUS: Final = 0x2D
_PLUS: Final = 0x2B
_POINT: Final = 0x2E
_ZERO: Final = 0x30
_NINE: Final = 0x39
_LITERALS: Final = (b"true", b"false", b"null")


@borrowing
def after_space(buffer: ByteArray, at: int, stop: int) -> int:
    """Step over the four kinds of white space."""
    while at < stop and buffer[at] in (0x20, 0x09, 0x0A, 0x0D):
        at += 1
    return at


@borrowing
def count_lines(buffer: ByteArray, start: int, stop: int) -> int:
    """Return the number of line ends."""
    lines = 0
    for at in range(start, stop):
        lines += buffer[at] == 0x0A
    return lines


@borrowing
def object_end(buffer: ByteArray, at: int, stop: int) -> int:
    """Return what follows the first closing brace outside strings, or -1 where there is none yet."""
    inside = False
    while at < stop:
        byte = buffer[at]
        if inside and byte == _BACKSLASH:
            at += 1
        elif byte == QUOTE:
            inside = not inside
        elif byte == CLOSE_OBJECT and not inside:
            return at + 1
        at += 1
    return -1


@borrowing
def _string_end(buffer: ByteArray, at: int, stop: int) -> int:
    """Return what follows a string that begins at `at`, or -1; escapes are stepped over."""
    at += 1
    while at < stop and buffer[at] != QUOTE:
        if buffer[at] < 0x20:
            return -1
        at += 2 if buffer[at] == _BACKSLASH else 1
    return at + 1 if at < stop else -1


@borrowing
def _digits_end(buffer: ByteArray, at: int, stop: int) -> int:
    """Return what follows at least one digit, or -1."""
    start = at
    while at < stop and _ZERO <= buffer[at] <= _NINE:
        at += 1
    return at if at > start else -1


@borrowing
def _number_end(buffer: ByteArray, at: int, stop: int) -> int:
    """Return what follows a number, or -1."""
    if buffer[at] == _MINUS:
        at += 1
    end = _digits_end(buffer, at, stop)
    if end < 0 or (buffer[at] == _ZERO and end > at + 1):
        return -1
    if end < stop and buffer[end] == _POINT:
        end = _digits_end(buffer, end + 1, stop)
    if 0 <= end < stop and buffer[end] | 0x20 == 0x65:
        end += 1
        if end < stop and buffer[end] in (_MINUS, _PLUS):
            end += 1
        end = _digits_end(buffer, end, stop)
    return end


@borrowing
def _literal_end(buffer: ByteArray, at: int, stop: int) -> int:
    """Return what follows true, false or null, or -1."""
    for literal in _LITERALS:
        same = at + len(literal) <= stop
        for offset in range(len(literal)):
            same = same and buffer[at + offset] == literal[offset]
        if same:
            return at + len(literal)
    return -1


@borrowing
def scalar_end(buffer: ByteArray, at: int, stop: int) -> int:
    """Return what follows the string, number or literal that begins at `at`, or -1 where there is none."""
    byte = buffer[at]
    if byte == QUOTE:
        return _string_end(buffer, at, stop)
    if byte == _MINUS or _ZERO <= byte <= _NINE:
        return _number_end(buffer, at, stop)
    return _literal_end(buffer, at, stop)
