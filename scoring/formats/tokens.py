"""Look ids up without building strings: tables in which every id has a slot of its own.

The hash of an id names a bucket and a slot; the bucket's displacement is added to the slot, bit by bit, and was chosen so that
no two ids share one (hash and displace). A look-up therefore looks at exactly one slot and compares eight bytes: no chain
has to be walked, and the processor has no branch to guess. Files decide nothing here: the ids are those of the ground truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.formats.words import SPAN, ByteArray, load_word, masked_word, signed, stop_bits, trailing_zeros
from scoring.native import borrowing, borrowing_inlined, kernel

MAX_ID_BYTES: Final = 64
WORDS: Final = MAX_ID_BYTES // 8

WordArray = npt.NDArray[np.uint64]
IntArray = npt.NDArray[np.int64]

_ALL: Final = np.uint64(0xFFFFFFFFFFFFFFFF)
_U0: Final = np.uint64(0)
_U1: Final = np.uint64(1)
_U7: Final = np.uint64(7)
_U32: Final = np.uint64(32)
#: Which bits of a hash name the bucket: below those that name the slot, above those that few bytes of an id reach.
_BUCKET_SHIFT: Final = np.uint64(24)
#: Bytes of ids are below 0x80, so no word of an id of up to eight bytes has this bit.
_LONG: Final = np.uint64(0x80)
#: Line feed, carriage return, quote, comma: what may follow the last id of a field.
_ENDS: Final = (0x0A, 0x0D, 0x22, 0x2C)
_SPACE: Final = 0x20
_GOLDEN: Final = 0x9E3779B97F4A7C15
_TRIES: Final = 256
_DISPLACEMENTS: Final = 1 << 16


class IdTable(NamedTuple):
    """Hold the hash tables of several sets of ids one behind another.

    Attributes
    ----------
    keys : uint64 array of shape (n_slots,)
        The id where it has up to eight bytes, else its hash; 0 for an empty slot.
    items : int32 array of shape (n_slots,)
        Position of the id in its set.
    displacements : uint16 array of shape (n_buckets,)
    words : uint64 array of shape (n_ids, 8)
        The ids, padded with zeros.
    multipliers : uint64 array of shape (n_sets,)
        What the hash of a set multiplies with.
    first_slot, bits, first_bucket, buckets, first_id, size : int64 arrays of shape (n_sets,)
        Where a set's slots begin and the logarithm of their number; where its buckets begin and their number; where its words
        begin and how many ids it has.
    """

    keys: WordArray
    items: npt.NDArray[np.int32]
    displacements: npt.NDArray[np.uint16]
    words: WordArray
    multipliers: WordArray
    first_slot: IntArray
    bits: IntArray
    first_bucket: IntArray
    buckets: IntArray
    first_id: IntArray
    size: IntArray


class Set(NamedTuple):
    """Hold the part of an `IdTable` that belongs to one set."""

    keys: WordArray
    items: npt.NDArray[np.int32]
    displacements: npt.NDArray[np.uint16]
    words: WordArray
    multiplier: np.uint64
    shift: np.uint64


@borrowing_inlined
def _hash(word: np.uint64, multiplier: np.uint64) -> np.uint64:
    """Hash eight bytes, one to one: the upper half is folded down first, since products carry upwards only."""
    return (word ^ (word >> _U32)) * multiplier


@borrowing_inlined
def _slot(hashed: np.uint64, shift: np.uint64, displacements: npt.NDArray[np.uint16]) -> np.uint64:
    """Return the only slot where an id of this hash can be."""
    bucket = (hashed >> _BUCKET_SHIFT) & np.uint64(len(displacements) - 1)
    return (hashed >> shift) ^ np.uint64(displacements[bucket])


@borrowing
def _long_key(buffer: ByteArray, start: int, length: int, multiplier: np.uint64) -> np.uint64:
    """Return the key of an id of more than eight bytes."""
    value = _hash(load_word(buffer, start), multiplier)
    offset = 8
    while offset < length:
        value = _hash(value ^ masked_word(buffer, start + offset, length - offset), multiplier)
        offset += 8
    return value | _LONG


@borrowing
def _find_long(buffer: ByteArray, start: int, length: int, ids: Set) -> int:
    """Return the position of an id of more than eight bytes, or -1."""
    if length > MAX_ID_BYTES:
        return -1
    key = _long_key(buffer, start, length, ids.multiplier)
    slot = _slot(_hash(key, ids.multiplier), ids.shift, ids.displacements)
    if ids.keys[slot] != key:
        return -1
    item = int(ids.items[slot])
    for word in range(WORDS):
        if masked_word(buffer, start + 8 * word, length - 8 * word) != ids.words[item, word]:
            return -1
    return item


@borrowing_inlined
def borrowed_set(table: IdTable, which: int) -> Set:
    """Take one set out of a table, on loan: whoever calls this borrows as well."""
    slot, bucket, first = table.first_slot[which], table.first_bucket[which], table.first_id[which]
    slots = 1 << table.bits[which]
    return Set(
        table.keys[slot : slot + slots],
        table.items[slot : slot + slots],
        table.displacements[bucket : bucket + table.buckets[which]],
        table.words[first : first + table.size[which]],
        table.multipliers[which],
        np.uint64(64 - table.bits[which]),
    )


@borrowing
def find_id(buffer: ByteArray, start: int, length: int, ids: Set) -> int:
    """Return the position of an id in a set, or -1."""
    # Keys are padded with NUL, so an id that ends with one would pass for the id without it.
    if length < 1 or buffer[start + length - 1] == 0:
        return -1
    if length > 8:
        return _find_long(buffer, start, length, ids)
    word = masked_word(buffer, start, length)
    slot = _slot(_hash(word, ids.multiplier), ids.shift, ids.displacements)
    if ids.keys[slot] != word:
        return -1
    return int(ids.items[slot])


class Row(NamedTuple):
    """Hold what has been listed of a row.

    Attributes
    ----------
    seen : uint8 array
        Items that the row has listed: those whose entry equals the stamp.
    stamp : int
    order : int32 array
        The items listed so far.
    """

    seen: ByteArray
    stamp: np.uint8
    order: npt.NDArray[np.int32]


@borrowing
def read_known_ids(buffer: ByteArray, position: int, ids: Set, row: Row, listed: int) -> tuple[int, int, bool]:
    """Read ids as long as they are known, new, and separated by single spaces: the inner loop of every ranking.

    Returns
    -------
    tuple
        Where reading stopped, the number of items listed by then, and whether an id ends there (else one begins that
        needs a closer look).
    """
    keys, items, displacements = ids.keys, ids.items, ids.displacements
    multiplier, shift = ids.multiplier, ids.shift
    seen, stamp, order = row.seen, row.stamp, row.order
    # Indices without a sign spare the test for negative ones.
    count, start, base = np.uint64(listed), position, position
    while True:
        stops = stop_bits(buffer, base)
        while stops != _U0:
            end = base + signed(trailing_zeros(stops))
            stops &= stops - _U1
            length = end - start
            word = load_word(buffer, start) & (_ALL >> np.uint64((64 - 8 * length) & 63))
            if np.uint64(length) - _U1 > _U7:
                found = _find_long(buffer, start, length, ids) if length > 8 else -1
                if found < 0:
                    return start, signed(count), False
                item = np.uint64(found)
            else:
                slot = _slot(_hash(word, multiplier), shift, displacements)
                if keys[slot] != word:
                    return start, signed(count), False
                item = np.uint64(items[slot])
            after = buffer[end]
            if seen[item] == stamp or (after != _SPACE and after not in _ENDS):
                return start, signed(count), False
            seen[item] = stamp
            order[count] = item
            count += _U1
            if after != _SPACE:
                return end, signed(count), True
            start = end + 1
        base += SPAN


@kernel
def _keys_of(buffer: ByteArray, lengths: IntArray, multiplier: np.uint64) -> WordArray:
    """Return the keys of ids that lie at distances of 64 bytes."""
    keys = np.zeros(len(lengths), dtype=np.uint64)
    for position in range(len(lengths)):
        start, length = position * MAX_ID_BYTES, lengths[position]
        if length > 8:
            keys[position] = _long_key(buffer, start, length, multiplier)
        else:
            keys[position] = masked_word(buffer, start, length)
    return keys


@kernel
def _displacement(slots: IntArray, number: int, taken: npt.NDArray[np.bool_]) -> int:
    """Return the first displacement that leads all ids of a bucket to free slots, or -1."""
    for one in range(number):
        for other in range(one):
            if slots[one] == slots[other]:
                return -1
    for displacement in range(min(len(taken), _DISPLACEMENTS)):
        free = True
        for which in range(number):
            free = free and not taken[slots[which] ^ displacement]
        if free:
            return displacement
    return -1


@kernel
def _place(
    keys: WordArray, multiplier: np.uint64, shift: int, displacements: npt.NDArray[np.uint16], slot_of: IntArray
) -> bool:
    """Give every key a slot, the largest buckets first; return False when this multiplier cannot."""
    taken = np.zeros(1 << (64 - shift), dtype=np.bool_)
    bucket_of = np.zeros(len(keys), dtype=np.int64)
    for position in range(len(keys)):
        bucket = (_hash(keys[position], multiplier) >> _BUCKET_SHIFT) & np.uint64(len(displacements) - 1)
        bucket_of[position] = signed(bucket)
    members = np.argsort(bucket_of)
    ends = np.cumsum(np.bincount(bucket_of, minlength=len(displacements)))
    sizes = np.diff(ends)
    sizes = np.concatenate((ends[:1], sizes))
    slots = np.zeros(max(1, sizes.max()), dtype=np.int64)
    for bucket in np.argsort(-sizes):
        number = sizes[bucket]
        if number == 0:
            break
        first = ends[bucket] - number
        for which in range(number):
            slots[which] = signed(_hash(keys[members[first + which]], multiplier) >> np.uint64(shift))
        displacement = _displacement(slots, number, taken)
        if displacement < 0:
            return False
        displacements[bucket] = displacement
        for which in range(number):
            taken[slots[which] ^ displacement] = True
            slot_of[members[first + which]] = slots[which] ^ displacement
    return True


def _build(names: npt.NDArray[np.bytes_]) -> Set:
    """Build the table of one set of distinct ids.

    Notes
    -----
    A multiplier fails with a probability of about one half, by two ids of one bucket that share a slot; the next one is
    tried, and after some failures with twice the slots. All of it is a function of the ids alone.
    """
    size = len(names)
    buffer = np.zeros((size + 1) * MAX_ID_BYTES + SPAN, dtype=np.uint8)
    buffer[: size * MAX_ID_BYTES] = names.view(np.uint8)
    words = buffer[: size * MAX_ID_BYTES].view(np.uint64).reshape(size, WORDS).copy()
    lengths = np.char.str_len(names).astype(np.int64)
    bits = max(2, (size + size // 4).bit_length())
    for attempt in range(_TRIES):
        bits += attempt > 0 and attempt % 16 == 0
        multiplier = np.uint64(((2 * attempt + 1) * _GOLDEN) & 0xFFFFFFFFFFFFFFFF)
        keys = _keys_of(buffer, lengths, multiplier)
        displacements = np.zeros(1 << (bits - 2), dtype=np.uint16)
        slot_of = np.zeros(size, dtype=np.int64)
        if _place(keys, multiplier, 64 - bits, displacements, slot_of):
            slots, items = np.zeros(1 << bits, dtype=np.uint64), np.zeros(1 << bits, dtype=np.int32)
            slots[slot_of], items[slot_of] = keys, np.arange(size)
            return Set(slots, items, displacements, words, multiplier, np.uint64(64 - bits))
    raise ValueError("ids of one set are not distinct")


def build_table(sets: Iterable[Sequence[str]]) -> IdTable:
    """Build the hash tables of several sets of distinct ids of at most 64 bytes each.

    Raises
    ------
    ValueError
        When two ids of a set are equal.
    """
    parts = [_build(np.array([name.encode() for name in names], dtype=f"S{MAX_ID_BYTES}")) for names in sets]
    slots, buckets, sizes = (
        np.array([len(getattr(part, name)) for part in parts], dtype=np.int64)
        for name in ("keys", "displacements", "words")
    )
    return IdTable(
        keys=np.concatenate([part.keys for part in parts]),
        items=np.concatenate([part.items for part in parts]),
        displacements=np.concatenate([part.displacements for part in parts]),
        words=np.concatenate([part.words for part in parts]),
        multipliers=np.array([part.multiplier for part in parts], dtype=np.uint64),
        first_slot=np.cumsum(slots) - slots,
        bits=np.log2(slots).astype(np.int64),
        first_bucket=np.cumsum(buckets) - buckets,
        buckets=buckets,
        first_id=np.cumsum(sizes) - sizes,
        size=sizes,
    )
