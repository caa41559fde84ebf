"""Read what scoring left of each query and lay the entries of one board beside each other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scoring.annotations import SPLITS, Annotations
from scoring.draws import query_rows
from scoring.errors import ComparisonError
from scoring.metrics import values_of_queries
from scoring.metrics.definition import LABELS, RANKINGS, Found
from scoring.protocol import Protocol
from scoring.result import Result
from scoring.tables import parquet_table

ALL: Final = "all"
_CMC: Final = re.compile(r"rank-([1-9][0-9]{0,8})")
_CUT: Final = re.compile(r"mAP@([1-9][0-9]{0,8})")

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Entry:
    """Hold the per-query results of one submission and what they were computed under.

    Attributes
    ----------
    annotations_sha256, protocol_hash : str
        Of the ground truth and the protocol, as in the submission's `Result`.
    columns : mapping of column to array of shape (n_queries,)
        As in `Result.per_query`.
    """

    annotations_sha256: str
    protocol_hash: str
    columns: Mapping[str, npt.NDArray[Any]]

    @classmethod
    def of(cls, result: Result) -> Entry:
        """Take the per-query results of a submission that was just scored."""
        return cls(result.annotations_sha256, result.protocol_hash, result.per_query)

    @classmethod
    def read(cls, file: BinaryIO, *, annotations_sha256: str, protocol_hash: str) -> Entry:
        """Read what `Result.write_per_query` wrote; the two hashes stand in the result's JSON.

        Raises
        ------
        ComparisonError
            ``unreadable`` when the file is no Parquet table.
        """
        try:
            table = parquet_table(file.read())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
            raise ComparisonError("unreadable", f"The per-query results cannot be read: {error}.") from error
        columns = {name: np.asarray(table.column(name).to_numpy()) for name in table.column_names}
        return cls(annotations_sha256, protocol_hash, columns)

    def values(self, metric: str) -> FloatArray:
        """Return each query's value of a metric, a fraction in [0, 1], better when higher.

        Raises
        ------
        ComparisonError
            ``unknown_metric`` when the results do not hold it.
        """
        if metric in self.columns:
            return self.columns[metric].astype(np.float64)
        try:
            found = self._found(metric)
        except KeyError as error:
            raise ComparisonError("unreadable", f"The per-query results lack the column {error}.") from error
        values = values_of_queries(found).get(metric)
        if values is None or (found.family == RANKINGS and found.depth is None and not self._has(metric)):
            raise ComparisonError("unknown_metric", f'The per-query results hold no "{metric}".')
        return values

    def _found(self, metric: str) -> Found:
        """Return what scoring found, as the definitions of metrics take it."""
        columns, relevant = self.columns, self.columns["relevant"]
        if "right" in columns:
            right = columns.get("right_rank", columns["right"]).astype(np.int64)
            rank, values = _CMC.fullmatch(metric), np.zeros(len(relevant))
            return Found(
                family=LABELS,
                depth=int(rank[1]) if rank and "right_rank" in columns else 1,
                relevant=relevant,
                first=right,
                last=right,
                found=right,
                average_precision=values,
                inverse_negative_penalty=values,
            )
        cut = _CUT.fullmatch(metric)
        return Found(
            family=RANKINGS,
            depth=int(cut[1]) if cut else None,
            relevant=relevant,
            first=columns["first_match_rank"],
            last=columns["last_match_rank"],
            found=columns["found"],
            average_precision=columns["ap"].astype(np.float64),
            inverse_negative_penalty=columns["inp"].astype(np.float64),
        )

    def _has(self, metric: str) -> bool:
        """Tell whether a metric that may be one of full rankings alone exists: every match was listed, or none is needed."""
        is_full = np.array_equal(self.columns["found"], self.columns["relevant"])
        return is_full or metric.startswith("rank-")


@dataclass(frozen=True)
class Ground:
    """Say for every query of a test set whether it counts, and for whom.

    Attributes
    ----------
    query_track, query_draw, query_unit : int64 arrays of shape (n_results,)
        One result per query; under `resplit` one per draw and query that is asked in it. Units are numbered in the order
        of their names, so that no order of rows matters.
    is_public, counted : bool arrays of shape (n_results,)
        Whether a query is in the public part, and whether it counts.
    query_row : int64 array of shape (n_results,)
        The query's row in the annotations.
    aggregate : str
        ``micro`` or ``macro``: the protocol's.
    annotations_sha256, protocol_hash : str
    """

    query_track: IntArray
    query_draw: IntArray
    query_unit: IntArray
    is_public: BoolArray
    counted: BoolArray
    query_row: IntArray
    aggregate: str
    annotations_sha256: str
    protocol_hash: str

    def chosen(self, split: str) -> BoolArray:
        """Mark the queries that count in a split.

        Raises
        ------
        ComparisonError
            ``unknown_split``, or ``no_queries`` when none counts there.
        """
        if split not in (*SPLITS, ALL):
            raise ComparisonError("unknown_split", f'"{split}" is no split; there are public, private and all.')
        part = np.ones_like(self.is_public) if split == ALL else self.is_public == (split == SPLITS[0])
        if not (part & self.counted).any():
            raise ComparisonError("no_queries", f"No query counts in the split {split}.")
        return part & self.counted


def lay_ground(annotations: Annotations, protocol: Protocol, entries: Sequence[Entry]) -> Ground:
    """Check that entries belong to one board and return where its queries belong.

    Raises
    ------
    ComparisonError
        ``other_ground_truth`` or ``other_protocol`` when an entry was scored under another one; ``other_queries`` when
        its table has other queries all the same.
    """
    for number, entry in enumerate(entries, 1):
        if entry.annotations_sha256 != annotations.sha256:
            raise ComparisonError("other_ground_truth", f"Entry {number} was scored on another ground truth.")
        if entry.protocol_hash != protocol.hash:
            raise ComparisonError("other_protocol", f"Entry {number} was scored under another protocol.")
    asked = _asked(annotations, entries)
    rows = query_rows(annotations)[asked]
    sizes = [len(annotations.manifest.queries(track)) for track in annotations.manifest.tracks]
    cluster, split = annotations.columns["cluster"], annotations.columns["split"]
    rank = np.empty(len(cluster.values), dtype=np.int64)
    rank[np.array(sorted(range(len(rank)), key=cluster.values.__getitem__), dtype=np.int64)] = np.arange(len(rank))
    first = entries[0].columns
    valid = first["valid"].astype(np.bool_)
    return Ground(
        query_track=np.repeat(np.arange(len(sizes)), sizes).astype(np.int64)[asked],
        query_draw=first.get("draw", np.ones(len(rows), dtype=np.int64)) - 1,
        query_unit=rank[cluster.codes[rows]],
        is_public=np.array([value == SPLITS[0] for value in split.values])[split.codes[rows]],
        counted=np.ones_like(valid) if protocol.no_match == "zero" else valid,
        query_row=rows,
        aggregate=protocol.aggregate,
        annotations_sha256=annotations.sha256,
        protocol_hash=protocol.hash,
    )


def _asked(annotations: Annotations, entries: Sequence[Entry]) -> IntArray:
    """Return the number of the query of each result, the same for all entries."""
    numbers = np.arange(annotations.manifest.n_queries)
    tracks = annotations.manifest.tracks
    names = np.array([query for track in tracks for query in annotations.manifest.queries(track)])
    for number, entry in enumerate(entries, 1):
        found = [entry.columns.get(name, ()) for name in ("query_id", "valid", "draw")]
        first = [entries[0].columns.get(name, ()) for name in ("query_id", "valid", "draw")]
        if not all(np.array_equal(one, other) for one, other in zip(found, first, strict=True)):
            raise ComparisonError("other_queries", f"The table of entry {number} has other queries than the first.")
    asked = entries[0].columns.get("query_id", np.zeros(0)).astype(str)
    if "draw" not in entries[0].columns:
        if np.array_equal(asked, names):
            return numbers
    elif np.isin(asked, names).all():
        order = np.argsort(names)
        return order[np.searchsorted(names[order], asked)].astype(np.int64)
    raise ComparisonError("other_queries", "The tables of the entries have other queries than the test set.")
