"""Write embeddings and distances as the files that a submission is."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Sequence
from typing import Any, BinaryIO, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet

from scoring.vectors.ids import ROLES

_SAFETENSORS: Final = {"float16": "F16", "float32": "F32"}
#: The earliest date that a zip can hold: equal arrays are equal bytes.
_NO_DATE: Final = (1980, 1, 1, 0, 0, 0)


class Embeddings(NamedTuple):
    """Hold the vectors of one track.

    Attributes
    ----------
    query_ids, gallery_ids : sequence of str
    query, gallery : float16 or float32 arrays of shape (n, d)
    """

    query_ids: Sequence[str]
    query: npt.NDArray[Any]
    gallery_ids: Sequence[str]
    gallery: npt.NDArray[Any]

    def role(self, name: str) -> tuple[Sequence[str], npt.NDArray[Any]]:
        """Return the ids and vectors of ``query`` or ``gallery``."""
        return (self.query_ids, self.query) if name == "query" else (self.gallery_ids, self.gallery)


def write_distances(file: BinaryIO, distances: npt.NDArray[Any]) -> None:
    """Write a matrix as .npy: float64 stays, everything else becomes float32; little-endian, C order.

    Parameters
    ----------
    distances : float array of shape (n_queries, n_gallery)
        Lower is nearer; rows and columns in the published order.
    """
    dtype = "<f8" if distances.dtype == np.float64 else "<f4"
    np.save(file, np.ascontiguousarray(distances, dtype), allow_pickle=False)


def write_npz(file: BinaryIO, embeddings: Embeddings) -> None:
    """Write a NumPy archive whose members are stored and dated alike, so that equal vectors are equal bytes."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for role in ROLES:
            ids, vectors = embeddings.role(role)
            for name, array in ((f"{role}_ids", np.array(list(ids), np.str_)), (role, _vectors(vectors))):
                with archive.open(zipfile.ZipInfo(f"{name}.npy", _NO_DATE), "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)


def write_safetensors(file: BinaryIO, embeddings: Embeddings) -> None:
    """Write a safetensors file with the ids as JSON in its metadata."""
    header: dict[str, Any] = {"__metadata__": {}}
    arrays, at = [], 0
    for role in ROLES:
        ids, vectors = embeddings.role(role)
        array = _vectors(vectors)
        header["__metadata__"][f"{role}_ids"] = json.dumps(list(ids))
        offsets = [at, at + array.nbytes]
        header[role] = {"dtype": _SAFETENSORS[array.dtype.name], "shape": list(array.shape), "data_offsets": offsets}
        arrays.append(array)
        at += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write(struct.pack("<Q", len(text)) + text)
    for array in arrays:
        file.write(array.reshape(-1).view(np.uint8).data)


def write_parquet(file: BinaryIO, embeddings: Embeddings) -> None:
    """Write a table with one row for each image, queries first."""
    arrays = [_vectors(embeddings.role(role)[1]) for role in ROLES]
    kind = pa.list_(pa.float16() if arrays[0].dtype == np.float16 else pa.float32())
    schema = pa.schema([("role", pa.string()), ("image_id", pa.string()), ("embedding", kind)])
    with pyarrow.parquet.ParquetWriter(file, schema) as writer:
        for role, array in zip(ROLES, arrays, strict=True):
            ids = list(embeddings.role(role)[0])
            starts = pa.array(np.arange(len(array) + 1, dtype=np.int32) * array.shape[1])
            vectors = pa.ListArray.from_arrays(starts, pa.array(array.reshape(-1)))
            writer.write_table(pa.table([pa.array([role] * len(ids)), pa.array(ids), vectors], schema=schema))


def _vectors(vectors: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return float16 or float32 in C order, little-endian."""
    return np.ascontiguousarray(vectors, "<f2" if vectors.dtype == np.float16 else "<f4")
