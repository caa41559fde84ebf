"""Print the tables of the validation: ``python -m scoring.validation [coverage] [test] [tiers]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from scoring.validation.boards import Counted, demotions, false_positives
from scoring.validation.coverage import coverage
from scoring.validation.population import NOISE

REPLICATES: Final = 2000
#: Levels of rank-1 at which tests and tiers are simulated.
BOARD_LEVELS: Final = (0.5, 0.85, 0.97)
#: A line of a table and whether its bars are met.
Line = tuple[str, bool]


def main(arguments: list[str]) -> int:
    """Simulate, print one line per cell and metric, and return 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m scoring.validation", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"{', '.join(_PARTS)}; all of them without it")
    parser.add_argument("--replicates", type=int, default=REPLICATES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--identities", type=int, nargs="+", choices=sorted(NOISE), default=sorted(NOISE))
    options = parser.parse_args(arguments)
    unknown = [part for part in options.parts if part not in _PARTS]
    if unknown:
        parser.error(f"unknown part: {', '.join(unknown)}")
    met = True
    for part in options.parts or _PARTS:
        for line, is_met in _PARTS[part](options.identities, options.replicates, options.seed):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
            met = met and is_met
    return 0 if met else 1


def coverage_table(sizes: list[int], replicates: int, seed: int) -> Iterator[Line]:
    """Yield the lines of the table of intervals; percent, ± Monte Carlo standard error."""
    yield from _head(
        *("identities", "metric", "mean", "SD", "gallery and query: coverage", "width"),
        *("gallery fixed: coverage", "width"),
    )
    for identities in sizes:
        for level in NOISE[identities]:
            for found in coverage(identities, level, replicates=replicates, seed=seed):
                cells = (
                    str(identities),
                    found.metric,
                    *(f"{100 * value:.2f}" for value in (found.mean, found.deviation)),
                    *(str(found.two_roles), f"{100 * found.width:.2f}"),
                    *(str(found.query_role), f"{100 * found.query_width:.2f}"),
                )
                yield _row(cells), found.two_roles.is_met and found.query_role.is_met


def board_table(
    simulate: Callable[..., list[Counted]], heads: tuple[str, str], sizes: list[int], replicates: int, seed: int
) -> Iterator[Line]:
    """Yield the lines of the table of tests or tiers; percent, ± Monte Carlo standard error."""
    yield from _head("identities", "rank-1 about", "metric", *heads)
    for identities in sizes:
        for level in BOARD_LEVELS:
            for found in simulate(identities, level, replicates=replicates, seed=seed):
                cells = (str(identities), f"{100 * level:.0f}", found.metric, str(found.share), str(found.other))
                yield _row(cells), found.share.is_met and found.other.is_met


def _head(*names: str) -> Iterator[Line]:
    yield _row(names), True
    yield "|" + "---|" * len(names), True


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"


_PARTS: Final[dict[str, Callable[[list[int], int, int], Iterator[Line]]]] = {
    "coverage": coverage_table,
    "test": partial(board_table, false_positives, ("equal: p ≤ 5 %", "noise × 1.1: p ≤ 5 %")),
    "tiers": partial(board_table, demotions, ("4 equal, 4 worse: demoted", "4 equal alone: demoted")),
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
