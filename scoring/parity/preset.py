"""Hold what a public evaluator computes, and read its figures off a result."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from scoring.annotations import Annotations
from scoring.errors import FormatError, ProtocolError
from scoring.evaluation import evaluate
from scoring.formats.description import Limits, SubmissionFormat
from scoring.metrics import average_precision, cmc, inverse_negative_penalty
from scoring.protocol import Protocol
from scoring.result import Result

#: Quantities of `Figure.of` beside ``rank-k`` for any k.
AP: Final = "mAP"
INP: Final = inverse_negative_penalty.NAME
RECIPROCAL_RANK: Final = "MRR"


@dataclass(frozen=True)
class Figure:
    """Name one number that an evaluator prints.

    Parameters
    ----------
    name : str
        As the evaluator writes it.
    of : tuple of str
        What it is the mean of: ``rank-k`` for any k, ``mAP`` (at the depth, where rankings are cut), ``mINP``, ``MRR``.
    """

    name: str
    of: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ParityResult:
    """Hold the figures of one file under one preset.

    Attributes
    ----------
    preset : str
    depth : int or None
        The cut that was in force.
    values : mapping of track to mapping of figure to float
        Fractions in [0, 1]. A track is one run of the evaluator; figures that a cut ranking cannot have are left out.
    result : Result
        The same file under the preset's protocol, with intervals and counts.
    """

    preset: str
    depth: int | None
    values: Mapping[str, Mapping[str, float]]
    result: Result

    def to_mapping(self) -> dict[str, Any]:
        """Return plain JSON values: what was computed, from what, under what."""
        return {
            "preset": self.preset,
            "depth": self.depth,
            "values": {track: dict(values) for track, values in self.values.items()},
            "result": self.result.to_mapping(),
        }


@dataclass(frozen=True, kw_only=True)
class Preset:
    """Describe a public evaluator; see scoring/README.md, "Parity with public evaluators".

    Parameters
    ----------
    protocol : Protocol
        Its choices in the terms of this library. ``no_match`` says what its means are over: ``skip`` divides CMC and AP
        alike by the queries with a match, ``zero`` by all.
    figures : tuple of Figure
    max_rank : int or None
        Where its CMC ends; average precision never does.
    float32 : bool
        Whether it accumulates in float32: its figures agree to 1e-5 then, else to 1e-6.
    ties, notes : str
        What it does with equal distances; what else a reader of its numbers should know.
    sources : tuple of str
        ``owner/repository:path`` of the files that were read.
    status : str
        ``source`` when the code that computes the figures was read or is run, ``assumed`` when it is not public.
    """

    name: str
    protocol: Protocol
    figures: tuple[Figure, ...]
    max_rank: int | None
    float32: bool
    ties: str
    notes: str
    sources: tuple[str, ...]
    status: str

    @property
    def tolerance(self) -> float:
        """Return how far its figures may lie from ours on input without ties."""
        return 1e-5 if self.float32 else 1e-6

    def evaluate(
        self,
        file: BinaryIO,
        *,
        annotations: Annotations,
        submission_format: SubmissionFormat,
        limits: Limits | None = None,
        protocol: Protocol | None = None,
    ) -> ParityResult:
        """Check and score a file of any kind that holds rankings, and name the figures as the evaluator does.

        Parameters
        ----------
        protocol : Protocol or None
            The preset's protocol with what belongs to a data set, such as ``dataclasses.replace(preset.protocol,
            distractor_pids=("0",))``; None for the preset's own.

        Raises
        ------
        InvalidSubmissionError
            As `scoring.evaluate` does.
        ProtocolError
            For galleries that are drawn anew for each query or several times, and as `scoring.evaluate` does.
        FormatError
            For ``labels``, which hold no ranking.
        """
        if submission_format.kind == "labels":
            raise FormatError(f'Preset "{self.name}" scores rankings; "labels" hold none.')
        protocol = protocol or self.protocol
        if protocol.draw in ("per_query", "resplit"):
            raise ProtocolError(f'Preset "{self.name}" scores one gallery, not those of the draw "{protocol.draw}".')
        result = evaluate(
            file, annotations=annotations, submission_format=submission_format, protocol=protocol, limits=limits
        )
        depths = [depth for depth in (protocol.depth, submission_format.depth) if depth is not None]
        depth = min(depths, default=None)
        tracks = annotations.manifest.tracks
        return ParityResult(
            preset=self.name,
            depth=depth,
            values={track: self._figures(_Rows.of(result, track, protocol), depth) for track in tracks},
            result=result,
        )

    def _figures(self, rows: _Rows, depth: int | None) -> dict[str, float]:
        """Return the figures of one track; none without a query that counts."""
        if not len(rows.first):
            return {}
        known = [figure for figure in self.figures if all(_is_given(quantity, depth) for quantity in figure.of)]
        return {figure.name: math.fsum(map(rows.mean, figure.of)) / len(figure.of) for figure in known}


@dataclass(frozen=True)
class _Rows:
    """Hold the counted queries of one track: rank of the first match (0 for none), AP and INP (0 where there is none)."""

    first: npt.NDArray[np.int64]
    precision: npt.NDArray[np.float64]
    penalty: npt.NDArray[np.float64]

    @classmethod
    def of(cls, result: Result, track: str, protocol: Protocol) -> _Rows:
        """Choose the rows of a track."""
        rows = result.per_query
        chosen = (rows["track"] == track) & (rows["valid"] | (protocol.no_match == "zero"))
        return cls(rows["first_match_rank"][chosen], rows["ap"][chosen], np.nan_to_num(rows["inp"][chosen]))

    def mean(self, quantity: str) -> float:
        """Return the mean of one quantity, correctly rounded."""
        if quantity.startswith("rank-"):
            return int(np.count_nonzero((self.first > 0) & (self.first <= _rank(quantity)))) / len(self.first)
        if quantity == RECIPROCAL_RANK:
            values = np.where(self.first > 0, 1 / np.maximum(self.first, 1), 0.0)
        else:
            values = {AP: self.precision, INP: self.penalty}[quantity]
        return math.fsum(values.tolist()) / len(values)


def ranks(*numbers: int, pattern: str = "Rank-{}") -> tuple[Figure, ...]:
    """Return the figures of CMC at some ranks, named by a pattern."""
    return tuple(Figure(pattern.format(number), (cmc.name(number),)) for number in numbers)


def mean_average_precision(name: str = average_precision.name(None)) -> Figure:
    """Return the figure of mAP under its name."""
    return Figure(name, (AP,))


def _rank(quantity: str) -> int:
    return int(quantity.removeprefix("rank-"))


def _is_given(quantity: str, depth: int | None) -> bool:
    """Tell whether rankings cut at a depth have a quantity."""
    if quantity.startswith("rank-"):
        return depth is None or _rank(quantity) <= depth
    return depth is None or quantity != INP
