"""What a bench measures and how it prints it."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from scoring.bench import benches
from scoring.measuring import MEBIBYTE, Cost, Row, cost, in_turns, show


def test_work_is_done_in_turns():
    done = []

    costs = in_turns({"a": lambda: done.append("a"), "b": lambda: done.append("b")}, repeats=3)

    assert "".join(done) == "ababab"
    assert list(costs) == ["a", "b"]


def test_the_peak_is_of_memory_that_was_given_back():
    def fill() -> None:
        np.ones(64 * MEBIBYTE, dtype=np.uint8).sum()

    assert cost(fill, repeats=1).peak_bytes - cost(lambda: None, repeats=1).peak_bytes > 32 * MEBIBYTE


@pytest.mark.parametrize(
    ("row", "bar", "is_met"),
    [
        (Row("a", seconds=1.4, most_seconds=1.5), "<= 1.50 s", True),
        (Row("a", ratio=1.4, most_ratio=1.3), "<= 1.3 x", False),
        (Row("a", ratio=11.0, least_ratio=10), ">= 10 x", True),
        (Row("a", peak_bytes=3, most_bytes=2 * MEBIBYTE), "<= 2 MiB", True),
        (Row("a", seconds=1.0), "", None),
    ],
)
def test_a_row_is_compared_with_what_it_must_reach(row, bar, is_met):
    assert row.bar == bar
    assert row.is_met is is_met


def test_a_table_is_printed_row_by_row(capsys):
    spent = Cost(0.0204, 2.0, 3 * MEBIBYTE)

    assert show([Row("sorting", *spent[:2], 1.5, spent.peak_bytes, most_ratio=1.3)]) == 0

    heading, row = capsys.readouterr().out.splitlines()
    assert heading.split()[0] == "work"
    assert row.split() == ["sorting", "20", "ms", "2.00", "s", "1.50", "3", "MiB", "<=", "1.3", "x", "MISSED"]


@pytest.mark.parametrize("name", benches())
def test_every_bench_has_rows(name):
    assert callable(importlib.import_module(name).rows)
