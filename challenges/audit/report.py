"""Write audits of one preset as a table: a row for each figure, a column for each seed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from challenges.audit.auditor import Audit
from challenges.audit.figures import RATIO, SHARE, Estimate, Figure

PASS, MISSED = "pass", "MISSED"


def audit_lines(audits: Sequence[Audit]) -> Iterator[str]:
    """Yield the lines of the table; shares in per cent, differences in points, with 95 % intervals."""
    first = audits[0]
    seeds = ", ".join(f"{audit.seed}" for audit in audits)
    made = f"{first.population}, preset {first.preset}, {first.identities:,} test identities, seed {seeds}"
    yield f"{made}. Per cent with 95 % intervals."
    rows = [("", "asked", *(f"seed {audit.seed}" for audit in audits), "")]
    rows += [
        (figures[0].label, figures[0].bar, *map(cell, figures), verdict(figures))
        for figures in zip(*(audit.figures for audit in audits), strict=True)
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def cell(figure: Figure) -> str:
    """Write one value: `12.3 [10.9, 13.8]`, after the shares of its bins where it has some."""
    digits, scale = (2, 1.0) if figure.unit == RATIO else (1, 100.0)
    value = _numbers(figure.estimate, digits, scale, signed=figure.unit not in (RATIO, SHARE))
    series = " ".join(f"{share * 100:.0f}" for share in figure.series)
    return f"{series}: {value}" if series else value


def _numbers(estimate: Estimate, digits: int, scale: float, *, signed: bool) -> str:
    if math.isnan(estimate.value):
        return "none"
    plus = "+" if signed else ""
    value = f"{estimate.value * scale:{plus}.{digits}f}"
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} [{estimate.low * scale:.{digits}f}, {estimate.high * scale:.{digits}f}]"


def verdict(figures: Sequence[Figure]) -> str:
    """Say whether a bar is met with every seed; nothing where none is set."""
    missed = sum(figure.passed is False for figure in figures)
    if figures[0].passed is None:
        return ""
    if not missed:
        return PASS
    return MISSED if missed == len(figures) else f"{MISSED} with {missed} of {len(figures)} seeds"
