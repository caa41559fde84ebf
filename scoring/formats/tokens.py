"""Find ids in bytes and look them up without building strings: words of eight bytes and one hash table.

An id has at most 64 bytes and consists of bytes from 0x2D ("-") up, so every byte below 0x2D ends it: space, comma,
quote and line ends are all found with one comparison over eight bytes at once. Buffers must be readable for
`PADDING` bytes beyond their content. Words are little endian.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from scoring.native import inlined, kernel

PADDING: Final = 128
MAX_ID_BYTES: Final = 64
WORDS: Final = MAX_ID_BYTES // 8

ByteArray = npt.NDArray[np.uint8]
WordArray = npt.NDArray[np.uint64]
IntArray = npt.NDArray[np.int64]

_ONES: Final = np.uint64(0x0101010101010101)
_HIGH: Final = np.uint64(0x8080808080808080)
_LIMIT: Final = np.uint64(0x2D) * _ONES
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_ALL: Final = np.uint64(0xFFFFFFFFFFFFFFFF)
_U0: Final = np.uint64(0)
_U3: Final = np.uint64(3)
_U8: Final = np.uint64(8)
_U32: Final = np.uint64(32)
_U64: Final = np.uint64(64)
#: Line feed, carriage return, quote, comma: what may follow the last id of a field.
_ENDS: Final = (0x0A, 0x0D, 0x22, 0x2C)
_BYTE: Final = np.uint64(0xFF)


class IdTable(NamedTuple):
    """Hold the hash tables of several sets of ids one behind another.

    Attributes
    ----------
    slots : uint64 array of shape (n_slots, 2)
        First eight bytes of the id; ``(position + 1) << 8 | length``, 0 for an empty slot.
    words : uint64 array of shape (n_ids, 8)
        The ids, padded with zeros.
    first_slot, shift, first_id, size : int64 arrays of shape (n_sets,)
        Where a set begins, how far its hash is shifted, where its words begin, and how many ids it has.
    """

    slots: WordArray
    words: WordArray
    first_slot: IntArray
    shift: IntArray
    first_id: IntArray
    size: IntArray


@intrinsic
def _load_word(_context: Any, array: Any, offset: Any) -> tuple[Any, Callable[..., Any]]:
    """Load eight bytes from any offset of a byte array as one word."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        word = ir.IntType(64)
        pointer = builder.bitcast(builder.gep(view.data, [arguments[1]]), word.as_pointer())
        return builder.load(pointer, align=1)

    return types.uint64(array, types.int64), generate


@intrinsic
def _trailing_zeros(_context: Any, word: Any) -> tuple[Any, Callable[..., Any]]:
    """Count the zero bits below the lowest set bit; 64 for zero."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), generate


# Type checkers see the functions as kernels call them.
load_word = cast("Callable[[ByteArray, int], np.uint64]", _load_word)
trailing_zeros = cast("Callable[[np.uint64], np.uint64]", _trailing_zeros)


@inlined
def signed(word: np.uint64) -> int:
    """Return a word as a signed number: kernels would otherwise mix both kinds into floating point."""
    return np.int64(word)  # type: ignore[return-value]


@inlined
def token_end(buffer: ByteArray, start: int, end: int) -> int:
    """Return where the id that begins at `start` ends: the first byte below 0x2D, or `end`."""
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


@inlined
def _masked_word(buffer: ByteArray, position: int, length: int) -> np.uint64:
    """Load up to eight bytes; bytes beyond `length` are zero."""
    word = load_word(buffer, position)
    if length >= 8:
        return word
    return word & (_ALL >> np.uint64(64 - 8 * length)) if length > 0 else _U0


@inlined
def _hash(buffer: ByteArray, start: int, length: int) -> np.uint64:
    """Hash an id; ids of up to eight bytes never share a hash."""
    value = _masked_word(buffer, start, length) * _MULTIPLIER
    offset = 8
    while offset < length:
        value = (value ^ (value >> _U32) ^ _masked_word(buffer, start + offset, length - offset)) * _MULTIPLIER
        offset += 8
    return value


@inlined
def find_id(buffer: ByteArray, start: int, length: int, table: IdTable, which: int) -> int:
    """Return the position of an id in one set of the table, or -1."""
    if length < 1 or length > 64 or table.size[which] == 0:
        return -1
    first = _masked_word(buffer, start, length)
    shift = table.shift[which]
    mask = (1 << (64 - shift)) - 1
    base = table.first_slot[which]
    slot = signed(_hash(buffer, start, length) >> np.uint64(shift))
    while True:
        meta = table.slots[base + slot, 1]
        if meta == _U0:
            return -1
        if signed(meta & _BYTE) == length and table.slots[base + slot, 0] == first:
            position = signed(meta >> _U8) - 1
            if length <= 8 or _has_same_tail(buffer, start, length, table.words[table.first_id[which] + position]):
                return position
        slot = (slot + 1) & mask


class Row(NamedTuple):
    """Hold the ids of one row and what has been listed of it.

    Attributes
    ----------
    slots, words : uint64 arrays
        The part of an `IdTable` that belongs to one set.
    shift : int
        Its shift.
    seen : uint8 array
        Items that the row has listed: those whose entry equals the stamp.
    stamp : int
    order : int32 array
        The items listed so far.
    """

    slots: WordArray
    words: WordArray
    shift: int
    seen: ByteArray
    stamp: int
    order: npt.NDArray[np.int32]


@kernel
def read_known_ids(buffer: ByteArray, position: int, row: Row, listed: int) -> tuple[int, int, bool]:
    """Read ids as long as they are known, new, and separated by single spaces: the inner loop of every ranking.

    Returns
    -------
    tuple
        Where reading stopped, the number of items listed by then, and whether an id ends there (else one begins that
        needs a closer look).
    """
    slots, words, seen, order = row.slots, row.words, row.seen, row.order
    shift, mask, stamp = np.uint64(row.shift), (1 << (64 - row.shift)) - 1, np.uint8(row.stamp)
    while True:
        word = load_word(buffer, position)
        below = (word - _LIMIT) & ~word & _HIGH
        if below == _U0:
            length = token_end(buffer, position + 8, position + 72) - position
            hashed = _hash(buffer, position, length)
        else:
            length = signed(trailing_zeros(below) >> _U3)
            # Shifting twice takes no branch for an empty id, which is never found.
            word &= (_ALL >> np.uint64(8)) >> np.uint64(56 - 8 * length)
            hashed = word * _MULTIPLIER
        slot = signed(hashed >> shift)
        item = -1
        while slots[slot, 1] != _U0:
            if slots[slot, 0] == word and signed(slots[slot, 1] & _BYTE) == length:
                item = signed(slots[slot, 1] >> _U8) - 1
                if length <= 8 or _has_same_tail(buffer, position, length, words[item]):
                    break
                item = -1
            slot = (slot + 1) & mask
        if item < 0 or seen[item] == stamp:
            return position, listed, False
        after = buffer[position + length]
        if after != 0x20 and after not in _ENDS:
            return position, listed, False
        seen[item] = stamp
        order[listed] = item
        listed += 1
        position += length
        if after != 0x20:
            return position, listed, True
        position += 1


@kernel
def _has_same_tail(buffer: ByteArray, start: int, length: int, words: WordArray) -> bool:
    """Compare all bytes but the first eight."""
    offset = 8
    while offset < length:
        if _masked_word(buffer, start + offset, length - offset) != words[offset >> 3]:
            return False
        offset += 8
    return True


@kernel
def _fill(buffer: ByteArray, lengths: IntArray, slots: WordArray, words: WordArray, shift: int) -> None:
    """Insert ids that lie at distances of 64 bytes; they are distinct."""
    mask = (1 << (64 - shift)) - 1
    for position in range(len(lengths)):
        start = position * 64
        for word in range(8):
            words[position, word] = load_word(buffer, start + 8 * word)
        slot = signed(_hash(buffer, start, lengths[position]) >> np.uint64(shift))
        while slots[slot, 1] != _U0:
            slot = (slot + 1) & mask
        slots[slot, 0] = words[position, 0]
        slots[slot, 1] = np.uint64(((position + 1) << 8) | lengths[position])


def build_table(sets: Iterable[Sequence[str]]) -> IdTable:
    """Build the hash tables of several sets of distinct ids of at most 64 bytes each."""
    encoded = [np.array([name.encode() for name in names], dtype=f"S{MAX_ID_BYTES}") for names in sets]
    sizes = np.array([len(names) for names in encoded], dtype=np.int64)
    # At most half of the slots are taken, so that chains stay short whatever a file asks for.
    bits = np.array([max(1, (2 * int(size) - 1).bit_length()) for size in sizes], dtype=np.int64)
    slots = np.zeros((int((1 << bits).sum()), 2), dtype=np.uint64)
    words = np.zeros((int(sizes.sum()), WORDS), dtype=np.uint64)
    first_slot = np.cumsum(1 << bits) - (1 << bits)
    first_id = np.cumsum(sizes) - sizes
    for names, size, bit, slot, start in zip(encoded, sizes, bits, first_slot, first_id, strict=True):
        buffer = np.zeros(int(size) * MAX_ID_BYTES + PADDING, dtype=np.uint8)
        buffer[: int(size) * MAX_ID_BYTES] = names.view(np.uint8)
        lengths = np.char.str_len(names).astype(np.int64)
        _fill(buffer, lengths, slots[slot : slot + (1 << bit)], words[start : start + size], int(64 - bit))
    return IdTable(slots, words, first_slot, 64 - bits, first_id, sizes)
