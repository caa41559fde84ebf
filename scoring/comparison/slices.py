"""Give the scores of parts of the queries: those with one value in a column of the annotations.

A slice is shown when it has at least 20 identities and when no combination of what is shown speaks of fewer
(`scoring.comparison.disclosure`). The choice depends on the ground truth and the protocol alone, so all entries show the
same slices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from scoring.annotations import SPLITS, Annotations
from scoring.comparison.disclosure import MAX_GROUPS, Block, blocks
from scoring.comparison.entries import ALL, BoolArray, Entry, Ground, IntArray, lay_ground
from scoring.comparison.influence import influence_of
from scoring.errors import ComparisonError
from scoring.intervals.jackknife import query_role_error
from scoring.intervals.wilson import MIN_IDENTITIES, wilson_interval
from scoring.protocol import Protocol

FEW_IDENTITIES: Final = "few_identities"
DIFFERENCING: Final = "differencing"
TOO_MANY: Final = "too_many"
#: Columns that name people, images or parts of the test set.
_NO_SLICES: Final = ("pid", "cluster", "image_id", "split")


@dataclass(frozen=True)
class SliceScore:
    """Hold one metric of a slice, fractions in [0, 1]; the interval is that of a fixed gallery."""

    metric: str
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Slice:
    """Hold the scores of the queries with one value in a column; of all queries where the column is ""."""

    column: str
    value: str
    queries: int
    identities: int
    scores: tuple[SliceScore, ...]


@dataclass(frozen=True)
class Withheld:
    """Name a slice that is not shown, and why: ``few_identities``, ``differencing`` or ``too_many``."""

    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Slices:
    """Hold the whole, the slices that may be shown, and those that are withheld."""

    split: str
    whole: Slice
    slices: tuple[Slice, ...]
    withheld: tuple[Withheld, ...]


def score_slices(
    entry: Entry,
    *,
    annotations: Annotations,
    protocol: Protocol,
    columns: Sequence[str],
    metrics: Sequence[str],
    split: str,
) -> Slices:
    """Score a submission on the queries with each value of some columns of the annotations.

    Parameters
    ----------
    columns : sequence of str
        By importance: where two slices cannot both be shown, that of the earlier column is. The rule holds for what
        is shown together, so a board has one list for good; columns may be added at its end alone.
    metrics : sequence of str
        As on the board.
    split : str
        ``public``, ``private`` or ``all``. A slice is shown for ``all`` only if it is for both parts: a part can be
        computed from the other one and all.

    Raises
    ------
    ComparisonError
        ``unknown_column`` for a column that the annotations do not have, or that names people or images; else as
        `compare`.

    Notes
    -----
    Empty values are no slice. A slice's score is the board's aggregate over its queries, the tracks that have none left out.
    Whoever chooses what to submit may learn from slices, as from any score, what single images are: show them when scores
    are final.
    """
    wrong = [name for name in columns if name not in annotations.columns or name in _NO_SLICES]
    if wrong or len(set(columns)) < len(columns):
        names = ", ".join(wrong) or "one twice"
        raise ComparisonError("unknown_column", f"There are no slices by these columns of the annotations: {names}.")
    ground = lay_ground(annotations, protocol, (entry,))
    counted = ground.chosen(split)
    codes = _codes(annotations, ground, columns)
    verdicts = _verdicts(annotations, ground, columns, codes, split)
    shown = [_slice(entry, ground, metrics, counted, ("", ""))]
    for (which, code), reason in verdicts.items():
        if not reason:
            name = columns[which]
            chosen = counted & (codes[:, which] == code)
            shown.append(_slice(entry, ground, metrics, chosen, (name, annotations.columns[name].values[code])))
    withheld = [
        Withheld(columns[which], annotations.columns[columns[which]].values[code], reason)
        for (which, code), reason in verdicts.items()
        if reason
    ]
    return Slices(split, shown[0], tuple(shown[1:]), tuple(withheld))


def _codes(annotations: Annotations, ground: Ground, columns: Sequence[str]) -> IntArray:
    """Return the queries' codes in each column, (n_results, n_columns); -1 where there is no value."""
    codes = np.zeros((len(ground.query_row), len(columns)), dtype=np.int64)
    for which, name in enumerate(columns):
        column = annotations.columns[name]
        of_query = column.codes[ground.query_row]
        empty = [code for code, value in enumerate(column.values) if not value]
        codes[:, which] = np.where(np.isin(of_query, empty), -1, of_query)
    return codes


def _verdicts(
    annotations: Annotations, ground: Ground, columns: Sequence[str], codes: IntArray, split: str
) -> dict[tuple[int, int], str]:
    """Return for each slice with counted queries why it is withheld, or "" for those that are shown."""
    parts = SPLITS if split == ALL else (split,)
    shown: dict[tuple[int, int], str] = {}
    for part in parts:
        counted = ground.counted & (ground.is_public == (part == SPLITS[0]))
        candidates = _candidates(annotations, columns, codes[counted])
        of_part = _decide(candidates, ground, codes, counted)
        for candidate, reason in of_part.items():
            shown[candidate] = shown.get(candidate, "") or reason
    return shown


def _candidates(annotations: Annotations, columns: Sequence[str], codes: IntArray) -> list[tuple[int, int]]:
    """Return the slices in the order of columns, inside one by the names of their values."""
    found = []
    for which, name in enumerate(columns):
        present = [code for code in np.unique(codes[:, which]).tolist() if code >= 0]
        found += [(which, code) for code in sorted(present, key=annotations.columns[name].values.__getitem__)]
    return found


def _decide(
    candidates: Sequence[tuple[int, int]], ground: Ground, codes: IntArray, counted: BoolArray
) -> dict[tuple[int, int], str]:
    """Take one slice after the other, large ones of a column first, wherever it is safe beside those taken before."""
    # Draws that ask differently are weighed differently, as tracks are.
    pool = ground.query_track * (int(ground.query_draw.max()) + 1) + ground.query_draw
    areas = list(blocks(pool[counted], ground.query_unit[counted], codes[counted]))
    size = {
        (which, code): len(np.unique(ground.query_unit[counted & (codes[:, which] == code)]))
        for which, code in candidates
    }
    verdicts = dict.fromkeys(candidates, "")
    for candidate in sorted(candidates, key=lambda slice_: (slice_[0], -size[slice_])):
        verdicts[candidate] = _verdict(areas, *candidate)
    return verdicts


def _verdict(areas: Sequence[Block], column: int, code: int) -> str:
    """Return why a slice cannot be shown beside those that are; "" if it can, and then it is from now on."""
    groups = [area.membership(column, code) for area in areas]
    for area, group in zip(areas, groups, strict=True):
        if area.is_single and 0 < area.identities(group) < MIN_IDENTITIES:
            return FEW_IDENTITIES
    new = [area.is_new(group) for area, group in zip(areas, groups, strict=True)]
    for area, group, is_new in zip(areas, groups, new, strict=True):
        if is_new and len(area.groups) == MAX_GROUPS:
            return TOO_MANY
        if is_new and not area.is_safe(group):
            return DIFFERENCING
    for area, group, is_new in zip(areas, groups, new, strict=True):
        if is_new:
            area.groups.append(group)
    return ""


def _slice(entry: Entry, ground: Ground, metrics: Sequence[str], chosen: BoolArray, name: tuple[str, str]) -> Slice:
    scores = []
    identities = 0
    for metric in metrics:
        found = influence_of((entry,), ground, metric=metric, counted=chosen)
        identities, value = found.n_units, float(found.values[0])
        error = query_role_error(found.influence[:, 0], identities)
        low, high = wilson_interval(value, error, identities, int(chosen.sum())) or (None, None)
        scores.append(SliceScore(metric, value, low, high))
    return Slice(*name, queries=int(chosen.sum()), identities=identities, scores=tuple(scores))
