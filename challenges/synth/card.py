"""Write the README of a release: what the data are, how to score them offline, what chance reaches."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from challenges.synth.chance import chance_map, chance_rank_1
from challenges.synth.populations import PARTS, Population, Row

VAL_COMMAND = "python -m challenges evaluate {slug} --annotations val/annotations.csv --submission FILE"


def chance_values(rows: Sequence[Row], tracks: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return for each track the exact chance of rank-1, mAP and labels, fractions, and the counts behind them.

    A query's gallery is without the images of its own identity in its own camera, which the protocol drops.
    """
    values = {}
    for track in tracks:
        here = [row for row in rows if row["track"] == track]
        queries, gallery = ([row for row in here if row["role"] == role] for role in ("query", "gallery"))
        counts = Counter(row["pid"] for row in gallery)
        junk = Counter((row["pid"], row["camid"]) for row in gallery)
        relevant: dict[int, list[int]] = {}
        for row in queries:
            dropped = junk[row["pid"], row["camid"]]
            relevant.setdefault(len(gallery) - dropped, []).append(counts[row["pid"]] - dropped)
        values[track] = {
            "queries": len(queries),
            "gallery": len(gallery),
            "identities": len(counts),
            "rank-1": _mean(relevant, chance_rank_1),
            "mAP": _mean(relevant, chance_map),
            "labels rank-1": 1.0 / len(counts),
        }
    return values


def _mean(relevant: Mapping[int, Sequence[int]], chance: Callable[[Sequence[int], int], float]) -> float:
    """Return the mean of a chance over queries, given as numbers of matches by size of the gallery."""
    total = sum(len(group) for group in relevant.values())
    return math.fsum(chance(group, size) * (len(group) / total) for size, group in relevant.items())


def readme_text(people: Population, rows: Mapping[str, Sequence[Row]]) -> str:
    """Return the README of the public folder."""
    train, val, test = (_counted(rows[part]) for part in PARTS)
    lines = [line for part in PARTS[1:] for line in _lines(part, rows[part], people.tracks)]
    return people.readme.format(
        counts=f"{train} for training, {val} for validation and {test} for testing",
        command=VAL_COMMAND.format(slug=people.slug),
        table="\n".join(lines),
    )


def _counted(rows: Sequence[Row]) -> str:
    return f"{len(rows):,} images of {len({row['pid'] for row in rows}):,} identities"


def _lines(part: str, rows: Sequence[Row], tracks: Sequence[str]) -> list[str]:
    lines = []
    for track, values in chance_values(rows, tracks).items():
        chance = " | ".join(f"{100 * values[name]:.2f}" for name in ("rank-1", "mAP", "labels rank-1"))
        lines.append(
            f"| {part} | {track} | {values['queries']:,} | {values['gallery']:,} | {chance} | 100 / 100 / 100 |"
        )
    return lines
