"""Read decimal numbers from bytes: the float64 nearest to what is written, halves to even."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from scoring.formats.words import ByteArray
from scoring.native import inlined, kernel

#: What `read_decimal` says of a number: it is none, it is read, or its digits need more than 64 bits.
NO_NUMBER: Final = 0
READ: Final = 1
LONG_NUMBER: Final = 2
#: Characters of a number.
MAX_CHARACTERS: Final = 64

_ZERO: Final = 0x30
_DIGITS: Final = 19
_EXACT: Final = 22
_LONG_DIVISION: Final = 18
_MANTISSA: Final = 53
_U0: Final = np.uint64(0)
_U1: Final = np.uint64(1)
_TEN: Final = np.uint64(10)
#: Up to here whole numbers are float64 exactly.
_WHOLE: Final = np.uint64(1 << 53)
#: A quotient of so many bits, with what is left over, can be rounded.
_ENOUGH: Final = np.uint64(1 << 55)
_POWERS: Final = np.array([float(10**exponent) for exponent in range(_EXACT + 1)])
_WHOLE_POWERS: Final = np.array([10**exponent for exponent in range(_LONG_DIVISION + 1)], dtype=np.uint64)


@inlined
def _is_digit(byte: int) -> bool:
    return 0x30 <= byte <= 0x39


@kernel
def _rounded(quotient: np.uint64, is_more: bool, shift: int) -> float:
    """Return (quotient + a part below 1 if there is more) / 2^shift, rounded once."""
    bits = 0
    rest = quotient
    while rest != _U0:
        rest >>= _U1
        bits += 1
    drop = np.uint64(bits - _MANTISSA)
    half = _U1 << (drop - _U1)
    low = quotient & ((_U1 << drop) - _U1)
    kept = quotient >> drop
    if low > half or (low == half and (is_more or kept & _U1 != _U0)):
        kept += _U1
    return math.ldexp(np.float64(kept), bits - _MANTISSA - shift)


@kernel
def _divided(mantissa: np.uint64, exponent: int) -> float:
    """Return mantissa / 10^exponent, by long division."""
    divisor = _WHOLE_POWERS[exponent]
    quotient, rest, shift = mantissa // divisor, mantissa % divisor, 0
    while quotient < _ENOUGH:
        quotient, rest, shift = quotient << _U1, rest << _U1, shift + 1
        if rest >= divisor:
            rest -= divisor
            quotient |= _U1
    return _rounded(quotient, rest != _U0, shift)


@kernel
def _value(mantissa: np.uint64, exponent: int) -> tuple[int, float]:
    """Return mantissa · 10^exponent."""
    if mantissa == _U0:
        return READ, 0.0
    if mantissa <= _WHOLE and 0 <= exponent <= _EXACT:
        return READ, np.float64(mantissa) * _POWERS[exponent]
    if mantissa <= _WHOLE and -_EXACT <= exponent < 0:
        return READ, np.float64(mantissa) / _POWERS[-exponent]
    if -_LONG_DIVISION <= exponent < 0:
        return READ, _divided(mantissa, -exponent)
    return LONG_NUMBER, 0.0


@kernel
def _exponent(buffer: ByteArray, position: int, end: int) -> tuple[bool, int]:
    """Read what follows an "e": an optional sign and digits up to the end."""
    negative = position < end and buffer[position] == 0x2D
    if position < end and (negative or buffer[position] == 0x2B):
        position += 1
    if position == end:
        return False, 0
    value = 0
    while position < end:
        if not _is_digit(buffer[position]):
            return False, 0
        value = min(10 * value + int(buffer[position]) - _ZERO, 100_000)
        position += 1
    return True, -value if negative else value


@kernel
def read_decimal(buffer: ByteArray, start: int, end: int) -> tuple[int, float]:
    """Read a number of the form ``[+-] digits [. digits] [e [+-] digits]``, with at least one digit before the "e".

    Returns
    -------
    tuple
        `NO_NUMBER`, `READ` with the value, or `LONG_NUMBER`: it is well formed, and left to a slower reader.
    """
    position = start + 1 if start < end and (buffer[start] == 0x2D or buffer[start] == 0x2B) else start
    if end - start > MAX_CHARACTERS or position == end:
        return NO_NUMBER, 0.0
    mantissa, digits, read, places, has_point = _U0, 0, 0, 0, False
    while position < end and buffer[position] | 0x20 != 0x65:
        byte = buffer[position]
        if byte == 0x2E and not has_point:
            has_point = True
        elif _is_digit(byte):
            read += 1
            digits += digits > 0 or byte != _ZERO
            if digits <= _DIGITS:
                mantissa = mantissa * _TEN + np.uint64(byte - _ZERO)
            places += has_point
        else:
            return NO_NUMBER, 0.0
        position += 1
    is_right, exponent = (True, 0) if position == end else _exponent(buffer, position + 1, end)
    if read == 0 or not is_right:
        return NO_NUMBER, 0.0
    if digits > _DIGITS:
        return LONG_NUMBER, 0.0
    kind, value = _value(mantissa, exponent - places)
    return kind, -value if buffer[start] == 0x2D else value
