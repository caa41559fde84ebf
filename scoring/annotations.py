"""Hold the ground truth of a test set: who is on every image, which camera took it, which split it is in."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from scoring.errors import AnnotationsError, TableError
from scoring.manifest import Manifest, rows_by_track
from scoring.tables import Table, is_repeated, read_table, row_problems

REQUIRED: Final = ("track", "role", "image_id", "pid", "camid")
SPLITS: Final = ("public", "private")
#: The jackknife's whole-number sums hold this many queries (2^63 / 2^44); ten times the largest benchmark's.
MAX_QUERIES: Final = 500_000
IntArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Column:
    """Hold one column as whole numbers.

    Attributes
    ----------
    codes : intp array of shape (n_rows,)
        Index into `values`.
    values : tuple of str
        The distinct values in the order of their first rows.
    """

    codes: IntArray
    values: tuple[str, ...]


@dataclass(frozen=True)
class Annotations:
    """Hold the ground truth by row; row order inside (track, role) is the index order.

    Attributes
    ----------
    manifest : Manifest
        The same images without labels.
    columns : mapping of str to Column
        All columns of the file but track, role and image_id, and always `split` and `cluster`.
    rows : mapping of track to mapping of role to intp array
        The rows of each track and role in index order.
    sha256 : str
        Of the bytes that were read.
    """

    manifest: Manifest
    columns: Mapping[str, Column]
    rows: Mapping[str, Mapping[str, IntArray]]
    sha256: str

    @classmethod
    def read(cls, file: BinaryIO) -> Annotations:
        """Read CSV (plain or .gz) or Parquet with the columns track, role, image_id, pid, camid and any others.

        `split` of the queries is public or private, public when empty or left out; one identity has one split over all
        tracks. `cluster` groups identities that are sampled together; it is the identity itself
        when empty or left out.

        Raises
        ------
        AnnotationsError
            Lists every problem.
        """
        content = file.read()
        try:
            table = read_table(io.BytesIO(content), REQUIRED)
        except TableError as error:
            raise AnnotationsError(error.problems) from error
        problems = row_problems(table)
        if not problems:
            table = _completed(table)
            problems = _label_problems(table)
        if problems:
            raise AnnotationsError(problems)
        columns = {name: _column(values) for name, values in table.columns.items() if name not in ("track", "role")}
        return cls(Manifest.from_table(table), columns, rows_by_track(table), hashlib.sha256(content).hexdigest())

    @property
    def identities(self) -> frozenset[str]:
        """Return the identities that occur in the gallery of any track."""
        column = self.columns["pid"]
        return frozenset(
            column.values[code] for roles in self.rows.values() for code in np.unique(column.codes[roles["gallery"]])
        )

    def summary(self) -> dict[str, object]:
        """Count queries, gallery items and identities: in all, per track, and per split of each track."""
        pid, split = self.columns["pid"].codes, self.columns["split"]
        tracks = {}
        for track, roles in self.rows.items():
            queries, gallery = roles["query"], roles["gallery"]
            parts = {}
            for name in SPLITS:
                part = queries[np.isin(split.codes[queries], _codes_of(split, name))]
                parts[name] = {"queries": len(part), "identities": len(np.unique(pid[part]))}
            tracks[track] = {
                "queries": len(queries),
                "gallery": len(gallery),
                "identities": len(np.unique(pid[np.concatenate([queries, gallery])])),
                "splits": parts,
            }
        return {"rows": len(pid), "identities": len(np.unique(pid)), "tracks": tracks}


def _codes_of(column: Column, value: str) -> list[int]:
    return [code for code, known in enumerate(column.values) if known == value]


def _column(values: pa.Array) -> Column:
    encoded = values.dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.intp)
    return Column(codes, tuple(encoded.dictionary.to_pylist()))


def _completed(table: Table) -> Table:
    """Add the optional columns with their defaults."""
    columns = dict(table.columns)
    split = columns.get("split", pa.array([""] * len(columns["pid"]), pa.string()))
    columns["split"] = pc.if_else(pc.equal(split, ""), "public", split)
    cluster = columns.get("cluster", columns["pid"])
    columns["cluster"] = pc.if_else(pc.equal(cluster, ""), columns["pid"], cluster)
    return Table(columns, table.first_line)


def _label_problems(table: Table) -> list[str]:
    """Return one sentence for each rule that labels break."""
    problems = []
    for name in ("pid", "camid"):
        empty = _as_bool(pc.equal(table.columns[name], ""))
        if empty.any():
            problems.append(f"The {name} is empty on {table.lines(empty)}.")
    too_long = _as_bool(pc.greater(pc.binary_length(table.columns["pid"]), 64))
    if too_long.any():
        problems.append(f"The pid is longer than 64 bytes on {table.lines(too_long)}.")
    is_query = _as_bool(pc.equal(table.columns["role"], "query"))
    wrong = is_query & ~_as_bool(pc.is_in(table.columns["split"], value_set=pa.array(SPLITS, pa.string())))
    if wrong.any():
        problems.append(f'The split must be "public" or "private" on {table.lines(wrong)}.')
    if is_query.sum() > MAX_QUERIES:
        problems.append(f"There are {is_query.sum():,} queries; at most {MAX_QUERIES:,} can be scored at once.")
    problems += _one_per_identity(table, "split", is_query)
    return problems + _one_per_identity(table, "cluster", np.ones_like(is_query))


def _one_per_identity(table: Table, name: str, counted: npt.NDArray[np.bool_]) -> list[str]:
    """Check that an identity has one value of a column over the counted rows."""
    pids = table.columns["pid"].filter(pa.array(counted))
    pairs = pc.binary_join_element_wise(pids, table.columns[name].filter(pa.array(counted)), "\t")
    new_pair = ~is_repeated(pairs)
    second = np.zeros(len(counted), dtype=np.bool_)
    second[counted] = new_pair & is_repeated(pids)
    if not second.any():
        return []
    return [f"The {name} differs from that of the same identity on an earlier line on {table.lines(second)}."]


def _as_bool(values: pa.Array) -> npt.NDArray[np.bool_]:
    converted: npt.NDArray[np.bool_] = values.to_numpy(zero_copy_only=False)
    return converted
