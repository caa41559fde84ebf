"""Say what a metric is, so that scores, tables and pages name it alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: What a submitted file holds, as far as metrics care: items in order, predicted identities, or comparable distances.
RANKINGS: Final = "rankings"
LABELS: Final = "labels"
DISTANCES: Final = "distances"


@dataclass(frozen=True, kw_only=True)
class Found:
    """Hold what was found for each query, one entry per query (and draw, where draws ask different queries).

    Attributes
    ----------
    family : str
        `RANKINGS`, `LABELS` or `DISTANCES`; distances, embeddings among them, are rankings as well.
    depth : int or None
        The cut in force; for labels the number of identities a file may name; None for full rankings.
    relevant : int64 array
        Number of valid matches; nothing else is defined where it is 0.
    first, last : int64 arrays
        Ranks of the first and the last match that is listed, 0 for none; for labels the place of the right identity.
    found : int64 array
        Number of matches that are listed.
    average_precision, inverse_negative_penalty : float64 arrays
        As the kernel computed them; the latter NaN where not all matches are listed.
    hits : int64 array of shape (n_queries, n_ranks) or None
        How many draws have a match among the first k items, for each k of CMC; None without draws per query.
    draws : int
        Number of draws that `hits` counts.
    """

    family: str
    depth: int | None
    relevant: IntArray
    first: IntArray
    last: IntArray
    found: IntArray
    average_precision: FloatArray
    inverse_negative_penalty: FloatArray
    hits: IntArray | None = None
    draws: int = 1


@dataclass(frozen=True, kw_only=True)
class Metric:
    """Define one metric.

    Attributes
    ----------
    name : str
        As the tables of the documentation write it; ``k`` and ``K`` stand for numbers.
    definition : str
        The value of one query, or of a track where queries are pooled.
    direction : str
        ``higher`` or ``lower``: which values are better.
    paper : str
        Where it is defined.
    families : tuple of str
        What a file must hold for it to exist.
    needs_all : bool
        Whether it exists for full rankings alone.
    of_queries : callable or None
        Returns the value of every query by the metric's full name, such as ``rank-5``; a track's score is the mean over
        its counted queries. None where a track's score is no such mean.
    kernel_rows : mapping of full name to int
        Where `scoring.answers.Outcome` sums the values without each sampled unit. A metric without a row has the
        interval of a fixed gallery.

    Examples
    --------
    >>> import numpy as np
    >>> first = Metric(
    ...     name="first-rank reciprocal",
    ...     definition="1/r_1",
    ...     paper="Voorhees, TREC-8 1999",
    ...     families=(RANKINGS,),
    ...     of_queries=lambda found: {"MRR": np.where(found.first > 0, 1.0 / np.maximum(found.first, 1), 0.0)},
    ... )
    >>> first.direction
    'higher'
    """

    name: str
    definition: str
    paper: str
    families: tuple[str, ...]
    direction: str = "higher"
    needs_all: bool = False
    of_queries: Callable[[Found], Mapping[str, FloatArray]] | None = None
    kernel_rows: Mapping[str, int] | None = None

    def applies(self, found: Found) -> bool:
        """Tell whether the metric exists for what a file holds."""
        return found.family in self.families and not (self.needs_all and found.depth is not None)
