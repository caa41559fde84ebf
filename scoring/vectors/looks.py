"""Warn about distances from the file alone: what no matrix of distances between different people looks like.

Every row is looked at for what is cheap; a few rows, evenly spread, are sorted.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from scoring.vectors.problems import Notes
from scoring.wording import plural

DistanceArray = npt.NDArray[Any]

_SAMPLES: Final = 16
#: A file whose rows mostly say the same is probably wrong, but two or three equal rows are not.
_MIN_ROWS: Final = 8
_TOP: Final = 10
#: Share of a row's items whose distance another item has, too, from which places are mostly those of the gallery list.
_TIED: Final = 0.25
#: Similarities: the far end of a row is this much longer than its near end.
_SKEW: Final = 2.0
_NEGATIVE: Final = 1e-3


class Looks:
    """Collect what the rows of one track look like, in their order."""

    def __init__(self, rows: int, columns: int) -> None:
        self._rows = rows
        self._columns = columns
        self._samples = set(np.unique(np.linspace(0, rows - 1, _SAMPLES).astype(np.int64)).tolist())
        self._first: DistanceArray | None = None
        self._alike = np.arange(columns)
        self._constant: list[int] = []
        self._negative = 0
        self._tops: list[bytes] = []
        self._skewed = 0
        self._tied: list[float] = []
        self._lowest = 0.0
        self._largest = 0.0

    def add(self, first: int, rows: DistanceArray, negative: npt.NDArray[np.int32]) -> None:
        """Look at consecutive rows of finite numbers; `negative` counts the numbers below 0 in each."""
        if self._first is None:
            self._first = rows[0].copy()
        self._alike = self._alike[(rows[:, self._alike] == self._first[self._alike]).all(axis=0)]
        suspects = np.flatnonzero((rows[:, 0] == rows[:, -1]) & (rows[:, 0] == rows[:, self._columns // 2]))
        for at in suspects.tolist():
            if (rows[at] == rows[at, 0]).all():
                self._constant.append(first + at)
        if negative.any():
            self._negative += int(negative.sum())
            self._lowest = min(self._lowest, float(rows.min()))
            self._largest = max(self._largest, float(rows.max()))
        for at in range(len(rows)):
            if first + at in self._samples:
                self._sample(rows[at])

    def warn(self, notes: Notes, track: str, queries: list[str], gallery: list[str]) -> None:
        """Say what was noticed.

        Parameters
        ----------
        queries, gallery : list of str
            Ids of the rows and of the columns.
        """
        if self._columns > 1 and self._constant:
            notes.warn(
                "constant_rows",
                f"{plural(len(self._constant), 'row holds', 'rows hold')} one and the same number throughout, in {track}",
                "Check that these queries were read; their order is that of the gallery list.",
                [queries[row] for row in self._constant],
            )
        if self._rows > 1 and len(self._alike):
            notes.warn(
                "constant_columns",
                f"{plural(len(self._alike), 'column holds', 'columns hold')} one and the same number throughout, in {track}",
                "Check that these gallery images were read.",
                [gallery[column] for column in self._alike.tolist()],
            )
        self._warn_signs(notes, track)
        self._warn_order(notes, track)

    def _sample(self, row: DistanceArray) -> None:
        order = np.argsort(row, kind="stable")
        sorted_row = row[order].astype(np.float64)
        equal = sorted_row[1:] == sorted_row[:-1]
        tied = np.zeros(len(row), np.bool_)
        tied[1:] |= equal
        tied[:-1] |= equal
        self._tied.append(float(tied.mean()))
        self._tops.append(order[:_TOP].astype(np.int64).tobytes())
        middle = sorted_row[len(row) // 2]
        with np.errstate(over="ignore"):
            near, far = middle - sorted_row[0], sorted_row[-1] - middle
            self._skewed += bool(far > _SKEW * near)

    def _warn_signs(self, notes: Notes, track: str) -> None:
        # Rounding leaves a distance of 0 a little below it.
        if self._lowest < -_NEGATIVE * max(self._largest, -self._lowest):
            notes.warn(
                "negative_distances",
                f"{plural(self._negative, 'number is', 'numbers are')} below 0, in {track}",
                "Distances are 0 or more (1 - cosine lies between 0 and 2): lower must mean nearer.",
                count=self._negative,
            )
        if len(self._tops) >= _MIN_ROWS and self._columns >= _MIN_ROWS and 2 * self._skewed > len(self._tops):
            notes.warn(
                "probably_similarities",
                f"Most rows have a few numbers far above all others, in {track}: these look like similarities",
                "Lower must mean nearer: write 1 - similarity.",
                count=self._skewed,
            )

    def _warn_order(self, notes: Notes, track: str) -> None:
        tied = float(np.median(self._tied))
        if tied > _TIED and self._columns >= _MIN_ROWS and len(self._constant) < self._rows:
            notes.warn(
                "many_ties",
                f"In half of the rows that were sorted, {tied:.0%} or more of the images share their distance, in {track}",
                "Ties go to the earlier image of the gallery list: write more digits, or float32 instead of float16.",
                count=len(self._tied),
            )
        commonest = max(self._tops.count(top) for top in self._tops)
        if len(self._tops) >= _MIN_ROWS and 2 * commonest > len(self._tops) and self._columns > 1:
            notes.warn(
                "same_ranking",
                f"{commonest} of the {len(self._tops)} queries that were sorted in {track} have one and the same ranking",
                "Check that the answer of each query stands in the row of that query.",
                count=commonest,
            )
