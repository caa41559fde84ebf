"""Average precision of one query; mAP is its mean over queries.

step:       AP = (1/D) · Σ_i i / r_i
trapezoid:  AP = (1/D) · Σ_i ½ · ( (i-1)/(r_i - 1) + i / r_i ),  with the first term 1 where r_i = 1

r_i is the rank of the i-th match after junk is dropped, D the denominator of the protocol.
"""

from __future__ import annotations

from typing import Final

from scoring.metrics.cmc import RANKS
from scoring.metrics.definition import DISTANCES, RANKINGS, FloatArray, Found, Metric
from scoring.native import inlined

STEP: Final = 0
TRAPEZOID: Final = 1
RELEVANT: Final = 0
MIN_RELEVANT_K: Final = 1
FOUND: Final = 2


def name(depth: int | None) -> str:
    """Return the name of the mean: ``mAP`` over full rankings, ``mAP@K`` over rankings that are cut at K."""
    return "mAP" if depth is None else f"mAP@{depth}"


@inlined
def precision_term(definition: int, found: int, rank: int) -> float:
    """Return what the i-th match adds to the sum of average precision.

    Parameters
    ----------
    definition : int
        `STEP` or `TRAPEZOID`.
    found : int
        i, counted from 1.
    rank : int
        Its rank, counted from 1; at least `found`.

    Notes
    -----
    With one match at rank r > 1 the trapezoid rule gives exactly half of 1/r.

    References
    ----------
    step: non-interpolated average precision, Buckley and Voorhees: Evaluating Evaluation Measure Stability, SIGIR
    2000; the definition of trec_eval's ``map``. trapezoid: Philbin et al.: Object Retrieval with Large Vocabularies
    and Fast Spatial Matching, CVPR 2007 (compute_ap), taken over by the Market-1501 evaluation code, ICCV 2015.

    Examples
    --------
    >>> precision_term(STEP, 2, 3), precision_term(TRAPEZOID, 2, 3)
    (0.6666666666666666, 0.5833333333333333)
    """
    precision = found / rank
    if definition == STEP:
        return precision
    before = (found - 1) / (rank - 1) if rank > 1 else 1.0
    return 0.5 * (before + precision)


@inlined
def divisor(denominator: int, relevant: int, found: int, depth: int) -> int:
    """Return D of a query; 0 when nothing was found and the denominator is `FOUND`.

    Parameters
    ----------
    denominator : int
        `RELEVANT`, `MIN_RELEVANT_K` or `FOUND`.
    relevant, found : int
        Valid matches in the gallery, and those that the ranking lists before the cut.
    depth : int
        The cut K.

    Notes
    -----
    `RELEVANT` is pessimistic for short lists (trec_eval), `FOUND` optimistic (the VisDA 2020 server, OML).
    """
    if denominator == MIN_RELEVANT_K:
        return min(relevant, depth)
    return found if denominator == FOUND else relevant


def of_queries(found: Found) -> dict[str, FloatArray]:
    """Return the values of all queries under the name that says the cut."""
    return {name(found.depth): found.average_precision}


METRIC: Final = Metric(
    name="mAP",
    definition="step: (1/R) Σ i/r_i; trapezoid: (1/R) Σ ½((i-1)/(r_i-1) + i/r_i), first part 1 at r_i = 1",
    paper="Buckley and Voorhees, SIGIR 2000; Philbin et al., CVPR 2007",
    families=(RANKINGS, DISTANCES),
    needs_all=True,
    of_queries=of_queries,
    kernel_rows={name(None): len(RANKS)},
)
CUT_METRIC: Final = Metric(
    name="mAP@K",
    definition="the sum of mAP over the matches that are listed, divided by the protocol's denominator",
    paper="trec_eval, map_cut",
    families=(RANKINGS, DISTANCES),
    of_queries=lambda found: {} if found.depth is None else of_queries(found),
)
