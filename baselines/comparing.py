"""Tell what one run changes against another on a release whose labels are known, and how pure its pseudo-labels were.

Re-ranking, pseudo-labels and other additions are judged so: the same queries, each with its change, by the scorer's paired
test over identities.
"""

from __future__ import annotations

import itertools
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from baselines.commands import found_by, guarded_learning
from baselines.images import DataError, first_few, read_images
from baselines.inference.answer import ranked
from baselines.inference.scores import METRICS, PROTOCOL, read_annotations, score
from baselines.post.clusters import UNUSED, ClusterReport, report
from baselines.training.folder import PSEUDO_LABELS, find_run
from baselines.training.journal import Journal
from scoring.comparison import Difference, Entry, compare
from scoring.errors import TableError
from scoring.tables import read_table

DIGITS = 4


def compare_command(options: Namespace) -> int:
    """Tell the change of each metric, and the purity of each round of pseudo-labels, as events."""
    journal = Journal()
    return guarded_learning(journal, lambda: _compare(options, journal))


def _compare(options: Namespace, journal: Journal) -> None:
    hidden = options.data / "hidden" / "annotations.csv"
    annotations, options.data = read_annotations(hidden), options.data / "public" / "test"
    images, entries = read_images(options.data), []
    for word in (options.run, options.other):
        orders = ranked(images.manifest, found_by(word, options, journal))
        entries.append(Entry.of(score(orders, annotations)))
    for metric in METRICS:
        first, second = entries
        found = compare(first, second, annotations=annotations, protocol=PROTOCOL, metric=metric, split="all")
        journal.say("change", metric=metric, **told(found))
    for number, clusters in enumerate(rounds_of(find_run(options.run)[0], hidden), start=1):
        journal.say("clusters", round=number, **{name: rounded(value) for name, value in asdict(clusters).items()})


def told(difference: Difference) -> dict[str, Any]:
    """Return a paired comparison as an event tells it, in fractions."""
    names = ("first", "second", "difference", "low", "high")
    return {name: rounded(getattr(difference, name)) for name in names} | {"p": difference.p_value}


def rounds_of(folder: Path, hidden: Path) -> Iterator[ClusterReport]:
    """Yield the report of each round of pseudo-labels that a run has kept; DataError if they are of other images."""
    known = dict(_pairs(hidden, ("image_id", "pid")))
    codes = {pid: code for code, pid in enumerate(sorted(set(known.values())))}
    for number in itertools.count(1):
        path = folder / PSEUDO_LABELS.format(round=number)
        if not path.exists():
            return
        rows = _pairs(path, ("image_id", "label"))
        strangers = [name for name, _ in rows if name not in known]
        if strangers:
            raise DataError(f"{path}: images that the release has not: {first_few(strangers)}")
        labels = np.array([int(label) if label else UNUSED for _, label in rows], dtype=np.int64)
        yield report(labels, np.array([codes[known[name]] for name, _ in rows], dtype=np.int64))


def _pairs(path: Path, columns: tuple[str, str]) -> list[tuple[str, str]]:
    try:
        with path.open("rb") as file:
            table = read_table(file, columns)
    except (OSError, TableError) as error:
        raise DataError(f"{path}: {error}") from error
    return list(zip(*(table.strings(column) for column in columns), strict=True))


def rounded(value: float | None) -> float | None:
    """Return a fraction as an event tells it."""
    return None if value is None else round(value, DIGITS)
