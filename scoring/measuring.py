"""Measure work for the tables of ``python -m scoring.bench``: medians, ratios in one run, and peaks of memory.

A bench is a module ``bench.py`` of a package of scoring with a function ``rows`` that yields `Row`, and
``sys.exit(show(rows()))`` at its end. Absolute seconds say more about the machine than about the code, so what is
compared is measured in turns. On a machine with other work only the seconds of the processors mean anything, and only with
OPENBLAS_NUM_THREADS=1, since threads of that library spin while they wait.
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

MEBIBYTE: Final = 1024 * 1024
REPEATS: Final = 3
_SAMPLE_SECONDS: Final = 0.01
_HEADS: Final = ("work", "seconds", "CPU seconds", "ratio", "peak memory", "must reach", "")
_WIDTHS: Final = (-58, 9, 12, 7, 12, 12, -6)


class Cost(NamedTuple):
    """Hold what one call took: seconds by the clock, seconds of all processors, and peak bytes of the process.

    The peak is that of RssAnon + RssShmem: a mapped file is not memory, nor are the pages of libraries.
    """

    seconds: float
    processor_seconds: float
    peak_bytes: int


class Row(NamedTuple):
    """Hold one line of a table; what is None is left empty.

    Attributes
    ----------
    work : str
    seconds, processor_seconds, ratio, peak_bytes : numbers or None
        The ratio is to the yardstick that the line, or the heading, names.
    most_seconds, most_ratio, least_ratio, most_bytes : numbers or None
        What the row must reach; at most one of them.
    """

    work: str
    seconds: float | None = None
    processor_seconds: float | None = None
    ratio: float | None = None
    peak_bytes: int | None = None
    most_seconds: float | None = None
    most_ratio: float | None = None
    least_ratio: float | None = None
    most_bytes: int | None = None

    @property
    def bar(self) -> str:
        """Say what the row must reach."""
        if self.most_seconds is not None:
            return f"<= {_seconds(self.most_seconds)}"
        if self.most_ratio is not None:
            return f"<= {self.most_ratio:g} x"
        if self.least_ratio is not None:
            return f">= {self.least_ratio:g} x"
        return "" if self.most_bytes is None else f"<= {_bytes(self.most_bytes)}"

    @property
    def is_met(self) -> bool | None:
        """Tell whether the row reaches what it must; None where nothing is asked or measured."""
        compared = (
            (self.seconds, self.most_seconds, 1),
            (self.ratio, self.most_ratio, 1),
            (self.ratio, self.least_ratio, -1),
            (self.peak_bytes, self.most_bytes, 1),
        )
        asked = [sign * (value - limit) <= 0 for value, limit, sign in compared if None not in (value, limit)]  # type: ignore[operator]
        return asked[0] if asked else None


def cost(work: Callable[[], object], *, repeats: int = REPEATS) -> Cost:
    """Return the medians of several calls, and the highest peak."""
    return in_turns({"": work}, repeats=repeats)[""]


def in_turns(works: Mapping[str, Callable[[], object]], *, repeats: int = REPEATS) -> dict[str, Cost]:
    """Return the medians of several rounds in which each piece of work is done once, and the highest peaks.

    Notes
    -----
    Whatever slows the machine down for a while slows all of them down, so that ratios hold.
    """
    rounds = [{name: _once(work) for name, work in works.items()} for _ in range(repeats)]
    return {
        name: Cost(
            statistics.median(one[name].seconds for one in rounds),
            statistics.median(one[name].processor_seconds for one in rounds),
            max(one[name].peak_bytes for one in rounds),
        )
        for name in works
    }


def resident_bytes(process: int | str = "self") -> int:
    """Return RssAnon + RssShmem of a process, of this one by default."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    return sum(int(lines[name].split()[0]) * 1024 for name in ("RssAnon", "RssShmem") if name in lines)


def show(rows: Iterable[Row]) -> int:
    """Print a table line by line as its rows are measured; return 0, the exit status, whatever they reach."""
    _print(_HEADS)
    for row in rows:
        met = {True: "met", False: "MISSED", None: ""}[row.is_met]
        _print(
            (
                row.work,
                _seconds(row.seconds),
                _seconds(row.processor_seconds),
                "" if row.ratio is None else f"{row.ratio:.2f}",
                _bytes(row.peak_bytes),
                row.bar,
                met,
            )
        )
    return 0


def _print(cells: Iterable[str]) -> None:
    padded = [
        f"{cell:<{-width}}" if width < 0 else f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)
    ]
    sys.stdout.write("  ".join(padded).rstrip() + "\n")
    sys.stdout.flush()


def _seconds(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2f} s" if value >= 1 else f"{1000 * value:.0f} ms" if value >= 0.01 else f"{1000 * value:.1f} ms"


def _bytes(value: int | None) -> str:
    return "" if value is None else f"{value / MEBIBYTE:.0f} MiB"


def _once(work: Callable[[], object]) -> Cost:
    done, peaks = threading.Event(), [resident_bytes()]

    def watch() -> None:
        while not done.wait(_SAMPLE_SECONDS):
            peaks.append(resident_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    start, processor_start = time.perf_counter(), time.process_time()
    try:
        work()
    finally:
        spent = time.perf_counter() - start, time.process_time() - processor_start
        peaks.append(resident_bytes())
        done.set()
        watcher.join()
    return Cost(*spent, max(peaks))
