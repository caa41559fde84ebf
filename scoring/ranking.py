"""The one door to a score: the order of a query's gallery goes in, whatever file it came from.

Draws and tracklets are handled here. An order may be made of buckets, inside which items stand anyhow, as long as every
item of the query's identity stands exactly: dropping items and keeping the first of each tracklet leaves the number of
items between any two of those what it is.
"""

from __future__ import annotations

from scoring.answers import (
    AP,
    DISTRACTOR,
    INP,
    JUNK,
    N_METRICS,
    PER_QUERY,
    PLAIN,
    RESPLIT,
    SCALE,
    TRACKS,
    Job,
    Outcome,
    Truth,
    Workspace,
    is_dropped,
    is_junk,
)
from scoring.native import borrowing
from scoring.sampling import sample_galleries
from scoring.walk import Asked, walk_down

__all__ = [
    "AP",
    "DISTRACTOR",
    "INP",
    "JUNK",
    "N_METRICS",
    "SCALE",
    "Job",
    "Outcome",
    "Truth",
    "Workspace",
    "is_dropped",
    "is_junk",
    "score_ranking",
]


@borrowing
def _keep_first_of_tracklets(work: Workspace, listed: int, query: int, truth: Truth) -> None:
    """Put the first item of each tracklet that is not junk into the first list."""
    base, last_met, kept = truth.first_item[truth.query_track[query]], work.marks, 0
    order, drawn, tracklets = work.order, work.drawn, truth.draws.tracklet
    for at in range(listed):
        item = order[at]
        tracklet = tracklets[base + item]
        if last_met[tracklet] == query or is_dropped(truth, query, base + item):
            continue
        last_met[tracklet] = query
        drawn[0, kept] = item
        kept += 1
    work.lengths[0] = kept


@borrowing
def _deal(work: Workspace, listed: int, query: int, truth: Truth) -> None:
    """Put each item into the lists of the draws in which it is in the gallery."""
    base, draws = truth.first_item[truth.query_track[query]], truth.draws
    order, drawn, lengths = work.order, work.drawn, work.lengths
    lengths[:] = 0
    for at in range(listed):
        item = order[at]
        for which in range(draws.first[base + item], draws.first[base + item + 1]):
            draw = draws.member[which]
            drawn[draw, lengths[draw]] = item
            lengths[draw] += 1


@borrowing
def score_ranking(work: Workspace, listed: int, query: int, truth: Truth, outcome: Outcome) -> None:
    """Score the first `listed` items of the row in the workspace for one query.

    Parameters
    ----------
    work : Workspace
        `order` holds positions in the gallery of the query's track, best first, each at most once.
    listed : int
        How many of them there are, the cut applied.
    outcome : Outcome
        The results of this query are written, and the sums of its cells raised. Once per query.
    """
    relevant, cell, draws = truth.relevant[query], truth.query_cell[query], truth.draws
    if relevant == 0:
        return
    if draws.kind == PLAIN:
        walk_down(work, work.order, listed, Asked(query, query, cell, relevant, True), truth, outcome)
    elif draws.kind == TRACKS:
        _keep_first_of_tracklets(work, listed, query, truth)
        asked = Asked(query, query, cell, draws.relevant[query], True)
        walk_down(work, work.drawn[0], work.lengths[0], asked, truth, outcome)
    elif draws.kind == RESPLIT:
        _deal(work, listed, query, truth)
        for draw in range(draws.number):
            result = draws.result[query, draw]
            if result >= 0 and draws.relevant[result] > 0:
                asked = Asked(query, result, cell + draw * draws.cells, draws.relevant[result], True)
                walk_down(work, work.drawn[draw], work.lengths[draw], asked, truth, outcome)
    elif draws.kind == PER_QUERY:
        walk_down(work, work.order, listed, Asked(query, query, cell, relevant, False), truth, outcome)
        sample_galleries(work, listed, query, truth, outcome)
