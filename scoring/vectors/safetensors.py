"""Read embeddings from a safetensors file: tensors ``query`` and ``gallery``, ids as JSON in its metadata or as bytes.

The file is 8 bytes of length, a JSON header, and the tensors without gaps. Ids are JSON arrays of strings: the entries
``query_ids`` and ``gallery_ids`` of ``__metadata__``, or tensors of that name and type U8 that hold the same text.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO, Final, NamedTuple

import numpy.typing as npt

from scoring.formats.container import RefusedError
from scoring.formats.excerpts import shown
from scoring.vectors.ids import ROLES, ids_of_json
from scoring.vectors.parts import DTYPES, Part, Parts, check_shape, rows_of

_MAX_HEADER: Final = 32 * 1024 * 1024
_DTYPES: Final = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "BF16": "bfloat16", "U8": "|u1"}
_NAME: Final = "The header"
#: No file is longer.
_MAX_NUMBER: Final = 2**63


class _Tensor(NamedTuple):
    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


def looks_like_safetensors(head: bytes) -> bool:
    """Tell a safetensors file by its first bytes: a length below the allowed one, then an object."""
    return len(head) > 8 and head[8:9] == b"{" and struct.unpack("<Q", head[:8])[0] <= _MAX_HEADER


def read_safetensors(file: BinaryIO, size: int) -> Parts:
    """Open the tensors of a file of `size` bytes.

    Raises
    ------
    RefusedError
        When the header is damaged or an array is missing.
    """
    file.seek(0)
    (length,) = struct.unpack("<Q", file.read(8))
    if 8 + length > size:
        raise RefusedError("truncated_array", name="The file")
    tensors, metadata = _header(file.read(length), size - 8 - length)
    found = [*tensors, *metadata]
    missing = [name for role in ROLES for name in (f"{role}_ids", role) if name not in found]
    missing += [role for role in ROLES if role not in tensors and role not in missing]
    if missing:
        raise RefusedError("missing_arrays", missing=missing, found=sorted(found))
    base, parts = 8 + length, {}
    for role in ROLES:
        name, tensor = f"{role}_ids", tensors[role]
        text = _bytes(file, base, tensors[name], name) if name in tensors else metadata[name]
        ids = ids_of_json(text, name=name)
        if tensor.dtype not in DTYPES:
            raise RefusedError("wrong_dtype", name=role, found=f"type {tensor.dtype}", wanted=DTYPES)
        check_shape(tensor.shape, ids, name=role)
        if tensor.stop - tensor.start != tensor.shape[0] * tensor.shape[1] * int(tensor.dtype[2]):
            raise RefusedError("wrong_array", name=role, reason="its offsets do not fit its shape")
        parts[role] = Part(ids, tensor.shape[1], tensor.dtype, partial(_rows, file, base, tensor, role))
    return parts


def _rows(file: BinaryIO, base: int, tensor: _Tensor, name: str) -> Iterator[npt.NDArray[Any]]:
    file.seek(base + tensor.start)
    yield from rows_of(lambda view: _fill(file, view), tensor.shape, tensor.dtype, name=name)


def _fill(file: BinaryIO, view: memoryview) -> int:
    filled = 0
    while filled < len(view) and (size := file.readinto(view[filled:])):  # type: ignore[attr-defined]
        filled += size
    return filled


def _bytes(file: BinaryIO, base: int, tensor: _Tensor, name: str) -> bytes:
    """Return the text of ids in a tensor of bytes."""
    if tensor.dtype != "|u1" or tensor.stop - tensor.start > _MAX_HEADER:
        raise RefusedError("wrong_dtype", name=name, found=f"type {tensor.dtype}", wanted=("U8",))
    file.seek(base + tensor.start)
    return file.read(tensor.stop - tensor.start)


def _header(text: bytes, data_bytes: int) -> tuple[dict[str, _Tensor], dict[str, str]]:
    """Return tensors and metadata of a header; tensors fill the rest of the file without gaps or overlaps."""
    try:
        entries = json.loads(text, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise RefusedError("wrong_array", name=_NAME, reason="it is damaged JSON") from error
    if not isinstance(entries, dict):
        raise RefusedError("wrong_array", name=_NAME, reason="it is no JSON object")
    metadata = entries.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise RefusedError("wrong_array", name=_NAME, reason="its metadata are no strings")
    tensors = {name: _tensor(name, entry) for name, entry in entries.items()}
    at = 0
    for tensor in sorted(tensors.values(), key=lambda one: (one.start, one.stop)):
        if tensor.start != at:
            raise RefusedError("wrong_array", name=_NAME, reason="tensors overlap or leave gaps")
        at = tensor.stop
    if at > data_bytes:
        raise RefusedError("truncated_array", name="The file")
    if at < data_bytes:
        raise RefusedError("wrong_array", name="The file", reason="it goes on behind its last tensor")
    return tensors, metadata


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _tensor(name: str, entry: object) -> _Tensor:
    if not isinstance(entry, Mapping) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise RefusedError("wrong_array", name=_NAME, reason="a tensor is not described as it must be")
    shape, offsets = entry["shape"], entry["data_offsets"]
    numbers = [*shape, *offsets] if isinstance(shape, list) and isinstance(offsets, list) else [None]
    if (
        any(type(one) is not int or not 0 <= one < _MAX_NUMBER for one in numbers)
        or len(offsets) != 2
        or offsets[0] > offsets[1]
    ):
        raise RefusedError("wrong_array", name=_NAME, reason="a tensor's shape or offsets are no whole numbers")
    dtype = entry["dtype"] if isinstance(entry["dtype"], str) else ""
    found = shown((dtype or f"of {name}")[:64].encode("utf-8", "replace"))
    return _Tensor(_DTYPES.get(dtype, found), tuple(shape), *offsets)
