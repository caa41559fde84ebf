"""Kernels that borrow their callers' arrays count no references and can make none."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from numba.core.errors import NumbaError

from scoring.native import FAMILY, KernelFamily


class Pair(NamedTuple):
    """Two arrays."""

    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]


@pytest.fixture
def family(tmp_path: Path) -> KernelFamily:
    """Return a family whose cache is thrown away."""
    return KernelFamily(tmp_path, list)


def test_a_borrowing_kernel_works_on_the_arrays_of_a_tuple(family: KernelFamily) -> None:
    def add(pair: Pair) -> int:
        total = 0
        for at in range(len(pair.left)):
            pair.left[at:][0] += pair.right[at]
            total += pair.left[at]
        return total

    pair = Pair(np.arange(4), np.ones(4, dtype=np.int64))

    assert family.borrowing(add)(pair) == 10
    assert pair.left.tolist() == [1, 2, 3, 4]


def test_a_borrowing_kernel_that_makes_an_array_does_not_compile(family: KernelFamily) -> None:
    def make(size: int) -> int:
        return len(np.zeros(size))

    with pytest.raises(NumbaError, match="array"):
        family.borrowing(make)(3)


@pytest.mark.parametrize(
    "name", ["scoring.ranking.score_ranking", "scoring.walk._pass_others", "scoring.formats.rows.read_rows"]
)
def test_the_kernels_of_the_inner_loops_borrow(name: str) -> None:
    assert not FAMILY.kernels[name].targetoptions["_nrt"]


def test_a_borrowing_kernel_leaves_the_counts_of_its_arrays_alone(family: KernelFamily) -> None:
    def first(pair: Pair) -> int:
        return pair.left[1:][0] + pair.right[0]

    pair, kernel = Pair(np.arange(4), np.ones(4, dtype=np.int64)), family.borrowing(first)
    before = [sys.getrefcount(array) for array in pair]

    for _ in range(10):
        kernel(pair)

    assert [sys.getrefcount(array) for array in pair] == before
