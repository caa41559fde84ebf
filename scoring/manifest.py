"""List the images of a test set without any label: what a participant needs to name them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np

from scoring.errors import ManifestError, TableError
from scoring.tables import ROLES, Table, read_table, row_problems

COLUMNS: Final = ("track", "role", "image_id")


@dataclass(frozen=True)
class Manifest:
    """Hold the query and gallery ids of every track in their published order.

    The order of the rows inside (track, role) is the index order. Query ids are unique over all tracks, gallery ids
    within their track.
    """

    _queries: Mapping[str, tuple[str, ...]]
    _gallery: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, file: BinaryIO) -> Manifest:
        """Read CSV (plain or .gz) or Parquet with the columns track, role, image_id; others are ignored.

        Raises
        ------
        ManifestError
            Lists every problem.
        """
        try:
            table = read_table(file, COLUMNS)
        except TableError as error:
            raise ManifestError(error.problems) from error
        problems = row_problems(table)
        if problems:
            raise ManifestError(problems)
        return cls.from_table(table)

    @classmethod
    def from_table(cls, table: Table) -> Manifest:
        """Take the images of a table whose rows are known to be right."""
        ids = np.array(table.strings("image_id"), dtype=object)
        rows = rows_by_track(table)
        return cls(*({track: tuple(ids[index[role]]) for track, index in rows.items()} for role in ROLES))

    @property
    def tracks(self) -> tuple[str, ...]:
        """Return the tracks in the order of their first rows."""
        return tuple(self._queries)

    @property
    def n_queries(self) -> int:
        """Return the number of queries of all tracks."""
        return sum(len(ids) for ids in self._queries.values())

    def n_gallery(self, track: str) -> int:
        """Return the number of gallery items of a track."""
        return len(self._gallery[track])

    def queries(self, track: str) -> Sequence[str]:
        """Return the query ids of a track in index order."""
        return self._queries[track]

    def gallery(self, track: str) -> Sequence[str]:
        """Return the gallery ids of a track in index order."""
        return self._gallery[track]

    def only(self, track: str) -> Manifest:
        """Return the images of one track alone."""
        return Manifest({track: self._queries[track]}, {track: self._gallery[track]})

    def write(self, file: BinaryIO) -> None:
        """Write the canonical CSV: tracks in order, queries before gallery, LF line ends."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for track in self.tracks:
            writer.writerows((track, "query", image) for image in self._queries[track])
            writer.writerows((track, "gallery", image) for image in self._gallery[track])
        file.write(text.getvalue().encode())


def rows_by_track(table: Table) -> dict[str, dict[str, np.ndarray[tuple[int], np.dtype[np.intp]]]]:
    """Return for each track, in order of first appearance, the row numbers of each role in the order of the file."""
    encoded = table.columns["track"].dictionary_encode()
    track_codes = encoded.indices.to_numpy(zero_copy_only=False)
    roles = table.columns["role"].to_numpy(zero_copy_only=False)
    is_role = {role: roles == role for role in ROLES}
    return {
        track: {role: np.flatnonzero((track_codes == code) & is_role[role]) for role in ROLES}
        for code, track in enumerate(encoded.dictionary.to_pylist())
    }
