"""Hold the scores of one submission under one specification, as JSON and per query as Parquet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet

from scoring.canonical import short_hash

SCHEMA: Final = 1


@dataclass(frozen=True)
class Score:
    """Hold one number of the board.

    Attributes
    ----------
    split : str
        ``public``, ``private`` or ``all``.
    track : str
        Slug of a track, or ``micro`` or ``macro``.
    metric : str
        ``rank-1``, ``mAP``, …; higher is better for every metric here.
    value : float
        A fraction in [0, 1].
    low, high : float or None
        Bounds of the 95 % interval; None where none is given.
    """

    split: str
    track: str
    metric: str
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Count:
    """Count what a score is over.

    Attributes
    ----------
    queries, identities : int
        Those that count towards the score; under the draw ``resplit`` a query counts once in every draw that asks it.
    skipped : int
        Queries without any valid match in the gallery (counted as 0 under ``no_match = "zero"``).
    draws : int
        Number of drawn galleries that the scores are means over; 1 where all items take part.
    """

    split: str
    track: str
    queries: int
    identities: int
    skipped: int
    draws: int = 1

    def to_mapping(self) -> dict[str, Any]:
        """Return plain JSON values; `draws` is left out where it is 1."""
        mapping = asdict(self)
        if self.draws == 1:
            del mapping["draws"]
        return mapping


@dataclass(frozen=True, kw_only=True)
class Result:
    """Hold everything that scoring a file gives.

    Attributes
    ----------
    protocol, submission_format : mapping
        What the file was scored under, as plain JSON values; their hashes are those that a site's specification names.
    interval : str
        ``gallery and query`` when both roles of an identity are sampled, ``gallery fixed`` when only queries are.
    chance : mapping of track to mapping of metric to float
        The expected value of a random order (`scoring.chance`).
    per_query : mapping of column to array
        One row per query in the order of the annotations; under the draw ``resplit`` one per draw and query that it asks.
    """

    scorer_revision: int
    protocol: Mapping[str, object]
    protocol_hash: str
    submission_format: Mapping[str, object]
    submission_sha256: str
    annotations_sha256: str
    scores: tuple[Score, ...]
    counts: tuple[Count, ...]
    interval: str
    warnings: tuple[str, ...]
    chance: Mapping[str, Mapping[str, float]]
    per_query: Mapping[str, npt.NDArray[Any]]

    def to_mapping(self) -> dict[str, Any]:
        """Return all but the per-query results as plain JSON values; fractions in [0, 1]; see scoring/README.md, "Results"."""
        return {
            "schema": SCHEMA,
            "scorer_revision": self.scorer_revision,
            "protocol_hash": self.protocol_hash,
            "submission_sha256": self.submission_sha256,
            "annotations_sha256": self.annotations_sha256,
            "protocol": dict(self.protocol),
            "format": dict(self.submission_format),
            "format_hash": short_hash(self.submission_format),
            "primary": None,
            "scores": [asdict(score) for score in self.scores],
            "counts": [count.to_mapping() for count in self.counts],
            "interval": self.interval,
            "warnings": list(self.warnings),
            "chance": {track: dict(values) for track, values in self.chance.items()},
        }

    def value(self, *, split: str, track: str, metric: str) -> float | None:
        """Return one score, or None when there is none."""
        for score in self.scores:
            if (score.split, score.track, score.metric) == (split, track, metric):
                return score.value
        return None

    def write_per_query(self, file: BinaryIO) -> None:
        """Write the per-query results as Parquet; a value that a query does not have is null.

        Notes
        -----
        The bytes are a function of the results and of pyarrow, which puts its version into every file.
        """
        arrays = {}
        for name, values in self.per_query.items():
            missing = np.isnan(values) if values.dtype.kind == "f" else None
            arrays[name] = pa.array(values, mask=missing)
        pa.parquet.write_table(pa.table(arrays), file)
