"""Read embeddings from a NumPy archive: ``query_ids``, ``query``, ``gallery_ids``, ``gallery``; no Python objects."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from scoring.formats.container import Bounded, Received, RefusedError
from scoring.formats.tokens import MAX_ID_BYTES
from scoring.formats.zips import Member, checked, open_zip
from scoring.vectors.ids import ROLES
from scoring.vectors.npy import check_header, dtype_words, read_header
from scoring.vectors.parts import BLOCK_BYTES, DTYPES, MAX_TEXT_BYTES, Part, Parts, check_shape, rows_of
from scoring.vectors.stream import Stream

MEMBERS: Final = tuple(f"{role}{kind}.npy" for role in ROLES for kind in ("_ids", ""))
_TEXT: Final = re.compile(r"<U([0-9]{1,4})|\|S([0-9]{1,4})")


def read_npz(received: Received) -> Parts:
    """Open the four arrays of an archive.

    Raises
    ------
    RefusedError
        When one is missing or no such array.
    """
    archive, entries = open_zip(received)
    named = {entry.filename: entry for entry in entries}
    missing = [name.removesuffix(".npy") for name in MEMBERS if name not in named]
    if missing:
        raise RefusedError("missing_arrays", missing=missing, found=[name.removesuffix(".npy") for name in named])
    opened = _Opened(received, archive, named)
    return {role: opened.part(role) for role in ROLES}


class _Opened:
    """Open the members of one archive; they share what may be expanded."""

    def __init__(self, received: Received, archive: zipfile.ZipFile, named: dict[str, zipfile.ZipInfo]) -> None:
        self._received = received
        self._archive = archive
        self._named = named
        self._spent = [0]

    def part(self, role: str) -> Part:
        ids = self._ids(f"{role}_ids")
        header = read_header(self._stream(role), name=role)
        check_header(header, DTYPES, name=role, dimensions=2)
        check_shape(header.shape, ids, name=role)
        return Part(ids, header.shape[1], header.dtype, partial(self._rows, role))

    def _stream(self, name: str) -> Stream:
        member = Member(self._archive, checked(self._named[f"{name}.npy"]))
        return Stream(Bounded(member, self._received, self._spent))

    def _rows(self, role: str) -> Iterator[npt.NDArray[Any]]:
        stream = self._stream(role)
        header = read_header(stream, name=role)
        yield from rows_of(stream.fill, header.shape, header.dtype, name=role)
        if stream.fill(memoryview(bytearray(1))):
            raise RefusedError("wrong_array", name=role, reason="it goes on behind its last number")

    def _ids(self, name: str) -> list[str]:
        """Read an array of text of fixed width."""
        stream = self._stream(name)
        header = read_header(stream, name=name)
        width = _TEXT.fullmatch(header.dtype)
        if width is None or len(header.shape) != 1:
            found = dtype_words(header.dtype) if width is None else f"{len(header.shape)} dimensions"
            raise RefusedError("wrong_dtype", name=name, found=found, wanted=("one dimension of text of fixed width",))
        size = np.dtype(header.dtype).itemsize
        if size > MAX_TEXT_BYTES or header.shape[0] > self._received.limits.max_rows:
            raise RefusedError("wrong_array", name=name, reason="its ids are too long or too many")
        if size == 0:
            return [""] * header.shape[0]
        ids: list[str] = []
        while len(ids) < header.shape[0]:
            number = min(BLOCK_BYTES // size, header.shape[0] - len(ids))
            ids += _texts(stream.exactly(size * number, name=name), header.dtype, name)
        return ids


def _texts(content: bytes, dtype: str, name: str) -> list[str]:
    """Return the elements of an array of text; of those that are longer than any id, no more than shows it."""
    try:
        found = np.frombuffer(content, dtype).tolist()
    except ValueError as error:
        raise RefusedError("wrong_array", name=name, reason="its text is damaged") from error
    return [
        (one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one))[: MAX_ID_BYTES + 1] for one in found
    ]
