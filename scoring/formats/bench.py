"""Measure text files at the size of AG-ReID2023, aerial to ground: ``python -m scoring.formats.bench``.

The yardsticks are the SHA-256 of the same file, one thread of OpenSSL, and its plain decompression by the same library.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa

from scoring.annotations import Annotations
from scoring.evaluation import evaluate
from scoring.formats.description import MEBIBYTE, SubmissionFormat
from scoring.measuring import Row, in_turns, resident_bytes, show
from scoring.protocol import Protocol
from scoring.sizes import AG_REID_2023, write_annotations, write_labels, write_ranking
from scoring.submission import check

_BLOCK: Final = 4 * MEBIBYTE
_MOST_BYTES: Final = 300 * 1000 * 1000
_RANKING: Final = SubmissionFormat()
_LABELS: Final = SubmissionFormat(kind="labels")


class ChildCost(NamedTuple):
    """Hold what a child took from its start to its result: seconds, VmHWM, and peak of RssAnon + RssShmem."""

    seconds: float
    high_water_bytes: int
    peak_bytes: int


def rows() -> Iterator[Row]:
    """Measure and yield the lines of the table."""
    with tempfile.TemporaryDirectory(prefix="scoring-bench-") as name:
        folder = Path(name)
        one_way, both = AG_REID_2023[:1], AG_REID_2023
        write_annotations(folder / "truth.csv", one_way)
        write_ranking(folder / "full.csv", one_way)
        yield from _ranking_rows(folder)
        write_annotations(folder / "truth.csv", both)
        write_labels(folder / "labels.csv", both)
        yield from _labels_rows(folder)


def _ranking_rows(folder: Path) -> Iterator[Row]:
    plain, truth_file = folder / "full.csv", folder / "truth.csv"
    size, truth = plain.stat().st_size / 1e6, _read(truth_file)
    yield from _compared(
        {
            f"SHA-256 of a full ranking, {size:.0f} MB": lambda: _hash(plain),
            "check": lambda: _check(plain, truth, _RANKING),
            "check and score": lambda: _evaluate(plain, truth, _RANKING),
        },
        most_ratio=1.3,
    )
    yield from _child_rows("", plain, truth_file, _RANKING)
    for kind, pack, expand, most_ratio in ((".gz", _pack_gz, _expand_gz, 1.3), (".zst", _pack_zst, _expand_zst, None)):
        packed = folder / f"full.csv{kind}"
        pack(plain, packed)
        size = packed.stat().st_size / 1e6
        yield from _compared(
            {
                f"the same as {kind}, {size:.0f} MB: plain decompression": partial(expand, packed),
                f"{kind}: check": partial(_check, packed, truth, _RANKING),
                f"{kind}: check and score": partial(_evaluate, packed, truth, _RANKING),
            },
            most_ratio=most_ratio,
        )
        yield from _child_rows(f"{kind}: ", packed, truth_file, _RANKING, most_seconds=None)
        packed.unlink()


def _compared(works: dict[str, Callable[[], object]], *, most_ratio: float | None) -> Iterator[Row]:
    """Compare work with the first of it, in turns; the last is what must reach a ratio."""
    costs = in_turns(works)
    yardstick, last = costs[next(iter(works))].seconds, list(works)[-1]
    for name, spent in costs.items():
        yield Row(name, *spent[:2], spent.seconds / yardstick, most_ratio=most_ratio if name == last else None)


def _labels_rows(folder: Path) -> Iterator[Row]:
    labels, truth_file = folder / "labels.csv", folder / "truth.csv"
    truth = _read(truth_file)
    costs = in_turns(
        {
            "labels, 8,499 rows: check": lambda: _check(labels, truth, _LABELS),
            "labels: check and score": lambda: _evaluate(labels, truth, _LABELS),
        },
        repeats=9,
    )
    for name, spent in costs.items():
        yield Row(name, *spent[:2], most_seconds=0.05 if "score" in name else None)
    yield from _child_rows("labels: ", labels, truth_file, _LABELS)


def _child_rows(
    name: str, submission: Path, annotations: Path, described: SubmissionFormat, *, most_seconds: float | None = 1.5
) -> Iterator[Row]:
    costs = [run_child(submission, annotations, described) for _ in range(3)]
    yield Row(
        f"{name}child, cold start to result", statistics.median(one.seconds for one in costs), most_seconds=most_seconds
    )
    # What the libraries map is counted as well, so that the bar is passed with room.
    yield Row(f"{name}child, VmHWM", peak_bytes=max(one.high_water_bytes for one in costs), most_bytes=_MOST_BYTES)
    yield Row(f"{name}child, RssAnon + RssShmem", peak_bytes=max(one.peak_bytes for one in costs))


def run_child(submission: Path, annotations: Path, described: SubmissionFormat) -> ChildCost:
    """Evaluate in a child as the site does.

    Raises
    ------
    RuntimeError
        When the child does not score the file.
    """
    with (
        submission.open("rb") as file,
        annotations.open("rb") as truth,
        tempfile.TemporaryFile() as result,
        tempfile.TemporaryFile() as job,
    ):
        content = {
            "task": "evaluate",
            "submission": file.fileno(),
            "annotations": truth.fileno(),
            "format": described.to_mapping(),
            "protocol": Protocol().to_mapping(),
            "result": os.dup(result.fileno()),
        }
        job.write(json.dumps(content).encode())
        job.seek(0)
        handles = (file.fileno(), truth.fileno(), int(str(content["result"])), job.fileno())
        spent = _watched(job.fileno(), handles)
        os.close(int(str(content["result"])))
        result.seek(0)
        outcome = json.loads(result.read() or b"{}")
    if outcome.get("outcome") != "scored":
        raise RuntimeError(f"The child ended with {outcome.get('outcome')}.")
    return spent


def _watched(job: int, handles: tuple[int, ...]) -> ChildCost:
    """Start a child and watch it to its end."""
    # The child reads its own peak: what the system tells a parent includes the parent's.
    code = (
        "import sys; from scoring.child import main; main([sys.argv[1]]);"
        "print(next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmHWM')))"
    )
    start, peak = time.perf_counter(), 0
    with subprocess.Popen(
        [sys.executable, "-c", code, str(job)], pass_fds=handles, stdout=subprocess.PIPE, text=True
    ) as child:
        while child.poll() is None:
            peak = max(peak, resident_bytes(child.pid))
            try:
                child.wait(0.01)
            except subprocess.TimeoutExpired:
                continue
        seconds = time.perf_counter() - start
        printed = child.stdout.read() if child.stdout else ""
    return ChildCost(seconds, int(printed.strip() or 0) * 1024, peak)


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _pack_gz(source: Path, target: Path) -> None:
    with source.open("rb") as plain, gzip.open(target, "wb", compresslevel=6) as packed:
        shutil.copyfileobj(plain, packed, _BLOCK)


def _pack_zst(source: Path, target: Path) -> None:
    with source.open("rb") as plain, pa.CompressedOutputStream(str(target), "zstd") as packed:
        shutil.copyfileobj(plain, packed, _BLOCK)


def _expand_gz(path: Path) -> int:
    """Decompress a .gz of one member and keep nothing; return the number of bytes."""
    expander, size = zlib.decompressobj(31), 0
    with path.open("rb") as file:
        while block := file.read(256 * 1024):
            size += len(expander.decompress(block))
    return size


def _expand_zst(path: Path) -> int:
    """Decompress a .zst and keep nothing; return the number of bytes."""
    size = 0
    with pa.CompressedInputStream(str(path), "zstd") as stream:
        while block := stream.read(MEBIBYTE):
            size += len(block)
    return size


def _read(path: Path) -> Annotations:
    with path.open("rb") as file:
        return Annotations.read(file)


def _check(path: Path, truth: Annotations, described: SubmissionFormat) -> object:
    with path.open("rb") as file:
        return check(file, manifest=truth.manifest, submission_format=described, protocol=Protocol())


def _evaluate(path: Path, truth: Annotations, described: SubmissionFormat) -> object:
    with path.open("rb") as file:
        return evaluate(file, annotations=truth, submission_format=described, protocol=Protocol())


if __name__ == "__main__":
    sys.exit(show(rows()))
