"""Read embeddings from a Parquet table: columns ``role`` (query or gallery), ``image_id``, ``embedding`` (a list of floats)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from scoring.formats.container import RefusedError
from scoring.formats.description import Limits
from scoring.formats.excerpts import shown
from scoring.formats.tokens import MAX_ID_BYTES
from scoring.vectors.footer import read_chunks
from scoring.vectors.ids import ROLES
from scoring.vectors.parts import BLOCK_BYTES, MAX_DIMENSIONS, Part, Parts

COLUMNS: Final = ("role", "image_id", "embedding")
_NAME: Final = "The table"
#: A number of a vector, at least.
_LEAST_BYTES: Final = 2
_ERRORS: Final = (pa.ArrowException, OSError, ValueError, OverflowError, KeyError)


def read_parquet(file: BinaryIO, size: int, limits: Limits) -> Parts:
    """Open a table of `size` bytes; the columns of ids are read now, the vectors batch by batch.

    Raises
    ------
    RefusedError
        When the table is damaged, lacks a column, expands too far, or its vectors are no lists of floats of one length.
    """
    file.seek(0)
    try:
        table = pyarrow.parquet.ParquetFile(file, pre_buffer=False)
        names = table.schema_arrow.names
        missing = [name for name in COLUMNS if name not in names]
        if missing:
            raise RefusedError("missing_arrays", missing=missing, found=names)
        if table.metadata.num_rows > limits.max_rows:
            raise RefusedError("too_many_rows", limit=limits.max_rows)
        _check_expansion(file, table.schema, size, limits)
        kind = table.schema_arrow.field("embedding").type
        # Texts stay what they are in the file: numbers of the entries of a dictionary, however long these are.
        again = pyarrow.parquet.ParquetFile(file, pre_buffer=False, read_dictionary=list(COLUMNS[:2]))
        texts = again.read(columns=list(COLUMNS[:2]), use_threads=False)
        texts.validate(full=True)  # Numbers of entries that the dictionary lacks, say.
        roles, ids = (_texts(texts.column(name)) for name in COLUMNS[:2])
    except _ERRORS as error:
        raise RefusedError("wrong_array", name=_NAME, reason="it is no readable Parquet") from error
    if not _is_list(kind) or kind.value_type not in (pa.float16(), pa.float32()):
        raise RefusedError(
            "wrong_dtype", name="embedding", found=shown(f"type {kind}"[:80].encode()), wanted=("<f2", "<f4")
        )
    if not set(roles) <= set(ROLES) or None in ids:
        raise RefusedError(
            "wrong_array", name=_NAME, reason='a role is neither "query" nor "gallery", or an id is missing'
        )
    chosen = {role: np.array([one == role for one in roles], np.bool_) for role in ROLES}
    dtype = "<f2" if kind.value_type == pa.float16() else "<f4"
    dimensions = _dimensions(table)
    return {
        role: Part(
            [str(name) for name, is_one in zip(ids, chosen[role].tolist(), strict=True) if is_one],
            dimensions,
            dtype,
            partial(_rows, table, chosen[role], dimensions),
        )
        for role in ROLES
    }


def _check_expansion(file: BinaryIO, schema: pa.parquet.ParquetSchema, size: int, limits: Limits) -> None:
    """Refuse a table that says itself that it expands too far: few bytes can stand for any amount of equal numbers."""
    own = [at for at in range(len(schema)) if schema.column(at).path.split(".")[0] in COLUMNS]
    chunks = [group[at] for group in read_chunks(file, size, len(schema)) for at in own]
    expanded = sum(max(chunk.expanded, _LEAST_BYTES * chunk.values) for chunk in chunks)
    if expanded > limits.max_expanded_bytes:
        raise RefusedError("too_large", limit=limits.max_expanded_bytes, expanded=True)
    if expanded > limits.ratio_free_bytes and expanded > limits.max_ratio * size:
        raise RefusedError("zip_bomb", ratio=limits.max_ratio)


def _texts(column: pa.ChunkedArray) -> list[str | None]:
    """Return texts; of those that are longer than any id, no more than shows it."""
    found: list[str | None] = []
    for chunk in column.chunks:
        parts = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
        words = [None if one is None else str(one)[: MAX_ID_BYTES + 1] for one in parts.dictionary.to_pylist()]
        found += [None if at is None else words[at] for at in parts.indices.to_pylist()]
    return found


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _batches(table: pa.parquet.ParquetFile, rows: int) -> Iterator[pa.Array]:
    """Yield the vectors in batches; every fault of the file is one error."""
    try:
        for batch in table.iter_batches(batch_size=rows, columns=["embedding"], use_threads=False):
            yield batch.column(0)
    except _ERRORS as error:
        raise RefusedError("wrong_array", name=_NAME, reason="it is damaged") from error


def _dimensions(table: pa.parquet.ParquetFile) -> int:
    """Return the length of the first vector."""
    for batch in _batches(table, 1):
        if batch.null_count == 0 and len(batch):
            size = int(pc.list_value_length(batch)[0].as_py() or 0)
            if 1 <= size <= MAX_DIMENSIONS:
                return size
        break
    mend = f"Write vectors of 1 to {MAX_DIMENSIONS:,} numbers in every row."
    raise RefusedError("wrong_array", name="embedding", reason="its first vector is empty or too long", mend=mend)


def _rows(table: pa.parquet.ParquetFile, chosen: npt.NDArray[np.bool_], size: int) -> Iterator[npt.NDArray[Any]]:
    """Yield the vectors of one role."""
    first = 0
    for batch in _batches(table, max(1, BLOCK_BYTES // (4 * size))):
        lengths = pc.list_value_length(batch)
        if batch.null_count or not pc.all(pc.equal(lengths, size), min_count=0).as_py():
            mend = f"Every vector must have as many numbers as the first: {size:,}."
            raise RefusedError("wrong_array", name="embedding", reason="its vectors have different lengths", mend=mend)
        flat = batch.flatten()
        if flat.null_count:
            raise RefusedError("wrong_array", name="embedding", reason="numbers are missing", mend="Fill every vector.")
        rows = flat.to_numpy(zero_copy_only=False).reshape(-1, size)
        is_role = chosen[first : first + len(rows)]
        first += len(rows)
        if is_role.any():
            yield rows[is_role]
    if first != len(chosen):
        raise RefusedError("wrong_array", name=_NAME, reason="its columns have different lengths")
