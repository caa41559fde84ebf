"""Measure the same rankings through IR evaluators and here, files read included: ``python -m scoring.parity.bench``.

The others are measured where they are installed; what they give is compared with what we give. The ratios are of processor
seconds, to ours for the same run.
"""

from __future__ import annotations

import importlib
import importlib.util
import math
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from scoring.annotations import Annotations
from scoring.formats.description import SubmissionFormat
from scoring.measuring import Row, in_turns, show
from scoring.parity.catalogue import PRESETS
from scoring.sizes import AG_REID_2023, TrackSize, write_annotations, write_ranking
from scoring.submission import READERS

#: mAP and CMC at rank 1 under trec_eval's names.
Values = tuple[float, float]
_TOLERANCE: Final = 1e-6
_FULL: Final = AG_REID_2023[0]
#: Queries, and the depth of the rankings (None for full ones): 0.43 and 4.8 million lines of a run.
_SIZES: Final = ((_FULL.queries, 100), (250, None))


def rows() -> Iterator[Row]:
    """Measure and yield the lines of the table."""
    with tempfile.TemporaryDirectory(prefix="parity-bench-") as folder:
        for queries, depth in _SIZES:
            yield from measure(Path(folder), replace(_FULL, queries=queries), depth)


def measure(folder: Path, size: TrackSize, depth: int | None) -> Iterator[Row]:
    """Yield the lines of one set of rankings; ratios are to our seconds for the first kind of file that all read.

    Raises
    ------
    RuntimeError
        When another evaluator gives other values.
    """
    files = write(folder, size, depth)
    listed = f"{size.queries:,} x {'all' if depth is None else f'top {depth}'}"
    values: dict[str, Values] = {}

    def noted(name: str, work: Callable[[], Values]) -> Callable[[], None]:
        return lambda: values.update({name: work()})

    kinds = [kind for kind in ("run", "ranking") if kind in READERS]
    works = {f"here, kind {kind}": noted(kind, partial(here, files, kind, depth)) for kind in kinds}
    for name, (module, work) in _OTHERS.items():
        if importlib.util.find_spec(module) is None:
            yield Row(f"{listed}: {name}: not installed")
        else:
            works[name] = noted(name, partial(work, files))
    for call in works.values():
        call()  # what compiles itself does so now
    _compare(values)
    costs = in_turns(works)
    ours = next(iter(costs.values())).processor_seconds
    for name, spent in costs.items():
        bar = 1.0 if name in _OTHERS else None
        yield Row(f"{listed}: {name}", *spent[:2], spent.processor_seconds / ours, spent.peak_bytes, least_ratio=bar)


def write(folder: Path, size: TrackSize, depth: int | None) -> dict[str, Path]:
    """Write one set of rankings as a wide file and as a TREC run, and the truth as annotations and as judgements."""
    names = ("annotations", "full", "ranking", "run", "qrels")
    files = {name: folder / f"{name}.{'csv' if name != 'qrels' else 'txt'}" for name in names}
    write_annotations(files["annotations"], [size])
    write_ranking(files["full"], [size])
    with files["full"].open() as full, files["ranking"].open("w") as ranking, files["run"].open("w") as run:
        ranking.write(next(full))
        for line in full:
            query, items = line.rstrip("\n").split(",")
            listed = items.split(" ")[:depth]
            ranking.write(f"{query},{' '.join(listed)}\n")
            # Whole numbers below 2^24, which single precision holds: no ties.
            run.writelines(
                f"{query} Q0 {item} {rank} {size.gallery - rank} bench\n" for rank, item in enumerate(listed, 1)
            )
    files["full"].unlink()
    _write_judgements(files["annotations"], files["qrels"])
    return files


def here(files: dict[str, Path], kind: str, depth: int | None) -> Values:
    """Return the values of this library, from the annotations and a file."""
    with files["annotations"].open("rb") as truth, files[kind].open("rb") as file:
        found = PRESETS["trec_eval"].evaluate(
            file, annotations=Annotations.read(truth), submission_format=SubmissionFormat(kind=kind, depth=depth)
        )
    values = found.values[_FULL.track]
    return values["map"], values["success_1"]


def _pytrec_eval(files: dict[str, Path]) -> Values:
    module: Any = importlib.import_module("pytrec_eval")
    with files["qrels"].open() as judgements, files["run"].open() as run:
        evaluator = module.RelevanceEvaluator(module.parse_qrel(judgements), {"map", "success.1"})
        rows = evaluator.evaluate(module.parse_run(run)).values()
    return tuple(math.fsum(row[name] for row in rows) / len(rows) for name in ("map", "success_1"))  # type: ignore[return-value]


def _ranx(files: dict[str, Path]) -> Values:
    module: Any = importlib.import_module("ranx")
    judgements = module.Qrels.from_file(str(files["qrels"]), kind="trec")
    run = module.Run.from_file(str(files["run"]), kind="trec")
    found = module.evaluate(judgements, run, ["map", "hit_rate@1"])
    return float(found["map"]), float(found["hit_rate@1"])


#: Name to module and what evaluates with it.
_OTHERS: Final[Mapping[str, tuple[str, Callable[[dict[str, Path]], Values]]]] = MappingProxyType(
    {"pytrec_eval (trec_eval in C)": ("pytrec_eval", _pytrec_eval), "ranx, compiled before": ("ranx", _ranx)}
)


def _compare(values: Mapping[str, Values]) -> None:
    """Stop where two evaluators differ."""
    first, expected = next(iter(values.items()))
    for name, found in values.items():
        if not all(math.isclose(a, b, abs_tol=_TOLERANCE) for a, b in zip(found, expected, strict=True)):
            raise RuntimeError(f"{name} gives {found}, {first} {expected}.")


def _write_judgements(annotations: Path, qrels: Path) -> None:
    """Write a line for every pair of one identity."""
    sides: dict[str, dict[str, list[str]]] = {"query": {}, "gallery": {}}
    with annotations.open() as file:
        next(file)
        for line in file:
            _, role, image, pid, *_ = line.split(",")
            sides[role].setdefault(pid, []).append(image)
    with qrels.open("w") as file:
        for pid, queries in sides["query"].items():
            for query in queries:
                file.writelines(f"{query} 0 {item} 1\n" for item in sides["gallery"].get(pid, []))


if __name__ == "__main__":
    sys.exit(show(rows()))
