"""Look at bytes eight and sixty-four at a time: what kernels that find ids in text are made of.

An id consists of bytes from 0x2D ("-") to 0x7F, so one comparison of signed bytes finds whatever ends it: space, comma, quote,
line ends, and bytes of other scripts. Buffers must be readable for `PADDING` bytes beyond their content. Words are little
endian. LLVM turns the vectors into what the processor has, so the same kernel runs on any.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from scoring.native import borrowing_inlined, inlined

PADDING: Final = 128
#: Bytes that `stop_bits` looks at.
SPAN: Final = 64

ByteArray = npt.NDArray[np.uint8]

_FIRST_OF_ID: Final = 0x2D
_ONES: Final = np.uint64(0x0101010101010101)
_HIGH: Final = np.uint64(0x8080808080808080)
_LIMIT: Final = np.uint64(_FIRST_OF_ID) * _ONES
_ALL: Final = np.uint64(0xFFFFFFFFFFFFFFFF)
_U0: Final = np.uint64(0)
_U3: Final = np.uint64(3)
_VECTOR: Final = 16


def _pointer(context: Any, builder: Any, array_type: Any, array: Any, offset: Any, kind: Any) -> Any:
    view = context.make_array(array_type)(context, builder, array)
    return builder.bitcast(builder.gep(view.data, [offset]), kind.as_pointer())


@intrinsic
def _load_word(_context: Any, array: Any, offset: Any) -> tuple[Any, Callable[..., Any]]:
    """Load eight bytes from any offset of a byte array as one word."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], arguments[0], arguments[1], ir.IntType(64))
        return builder.load(pointer, align=1)

    return types.uint64(array, types.int64), generate


@intrinsic
def _stop_bits(_context: Any, array: Any, offset: Any) -> tuple[Any, Callable[..., Any]]:
    """Compare 64 bytes with the first byte of ids, as four vectors of sixteen."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        byte, word = ir.IntType(8), ir.IntType(64)
        vector = ir.VectorType(byte, _VECTOR)
        limit = ir.Constant(vector, [ir.Constant(byte, _FIRST_OF_ID)] * _VECTOR)
        bits = ir.Constant(word, 0)
        for first in range(0, SPAN, _VECTOR):
            offset = builder.add(arguments[1], ir.Constant(word, first))
            pointer = _pointer(context, builder, signature.args[0], arguments[0], offset, vector)
            below = builder.icmp_signed("<", builder.load(pointer, align=1), limit)
            part = builder.zext(builder.bitcast(below, ir.IntType(_VECTOR)), word)
            bits = builder.or_(bits, builder.shl(part, ir.Constant(word, first)))
        return bits

    return types.uint64(array, types.int64), generate


@intrinsic
def _trailing_zeros(_context: Any, word: Any) -> tuple[Any, Callable[..., Any]]:
    """Count the zero bits below the lowest set bit of a word that is not zero."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate


# Type checkers see the functions as kernels call them.
load_word = cast("Callable[[ByteArray, int], np.uint64]", _load_word)
stop_bits = cast("Callable[[ByteArray, int], np.uint64]", _stop_bits)
trailing_zeros = cast("Callable[[np.uint64], np.uint64]", _trailing_zeros)


@inlined
def signed(word: np.uint64) -> int:
    """Return a word as a signed number: kernels would otherwise mix both kinds into floating point."""
    return np.int64(word)  # type: ignore[return-value]


@borrowing_inlined
def token_end(buffer: ByteArray, start: int, end: int) -> int:
    """Return where the token that begins at `start` ends: the first byte below 0x2D, or `end`; other scripts belong to it."""
    position = start
    while position < end:
        word = load_word(buffer, position)
        # Bit 7 of a byte is set where the byte is below the limit; borrows run upwards only, so the lowest is exact.
        below = (word - _LIMIT) & ~word & _HIGH
        if below != _U0:
            position += signed(trailing_zeros(below) >> _U3)
            return position if position < end else end
        position += 8
    return end


@borrowing_inlined
def masked_word(buffer: ByteArray, position: int, length: int) -> np.uint64:
    """Load up to eight bytes; bytes beyond `length` are zero."""
    word = load_word(buffer, position)
    if length >= 8:
        return word
    return word & (_ALL >> np.uint64(64 - 8 * length)) if length > 0 else _U0
