"""Add stored draws to annotations: ``python -m scoring.store_draws ANNOTATIONS.csv --draws 10 --seed 7 > drawn.csv``.

The galleries of each track are drawn for themselves, one image per identity and draw; see `scoring.draws`. Exit status: 0 fine,
2 the call is wrong.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final, TextIO

from scoring.draws import COLUMN, draw_galleries

_NEEDED: Final = ("track", "role", "pid")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scoring.store_draws", description="Draw galleries and store them.")
    parser.add_argument("annotations", type=Path, help="CSV; its rows and other columns stay as they are")
    parser.add_argument("--draws", type=int, required=True, help='how many; 1 for the draw "fixed"')
    parser.add_argument("--seed", type=int, required=True, help="0 to 2^64 - 1")
    parser.add_argument("--undrawn", nargs="*", default=[], metavar="PID", help="distractors: in every gallery")
    options = parser.parse_args(arguments)
    if options.draws < 1 or not 0 <= options.seed < 2**64:
        parser.error("--draws must be at least 1, and --seed from 0 to 2^64 - 1")
    with options.annotations.open(encoding="utf-8-sig", newline="") as source:
        try:
            store_draws(source, sys.stdout, draws=options.draws, seed=options.seed, undrawn=options.undrawn)
        except ValueError as error:
            parser.error(str(error))
    return 0


def store_draws(source: TextIO, target: TextIO, *, draws: int, seed: int, undrawn: Collection[str] = ()) -> None:
    """Copy annotations as CSV with the column ``draws`` at its end, in place of one that they have.

    Raises
    ------
    ValueError
        When a column is missing that the draws depend on.
    """
    reader = csv.DictReader(source)
    columns = [name for name in reader.fieldnames or () if name != COLUMN]
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        raise ValueError(f"the annotations lack the columns {', '.join(missing)}")
    rows = list(reader)
    galleries: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        row[COLUMN] = ""
        if row["role"] == "gallery":
            galleries.setdefault(row["track"], []).append(row)
    for own in galleries.values():
        drawn = draw_galleries([row["pid"] for row in own], draws=draws, seed=seed, undrawn=undrawn)
        for row, names in zip(own, drawn, strict=True):
            row[COLUMN] = names
    writer = csv.DictWriter(target, [*columns, COLUMN], lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)


if __name__ == "__main__":
    sys.exit(main())
