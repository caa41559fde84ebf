"""Hold the answers, the results and the workspaces of scoring as the plain arrays that kernels take."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.metrics import KERNEL_ROWS
from scoring.native import borrowing

#: Codes in `Truth.gallery_pid` for items that never match, and for those that are junk for every query.
DISTRACTOR: Final = -1
JUNK: Final = -2
#: Rows of `Outcome.without`: one per rank of CMC, then AP and INP.
N_METRICS: Final = len(KERNEL_ROWS)
AP: Final = KERNEL_ROWS["mAP"]
INP: Final = KERNEL_ROWS["mINP"]
SCALE: Final = float(1 << 44)

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


#: Values of `Draws.kind`.
PLAIN: Final = 0
TRACKS: Final = 1
RESPLIT: Final = 2
PER_QUERY: Final = 3


class Draws(NamedTuple):
    """Say which items take part in which draw, and what a result is of; arrays that a kind does not use are empty.

    Attributes
    ----------
    kind, number : int
        `PLAIN`, `TRACKS`, `RESPLIT` or `PER_QUERY`; number of draws.
    cells : int
        How many cells one draw has under `RESPLIT`: one draw's cells stand behind the other's.
    seed : uint64
        Of `PER_QUERY`.
    tracklet : int32 array of shape (n_items,)
        `TRACKS`: the tracklet of each item, numbered over all tracks.
    first, member : int64 and int32 arrays
        ``member[first[i] : first[i + 1]]`` are under `RESPLIT` the draws of item i, numbered from 0 and ascending, and under
        `PER_QUERY` the items of group i, as ascending positions in the gallery of its track.
    first_group : int64 array of shape (n_tracks + 1,)
        `PER_QUERY`: where the groups of a track begin; a group is an identity of its gallery, in order of first items.
    result : int64 array of shape (n_queries, number)
        `RESPLIT`: the result of a query in a draw, -1 where it is not asked.
    query, draw : int64 arrays of shape (n_results,)
        The query of each result and its draw.
    relevant : int64 array of shape (n_results,)
        Valid matches of each result: items, or tracklets under `TRACKS`.
    """

    kind: int
    number: int
    cells: int
    seed: np.uint64
    tracklet: npt.NDArray[np.int32]
    first: IntArray
    member: npt.NDArray[np.int32]
    first_group: IntArray
    result: npt.NDArray[np.int64]
    query: IntArray
    draw: IntArray
    relevant: IntArray


class Truth(NamedTuple):
    """Hold the answers as whole numbers; gallery arrays hold all tracks one behind another.

    Attributes
    ----------
    enabled, two_roles, has_open_junk : bool
        Whether rows are scored, whether the jackknife is summed, whether a junk set leaves out the identity.
    definition, denominator, depth : int
        How average precision is computed; depth 0 for rankings that are not cut.
    query_pid, query_unit, query_track, query_cell, relevant : int64 arrays of shape (n_queries,)
        Identity, sampled unit, track, track and split, and number of valid matches among all items, drawn or not.
    first_item : int64 array of shape (n_tracks,)
        Where the gallery of a track begins.
    gallery_pid, gallery_unit : int32 arrays of shape (n_items,)
        Identity or `DISTRACTOR` or `JUNK`; sampled unit or -1.
    query_junk, gallery_junk : int32 arrays of shape (n_sets, n_queries) and (n_sets, n_items)
        Equal codes mean junk.
    draws : Draws
        Which items take part.
    """

    enabled: bool
    two_roles: bool
    has_open_junk: bool
    definition: int
    denominator: int
    depth: int
    query_pid: IntArray
    query_unit: IntArray
    query_track: IntArray
    query_cell: IntArray
    relevant: IntArray
    first_item: IntArray
    gallery_pid: npt.NDArray[np.int32]
    gallery_unit: npt.NDArray[np.int32]
    query_junk: npt.NDArray[np.int32]
    gallery_junk: npt.NDArray[np.int32]
    draws: Draws


class Outcome(NamedTuple):
    """Collect the results of queries; a result is that of a query, or of a query in a draw under `RESPLIT`.

    Attributes
    ----------
    label : int64 array of shape (n_queries, top)
        Predicted identities, best first, -1 for those that are not known or not given.
    first, last, found : int64 arrays of shape (n_results,)
        Ranks of the first and last match found (0 for none); number of matches found.
    average_precision, inverse_negative_penalty : float64 arrays of shape (n_results,)
        Fractions in [0, 1]; the latter NaN where not all matches are listed.
    hits : int64 array of shape (n_queries, n_ranks)
        `PER_QUERY`: in how many draws the match is among the first k, for each k of CMC; else empty.
    without : int64 array of shape (n_cells, N_METRICS, n_units)
        Sum over queries of their values without the unit, less `everywhere`, in whole numbers of 1 / SCALE.
    everywhere : int64 array of shape (n_cells, N_METRICS)
        What is to be added for every unit.
    """

    label: IntArray
    first: IntArray
    last: IntArray
    found: IntArray
    average_precision: FloatArray
    inverse_negative_penalty: FloatArray
    hits: npt.NDArray[np.int64]
    without: npt.NDArray[np.int64]
    everywhere: npt.NDArray[np.int64]


class Workspace(NamedTuple):
    """Hold what one thread writes while it reads a row.

    Attributes
    ----------
    seen, stamp : uint8 arrays
        Which items the row has listed: those whose entry equals the stamp.
    order : int32 array
        Positions in the gallery of the track, best first.
    ahead : int32 array of shape (n_units,)
        Items of each unit that were passed.
    touched : int32 array of shape (n_units,)
        The units that were passed, in the order of their first items.
    reduced : float64 array of shape (n_units,)
        The query's sum of precision without each unit that was passed.
    terms : float64 array of shape (n_units + 1,)
        What a match adds to that sum, by the number of a unit's items ahead of it: where all have few, far fewer numbers
        are divided than there are units.
    drawn : int32 array of shape (n_lists, n_items)
        What is left of the row: one list for each draw, one for tracklets.
    lengths : int64 array of shape (n_lists,)
        Their lengths.
    marks : int64 array
        The last query that met each tracklet, or where the row lists each item.
    labels : int64 array of shape (slots + 1, 4)
        The labels of the row, see `scoring.formats.labels.is_repeated`.
    """

    seen: npt.NDArray[np.uint8]
    stamp: npt.NDArray[np.uint8]
    order: npt.NDArray[np.int32]
    ahead: npt.NDArray[np.int32]
    touched: npt.NDArray[np.int32]
    reduced: FloatArray
    terms: FloatArray
    drawn: npt.NDArray[np.int32]
    lengths: IntArray
    marks: IntArray
    labels: IntArray


class Job(NamedTuple):
    """Hold the answers, the results, and the workspace of the thread that computes them."""

    truth: Truth
    outcome: Outcome
    work: Workspace


@borrowing
def is_junk(truth: Truth, query: int, item: int) -> bool:
    """Tell whether an item equals a query in all columns of a junk set."""
    for which in range(len(truth.query_junk)):  # noqa: SIM110 (kernels have no generators)
        if truth.query_junk[which, query] == truth.gallery_junk[which, item]:
            return True
    return False


@borrowing
def is_dropped(truth: Truth, query: int, item: int) -> bool:
    """Tell whether an item is junk for a query; items of other identities are compared only where a rule needs it."""
    other = truth.gallery_pid[item]
    if other == JUNK:
        return True
    return (other == truth.query_pid[query] or truth.has_open_junk) and is_junk(truth, query, item)
