"""Turn annotations and a protocol into the whole numbers that kernels compare."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from scoring.annotations import SPLITS, Annotations, Column
from scoring.answers import (
    DISTRACTOR,
    JUNK,
    N_METRICS,
    PER_QUERY,
    RESPLIT,
    TRACKS,
    Draws,
    Job,
    Outcome,
    Truth,
    Workspace,
)
from scoring.counts import count_matches
from scoring.draws import NO_DRAWS, build_draws, drawn_rows
from scoring.errors import ProtocolError
from scoring.metrics import average_precision
from scoring.metrics.cmc import RANKS
from scoring.protocol import Protocol

IntArray = npt.NDArray[np.int64]

_MAX_CODE = np.iinfo(np.int32).max
_DEFINITIONS = {"step": average_precision.STEP, "trapezoid": average_precision.TRAPEZOID}
_DENOMINATORS = {
    "relevant": average_precision.RELEVANT,
    "min_relevant_k": average_precision.MIN_RELEVANT_K,
    "found": average_precision.FOUND,
}


def build_truth(annotations: Annotations, protocol: Protocol, *, depth: int | None, two_roles: bool) -> Truth:
    """Prepare the answers for scoring.

    Parameters
    ----------
    depth : int or None
        The cut that is in force: the smaller of the protocol's and the format's.
    two_roles : bool
        Whether rankings are full, so that the jackknife can take identities out of the gallery.

    Raises
    ------
    ProtocolError
        When the annotations lack a column that a junk set names, or the draws or tracklets that the protocol needs.
    """
    tracks = annotations.manifest.tracks
    queries = np.concatenate([annotations.rows[track]["query"] for track in tracks])
    items = np.concatenate([annotations.rows[track]["gallery"] for track in tracks])
    n_items = np.array([len(annotations.rows[track]["gallery"]) for track in tracks], dtype=np.int64)
    query_track = np.repeat(np.arange(len(tracks)), [len(annotations.rows[track]["query"]) for track in tracks])
    pid, unit = annotations.columns["pid"].codes, annotations.columns["cluster"].codes
    # What is not drawn into a fixed gallery is dropped as junk is.
    is_junk_pid = _is_one_of(annotations, protocol.junk_pids) | ~drawn_rows(annotations, protocol)
    is_distractor = _is_one_of(annotations, protocol.distractor_pids)
    gallery_pid = np.where(is_junk_pid, JUNK, np.where(is_distractor, DISTRACTOR, pid))[items]
    is_public = np.array([value == SPLITS[0] for value in annotations.columns["split"].values])
    split = np.where(is_public[annotations.columns["split"].codes[queries]], 0, 1)
    codes = _junk_codes(annotations, protocol)
    first_item = np.cumsum(n_items) - n_items
    truth = Truth(
        enabled=True,
        two_roles=two_roles,
        has_open_junk=any("pid" not in columns for columns in protocol.junk),
        definition=_DEFINITIONS[protocol.ap],
        denominator=_DENOMINATORS[protocol.denominator],
        depth=depth or 0,
        query_pid=np.where(is_junk_pid | is_distractor, DISTRACTOR, pid)[queries].astype(np.int64),
        query_unit=unit[queries].astype(np.int64),
        query_track=query_track.astype(np.int64),
        query_cell=(query_track * len(SPLITS) + split).astype(np.int64),
        relevant=np.zeros(len(queries), dtype=np.int64),
        first_item=first_item,
        gallery_pid=gallery_pid.astype(np.int32),
        gallery_unit=np.where(gallery_pid < 0, -1, unit[items]).astype(np.int32),
        query_junk=np.ascontiguousarray(codes[:, queries]),
        gallery_junk=np.ascontiguousarray(codes[:, items]),
        draws=build_draws(annotations, protocol),
    )
    return count_matches(truth, n_items.tolist())


def protocol_problems(annotations: Annotations, protocol: Protocol) -> tuple[str, ...]:
    """Return what keeps annotations from being scored under a protocol: columns that are missing or hold something else.

    Notes
    -----
    For those who publish a test set: `evaluate` would raise the first of them as a `ProtocolError`.
    """
    found = []
    for needed in (_junk_codes, drawn_rows, build_draws):
        try:
            needed(annotations, protocol)
        except ProtocolError as error:
            found.append(str(error))
    return tuple(dict.fromkeys(found))


def empty_truth() -> Truth:
    """Return the answers of a file that is only checked."""
    numbers, items, codes = np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros((0, 0), np.int32)
    return Truth(
        False,
        False,
        False,
        *(0, 0, 0),
        *(numbers, numbers, numbers, numbers, numbers, numbers),
        *(items, items, codes, codes),
        draws=NO_DRAWS,
    )


def new_outcome(truth: Truth, *, cells: int, units: int, top: int = 1) -> Outcome:
    """Return empty results for all queries, with room for `top` labels each; `cells` are those of one draw."""
    queries, results = len(truth.query_pid), len(truth.draws.query)
    cells *= truth.draws.number if truth.draws.kind == RESPLIT else 1
    return Outcome(
        label=np.full((queries, top), -1, dtype=np.int64),
        first=np.zeros(results, dtype=np.int64),
        last=np.zeros(results, dtype=np.int64),
        found=np.zeros(results, dtype=np.int64),
        average_precision=np.zeros(results),
        inverse_negative_penalty=np.full(results, np.nan),
        hits=np.zeros((queries if truth.draws.kind == PER_QUERY else 0, len(RANKS)), dtype=np.int64),
        without=np.zeros((cells, N_METRICS, units), dtype=np.int64),
        everywhere=np.zeros((cells, N_METRICS), dtype=np.int64),
    )


def new_workspace(largest_gallery: int, units: int, draws: Draws = NO_DRAWS, *, top: int = 1) -> Workspace:
    """Return what one thread writes while it reads rows; a row of labels names at most `top`."""
    lists = {TRACKS: 1, RESPLIT: draws.number}.get(draws.kind, 0)
    marks = {TRACKS: len(draws.tracklet), PER_QUERY: largest_gallery}.get(draws.kind, 0)
    in_a_draw = int(np.bincount(draws.member).max(initial=0)) if draws.kind == RESPLIT else largest_gallery
    return Workspace(
        seen=np.zeros(largest_gallery, dtype=np.uint8),
        stamp=np.zeros(1, dtype=np.uint8),
        order=np.zeros(largest_gallery, dtype=np.int32),
        ahead=np.zeros(units, dtype=np.int32),
        touched=np.zeros(units, dtype=np.int32),
        reduced=np.zeros(units),
        terms=np.zeros(units + 1),
        drawn=np.zeros((lists, in_a_draw), dtype=np.int32),
        lengths=np.zeros(lists, dtype=np.int64),
        marks=np.full(marks, -1, dtype=np.int64),
        labels=np.zeros((1 + (1 << (2 * top).bit_length()), 4), dtype=np.int64),
    )


def new_job(truth: Truth, *, cells: int, units: int, largest_gallery: int, top: int = 1) -> Job:
    """Return everything that scoring rows needs; a row of labels names at most `top`, `cells` are those of one draw."""
    workspace = new_workspace(max(largest_gallery, top), units, truth.draws, top=top)
    return Job(truth, new_outcome(truth, cells=cells, units=units, top=top), workspace)


def copies(job: Job, number: int) -> list[Job]:
    """Return the job for several threads: one truth and one place per query, but workspaces and sums of their own."""
    others = [
        Job(
            job.truth,
            job.outcome._replace(
                without=np.zeros_like(job.outcome.without), everywhere=np.zeros_like(job.outcome.everywhere)
            ),
            new_workspace(len(job.work.order), len(job.work.ahead), job.truth.draws, top=job.outcome.label.shape[1]),
        )
        for _ in range(number - 1)
    ]
    return [job, *others]


def add_up(jobs: Sequence[Job]) -> None:
    """Add the sums of all threads to those of the first; they are whole numbers, so that no order changes them."""
    for other in jobs[1:]:
        jobs[0].outcome.without[:] += other.outcome.without
        jobs[0].outcome.everywhere[:] += other.outcome.everywhere


def _is_one_of(annotations: Annotations, pids: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Mark the rows whose identity is one of those named."""
    column = annotations.columns["pid"]
    return np.array([value in pids for value in column.values], dtype=np.bool_)[column.codes]


def sampled_units(annotations: Annotations, protocol: Protocol) -> npt.NDArray[np.bool_]:
    """Mark the units that stand for people: those in the test set with an identity that is no junk and no distractor."""
    cluster = annotations.columns["cluster"]
    person = ~_is_one_of(annotations, protocol.junk_pids + protocol.distractor_pids) & drawn_rows(annotations, protocol)
    return np.bincount(cluster.codes[person], minlength=len(cluster.values)) > 0


def _junk_codes(annotations: Annotations, protocol: Protocol) -> npt.NDArray[np.int32]:
    """Number the combinations of values of each junk set over all rows."""
    known = annotations.columns
    missing = sorted({column for columns in protocol.junk for column in columns if column not in known})
    if missing:
        raise ProtocolError(f"The annotations lack the columns that the junk rule compares: {', '.join(missing)}.")
    codes = np.zeros((len(protocol.junk), len(known["pid"].codes)), dtype=np.int32)
    for which, columns in enumerate(protocol.junk):
        codes[which] = _joint_codes([known[column] for column in columns])
    return codes


def _joint_codes(columns: Sequence[Column]) -> IntArray:
    """Return one number per row, equal where all columns are equal, below 2^31."""
    joint, distinct = np.zeros(len(columns[0].codes), dtype=np.int64), 1
    for column in columns:
        joint = joint * len(column.values) + column.codes
        distinct *= len(column.values)
        if distinct > _MAX_CODE:
            values, joint = np.unique(joint, return_inverse=True)
            distinct = len(values)
    return joint
