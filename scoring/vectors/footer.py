"""Read what the footer of a Parquet file says of its columns' sizes, before a byte of them is expanded.

Pyarrow tells the same, but ends the process where the footer contradicts itself (sizes of histograms, say). A footer is a
structure of Thrift's compact protocol (Apache Thrift, "Thrift Compact protocol encoding"); `parquet.thrift` of Apache Parquet
numbers its fields. What is not asked for is stepped over.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Final, NamedTuple

_MAX_BYTES: Final = 16 * 1024 * 1024
_MAX_DEPTH: Final = 16
_MAGIC: Final = b"PAR1"
_TAIL: Final = struct.Struct("<I4s")

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
#: Fields, each with its type: a reader steps over a field of another type.
_ROW_GROUPS: Final = (4, _LIST)
_COLUMNS: Final = (1, _LIST)
_METADATA: Final = (3, _STRUCT)
_VALUES: Final = (5, _I64)
_EXPANDED: Final = (6, _I64)


class Chunk(NamedTuple):
    """Hold what a column chunk says of itself: its values, nulls included, and its bytes without compression."""

    values: int
    expanded: int


def read_chunks(file: BinaryIO, size: int, columns: int) -> list[list[Chunk]]:
    """Return the chunks of each row group of a file of `size` bytes, `columns` of them, in the order of the schema's leaves.

    Raises
    ------
    ValueError
        When the footer is damaged, encrypted or longer than 16 MiB, or lacks a chunk or what it says of itself.
    """
    if size < _TAIL.size:
        raise ValueError("the file is shorter than the end of a Parquet file")
    file.seek(size - _TAIL.size)
    length, magic = _TAIL.unpack(file.read(_TAIL.size))
    if magic != _MAGIC or length > min(_MAX_BYTES, size - _TAIL.size):
        raise ValueError("there is no footer, or it is encrypted or too long")
    file.seek(size - _TAIL.size - length)
    try:
        return _Footer(file.read(length), columns).row_groups()
    except LookupError as error:
        raise ValueError("the footer is damaged") from error


class _Footer:
    """Step through a footer; LookupError where its bytes end too early or a field is missing."""

    def __init__(self, content: bytes, columns: int) -> None:
        self._content = content
        self._columns = columns
        self._at = 0

    def row_groups(self) -> list[list[Chunk]]:
        groups: list[list[Chunk]] = self._fields({_ROW_GROUPS: lambda: self._list(self._row_group)})[_ROW_GROUPS]
        return groups

    def _row_group(self) -> list[Chunk]:
        chunks: list[Chunk] = self._fields({_COLUMNS: lambda: self._list(self._chunk)})[_COLUMNS]
        if len(chunks) != self._columns:
            raise ValueError("a row group has not the columns of the schema")
        return chunks

    def _chunk(self) -> Chunk:
        found = self._fields({_METADATA: lambda: self._fields({_VALUES: self._integer, _EXPANDED: self._integer})})
        chunk = Chunk(found[_METADATA][_VALUES], found[_METADATA][_EXPANDED])
        if min(chunk) < 0:
            raise ValueError("a chunk has a negative size")
        return chunk

    def _fields(
        self, wanted: Mapping[tuple[int, int], Callable[[], Any]], depth: int = 0
    ) -> dict[tuple[int, int], Any]:
        """Return the wanted fields of a structure; of a field that stands twice the last counts."""
        found: dict[tuple[int, int], Any] = {}
        field = 0
        while head := self._byte():
            field = field + (head >> 4) if head >> 4 else self._integer()
            key = field, head & 15
            if key in wanted:
                found[key] = wanted[key]()
            elif key[1] not in (_TRUE, _FALSE):  # A truth value is told by its type.
                self._skip(key[1], depth)
        return found

    def _list(self, read: Callable[[], Any]) -> list[Any]:
        """Return a list of structures."""
        kind, count = self._list_head()
        if kind != _STRUCT:
            raise ValueError("a list of the footer holds no structures")
        return [read() for _ in range(count)]

    def _skip(self, kind: int, depth: int) -> None:
        """Step over a value of a type."""
        if depth > _MAX_DEPTH:
            raise ValueError("the footer is nested too deeply")
        if kind in (_I16, _I32, _I64):
            self._varint()
        elif kind in (_LIST, _SET):
            inner, count = self._list_head()
            for _ in range(count):
                self._skip(inner, depth + 1)
        elif kind == _MAP:
            count = self._varint()
            kinds = self._byte() if count else 0
            for _ in range(count):
                self._skip(kinds >> 4, depth + 1)
                self._skip(kinds & 15, depth + 1)
        elif kind == _STRUCT:
            self._fields({}, depth + 1)
        else:
            self._pass({_TRUE: 1, _FALSE: 1, _BYTE: 1, _DOUBLE: 8}[kind] if kind != _BINARY else self._varint())

    def _list_head(self) -> tuple[int, int]:
        """Return the type and the number of a list's items."""
        head = self._byte()
        return head & 15, self._varint() if head >> 4 == 15 else head >> 4

    def _integer(self) -> int:
        """Return a zigzag integer: 0, -1, 1, -2 …"""
        number = self._varint()
        return (number >> 1) ^ -(number & 1)

    def _varint(self) -> int:
        number = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
        raise ValueError("a number of the footer is too long")

    def _byte(self) -> int:
        self._at += 1
        return self._content[self._at - 1]

    def _pass(self, count: int) -> None:
        self._at += count
        if self._at > len(self._content):
            raise IndexError("the footer ends too early")
