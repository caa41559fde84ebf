"""Decide which slices may be published together, so that no combination of them speaks of fewer than 20 identities.

Whoever knows the scores of two groups of queries and their sizes knows the score of what lies in one of them alone; with
more groups, that of every weighted sum Σ_k c_k 1_k, 1_k being the indicator of group k. Such a sum speaks of the
identities that have a query where it is not 0. The rule: every sum that is not 0 everywhere speaks of at least 20.

How it is shown: let row_q be the memberships of query q in all groups. If 20 collections of identities that share no
identity can be found, each of whose rows span the rows of all queries, then a sum that is 0 on one of the collections is
0 everywhere; so any other one is not 0 for an identity of each. Where the search fails, the slice is withheld: it errs
on the side of silence alone.

An interval tells a second number, Σ_u (Σ_{q∈u} (v_q - θ))², whose combinations are sums over pairs of queries of one
identity: the same is asked of the memberships of both queries of every pair. Tracks and pairs of tracks are looked at
one by one, each with its whole, so the rule holds for pooled scores, means over tracks and scores of one track.

Ranks are exact: rows hold 0 and 1, a minor of up to 49 of them is below 2^93 (Hadamard), and no number but 0 is
divisible by three primes of 31 bits.

References
----------
Denning, Denning and Schwartz: The Tracker - a Threat to Statistical Database Security, ACM TODS 1979; Adam and Wortmann:
Security-Control Methods for Statistical Databases, ACM Computing Surveys 1989.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from scoring.comparison.entries import IntArray
from scoring.intervals.wilson import MIN_IDENTITIES
from scoring.native import kernel

#: Groups per block, the whole among them, for which ranks are exact.
MAX_GROUPS: Final = 49
_PRIMES: Final = (2_147_483_647, 2_147_483_629, 2_147_483_587)

MembershipArray = npt.NDArray[np.uint8]


@dataclass
class Block:
    """Hold the queries of a track, or the pairs of queries of one identity, and the groups published so far.

    Attributes
    ----------
    unit : int64 array of shape (n_rows,)
        Sampled unit of each row, ascending.
    one, other : int64 arrays of shape (n_rows, n_columns)
        Codes of the annotation columns of both queries of a pair; the same for single queries.
    is_single : bool
        Whether rows are single queries.
    groups : list of uint8 arrays of shape (n_rows,)
        Memberships, none a combination of the others.
    """

    unit: IntArray
    one: IntArray
    other: IntArray
    is_single: bool
    groups: list[MembershipArray] = field(init=False)

    def __post_init__(self) -> None:
        self.groups = [np.ones(len(self.unit), dtype=np.uint8)]

    def membership(self, column: int, code: int) -> MembershipArray:
        """Mark the rows that lie in a slice; a pair does with both its queries."""
        inside: npt.NDArray[np.bool_] = (self.one[:, column] == code) & (self.other[:, column] == code)
        return inside.astype(np.uint8)

    def identities(self, group: MembershipArray) -> int:
        """Count the units with a row in a group."""
        return len(np.unique(self.unit[group > 0]))

    def is_new(self, group: MembershipArray) -> bool:
        """Tell whether a group is no combination of those that are published already."""
        rows = np.unique(np.stack([*self.groups, group], axis=1), axis=0)
        starts = np.arange(len(rows) + 1)
        unused = np.zeros(len(rows), dtype=np.bool_)
        return any(collect(starts, rows, unused.copy(), rows.shape[1], prime) == rows.shape[1] for prime in _PRIMES)

    def is_safe(self, group: MembershipArray) -> bool:
        """Tell whether every combination with a new group surely speaks of at least 20 identities."""
        rows = np.stack([*self.groups, group], axis=1)
        starts = np.flatnonzero(np.diff(self.unit, prepend=-1))
        order = _common_first(rows, starts, self.unit)
        counts = np.diff(np.append(starts, len(rows)))[order]
        sorted_rows = np.concatenate(
            [rows[starts[which] : starts[which] + count] for which, count in zip(order, counts, strict=True)]
        )
        ends = np.concatenate([[0], np.cumsum(counts)])
        used = np.zeros(len(order), dtype=np.bool_)
        width = rows.shape[1]
        return all(collect(ends, sorted_rows, used, width, _PRIMES[0]) == width for _ in range(MIN_IDENTITIES))


def blocks(track: IntArray, unit: IntArray, codes: IntArray) -> Iterator[Block]:
    """Return the blocks of some queries: each track, and each pair of tracks with pairs of queries.

    Parameters
    ----------
    track, unit : int64 arrays of shape (n_queries,)
    codes : int64 array of shape (n_queries, n_columns)
        Values of the annotation columns.
    """
    # Queries of one unit and track with the same values are one row: no slice tells them apart.
    rows = np.unique(np.column_stack([unit, track, codes]), axis=0)
    tracks = np.unique(track).tolist()
    for one in tracks:
        single = rows[rows[:, 1] == one]
        yield Block(single[:, 0], single[:, 2:], single[:, 2:], is_single=True)
        for other in tracks:
            if other >= one:
                first, second = _pairs(single, rows[rows[:, 1] == other])
                yield Block(first[:, 0], first[:, 2:], second[:, 2:], is_single=False)


def _pairs(one: IntArray, other: IntArray) -> tuple[IntArray, IntArray]:
    """Return the rows of all pairs of one unit, unit by unit."""
    starts = np.searchsorted(other[:, 0], one[:, 0], side="left")
    counts = np.searchsorted(other[:, 0], one[:, 0], side="right") - starts
    first = np.repeat(np.arange(len(one)), counts)
    second = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(starts, counts)
    return one[first], other[second]


def _common_first(rows: MembershipArray, starts: npt.NDArray[np.intp], unit: IntArray) -> npt.NDArray[np.intp]:
    """Order units by how many share their rarest membership, most first: rare ones are left for where they are needed."""
    inside = np.array([len(np.unique(unit[group > 0])) for group in rows.T])
    outside = np.array([len(np.unique(unit[group == 0])) for group in rows.T])
    rarest = np.where(rows > 0, inside, outside).min(axis=1)
    return np.argsort(-np.minimum.reduceat(rarest, starts), kind="stable")


@kernel
def _power(base: int, exponent: int, prime: int) -> int:
    result = 1
    while exponent > 0:
        if exponent & 1:
            result = result * base % prime
        base = base * base % prime
        exponent >>= 1
    return result


@kernel
def collect(starts: IntArray, rows: MembershipArray, used: npt.NDArray[np.bool_], enough: int, prime: int) -> int:
    """Take units that are not used yet, in their order, until their rows have a rank; return the rank reached.

    Parameters
    ----------
    starts : int64 array of shape (n_units + 1,)
        Where the rows of each unit begin.
    rows : uint8 array of shape (n_rows, n_groups)
    used : bool array of shape (n_units,)
        Units that are taken are marked.
    """
    width = rows.shape[1]
    basis = np.zeros((width, width), dtype=np.int64)
    has_pivot = np.zeros(width, dtype=np.bool_)
    row = np.zeros(width, dtype=np.int64)
    rank = 0
    for unit in range(len(used)):
        if used[unit] or rank == enough:
            continue
        for at in range(starts[unit], starts[unit + 1]):
            row[:] = rows[at]
            for pivot in range(width):
                if row[pivot] == 0:
                    continue
                if has_pivot[pivot]:
                    factor = row[pivot]
                    for place in range(pivot, width):
                        row[place] = (row[place] + (prime - factor) * basis[pivot, place]) % prime
                    continue
                inverse = _power(row[pivot], prime - 2, prime)
                for place in range(pivot, width):
                    basis[pivot, place] = row[place] * inverse % prime
                has_pivot[pivot] = True
                used[unit] = True
                rank += 1
                break
    return rank
