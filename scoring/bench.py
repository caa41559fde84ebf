"""Measure the scorer at the size of AG-ReID2023, as ratios inside one run: ``python -m scoring.bench``.

Absolute seconds say more about the machine than about the code; the hash of the same file on the same machine is the
yardstick.
"""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from scoring.annotations import Annotations
from scoring.evaluation import evaluate
from scoring.formats.description import MEBIBYTE, SubmissionFormat
from scoring.protocol import Protocol
from scoring.sizes import AG_REID_2023, write_annotations, write_labels, write_ranking
from scoring.submission import check

_REPEATS: Final = 3


def main() -> int:
    """Measure, print the table, and return the exit status."""
    with tempfile.TemporaryDirectory(prefix="scoring-bench-") as folder:
        for line in measure(Path(folder)):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    return 0


def measure(folder: Path) -> list[str]:
    """Return the lines of the table."""
    one_way, both = AG_REID_2023[:1], AG_REID_2023
    files = {name: folder / name for name in ("full.csv", "full_truth.csv", "labels.csv", "labels_truth.csv")}
    write_annotations(files["full_truth.csv"], one_way)
    write_ranking(files["full.csv"], one_way)
    write_annotations(files["labels_truth.csv"], both)
    write_labels(files["labels.csv"], both)
    size = files["full.csv"].stat().st_size
    hashing = _median(lambda: _hash(files["full.csv"]))
    ranking, labels = SubmissionFormat(), SubmissionFormat(kind="labels")
    rows = [
        ("work", "median", "ratio to sha256"),
        (f"sha256 of the full ranking ({size / 1e6:.0f} MB)", f"{hashing:.2f} s", "1.0"),
    ]
    full_truth, labels_truth = _read(files["full_truth.csv"]), _read(files["labels_truth.csv"])
    seconds = _median(lambda: _check(files["full.csv"], full_truth, ranking))
    rows.append(("full ranking: check", f"{seconds:.2f} s", f"{seconds / hashing:.1f}"))
    seconds = _median(lambda: _evaluate(files["full.csv"], full_truth, ranking))
    rows.append(("full ranking: check and score", f"{seconds:.2f} s", f"{seconds / hashing:.1f}"))
    for name, work in (("check", _check), ("check and score", _evaluate)):
        seconds = _median(lambda work=work: work(files["labels.csv"], labels_truth, labels))  # type: ignore[misc]
        rows.append((f"labels, 8,499 rows: {name}", f"{1000 * seconds:.0f} ms", ""))
    seconds, peak = run_child(files["full.csv"], files["full_truth.csv"], ranking)
    rows.append(("child, full ranking, cold start to result", f"{seconds:.2f} s", f"{seconds / hashing:.1f}"))
    rows.append(("child, full ranking, peak memory (VmHWM)", f"{peak / MEBIBYTE:.0f} MiB", ""))
    seconds, peak = run_child(files["labels.csv"], files["labels_truth.csv"], labels)
    rows.append(("child, labels, cold start to result", f"{seconds:.2f} s", ""))
    rows.append(("child, labels, peak memory (VmHWM)", f"{peak / MEBIBYTE:.0f} MiB", ""))
    return [f"{name:<48} {median:>10} {ratio:>16}" for name, median, ratio in rows]


def run_child(submission: Path, annotations: Path, described: SubmissionFormat) -> tuple[float, int]:
    """Evaluate in a child as the site does; return the seconds and the child's own peak memory in bytes.

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
        handles = (file.fileno(), truth.fileno(), content["result"], job.fileno())
        # The child reads its own peak: what the system tells a parent includes the parent's.
        code = (
            "import sys; from scoring.child import main; main([sys.argv[1]]);"
            "print(next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmHWM')))"
        )
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", code, str(job.fileno())],
            pass_fds=[int(handle) for handle in handles],  # type: ignore[call-overload]
            stdout=subprocess.PIPE,
        )
        seconds = time.perf_counter() - start
        os.close(int(content["result"]))  # type: ignore[call-overload]
        result.seek(0)
        outcome = json.loads(result.read() or b"{}")
    if outcome.get("outcome") != "scored":
        raise RuntimeError(f"The child ended with status {done.returncode} and {outcome.get('outcome')}.")
    return seconds, int(done.stdout) * 1024


def _median(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(_REPEATS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(4 * MEBIBYTE):
            digest.update(block)
    return digest.hexdigest()


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
    sys.exit(main())
