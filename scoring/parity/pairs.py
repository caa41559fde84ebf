"""Split the distances of a track into those of genuine and of impostor pairs, for quantities that look at pairs alone."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.annotations import Annotations
from scoring.parity.catalogue import PRESETS
from scoring.parity.roc import ROC_TARGETS, fastreid_tnr_at_frr
from scoring.protocol import Protocol

FloatArray = npt.NDArray[np.floating]
BoolArray = npt.NDArray[np.bool_]

ROC_NAME: Final = "fastreid_tnr_at_frr"


class Pairs(NamedTuple):
    """Hold distances, lower is nearer, of the pairs that are no junk; arrays of shape (n_pairs,), query by query."""

    genuine: FloatArray
    impostor: FloatArray


def split_pairs(distances: FloatArray, *, annotations: Annotations, track: str, protocol: Protocol) -> Pairs:
    """Return the distances of the pairs of one identity and of two; junk is neither, a distractor an impostor.

    Parameters
    ----------
    distances : float array of shape (n_queries, n_gallery)
        In the published order of the track; lower is nearer.

    Raises
    ------
    ValueError
        When the shape is not that of the track.
    """
    queries, items = annotations.rows[track]["query"], annotations.rows[track]["gallery"]
    if distances.shape != (len(queries), len(items)):
        raise ValueError(f"{track} has {len(queries)} × {len(items)} pairs, not {distances.shape}.")
    pid = annotations.columns["pid"]
    nobody = _is_one_of(annotations, protocol.junk_pids)[items]
    person = ~_is_one_of(annotations, protocol.distractor_pids + protocol.junk_pids)
    genuine, impostor = [], []
    for row, query in zip(distances, queries, strict=True):
        same = (pid.codes[items] == pid.codes[query]) & person[query]
        kept = ~(nobody | _is_junk(annotations, protocol, int(query), items))
        genuine.append(row[same & kept])
        impostor.append(row[~same & kept])
    return Pairs(np.concatenate(genuine), np.concatenate(impostor))


def fastreid_roc(
    distances: FloatArray, *, annotations: Annotations, track: str, protocol: Protocol | None = None
) -> dict[str, float]:
    """Return what fast-reid prints as ``TPR@FPR=1e-04``, ``…1e-03`` and ``…1e-02``, named for what it is.

    Parameters
    ----------
    distances : float array of shape (n_queries, n_gallery)
        In the published order of the track; lower is nearer.
    protocol : Protocol or None
        None for that of the preset ``fast_reid``.

    Raises
    ------
    ValueError
        When the shape is not that of the track, or there is no pair of one kind.
    """
    pairs = split_pairs(
        distances, annotations=annotations, track=track, protocol=protocol or PRESETS["fast_reid"].protocol
    )
    values = fastreid_tnr_at_frr(*pairs)
    return {f"{ROC_NAME}={target:.0e}": value for target, value in zip(ROC_TARGETS, values, strict=True)}


def _is_one_of(annotations: Annotations, pids: tuple[str, ...]) -> BoolArray:
    """Mark the rows whose identity is one of those named."""
    column = annotations.columns["pid"]
    return np.isin(np.array(column.values), pids)[column.codes]


def _is_junk(annotations: Annotations, protocol: Protocol, query: int, items: npt.NDArray[np.integer]) -> BoolArray:
    """Mark the items that equal a query in all columns of a junk set."""
    junk = np.zeros(len(items), dtype=np.bool_)
    for columns in protocol.junk:
        codes = [annotations.columns[name].codes for name in columns]
        junk |= np.logical_and.reduce([code[items] == code[query] for code in codes])
    return junk
