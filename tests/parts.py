"""`python -m tests.parts [PART …]`: run the tests part by part, each with its time against its budget.

Parts run one after the other in processes of their own, so that pure tests prove that they need no Django. A test
file that no part holds is an error, and so is a skipped test: nothing is left out in silence. The last line is the
summary; the exit status is 0 only when everything passed. A part over its budget is named, not failed: time depends
on the machine.
"""

import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_ROOT = Path(__file__).resolve().parents[1]
_NOTHING_COLLECTED = 5  # pytest's exit status


@dataclass(frozen=True)
class Part:
    """Some paths below tests/, what pytest is told beside them, and the seconds they should take at most.

    What stands in `beside` runs at the same time in a process of its own, with servers of its own: a part that waits for
    processes, engines and one core alone leaves the second core of the build machine to it.
    """

    name: str
    paths: tuple[str, ...]
    budget_seconds: int
    arguments: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @property
    def all_paths(self) -> tuple[str, ...]:
        """Return every path of the part."""
        return self.paths + self.beside


_SCORING = ("comparison", "formats", "intervals", "metrics", "parity", "protocols", "same_bytes", "validation")
PARTS = (
    Part("layout", ("test_*.py",), 60),
    Part(
        "pure",
        ("scoring/test_*.py", *(f"scoring/{name}" for name in _SCORING)),
        180,
        ("-p", "no:django"),
        beside=("challenges", "scoring/reranking", "scoring/vectors"),
    ),
    Part("baselines", ("baselines",), 180, ("-p", "no:django")),
    Part(
        "django",
        (
            *("agora/accounts", "agora/activity", "agora/competitions", "agora/config", "agora/core"),
            *("agora/evaluations", "agora/leaderboards", "agora/runs", "agora/submissions", "agora/supervisor"),
        ),
        180,
        beside=("agora/canary", "agora/operations", "agora/permissions", "agora/races"),
    ),
    Part(
        "live",
        ("live/faults/test_[bcw]*.py", "live/faults/test_storm.py*"),
        240,
        ("-p", "no:django"),
        beside=("live/test_*.py", "live/faults/test_d*.py", "live/faults/test_storage.py*"),
    ),
    Part("browser", ("browser/test_[!ek]*.py",), 240, beside=("browser/test_[ek]*.py",)),
)


@dataclass
class Outcome:
    """The counts of one part as pytest reports them."""

    part: Part
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    is_broken: bool = False  # pytest itself ended badly, or found nothing

    def line(self) -> str:
        """Return one row of the table of times."""
        over = "  OVER ITS BUDGET" if self.seconds > self.part.budget_seconds else ""
        broken = "  BROKEN" if self.is_broken else ""
        counts = f"{self.passed:>5} passed {self.failed:>3} failed {self.skipped:>3} skipped"
        return f"{self.part.name:<10} {counts} {self.seconds:>6.1f} s of {self.part.budget_seconds} s{over}{broken}"


def main(names: list[str]) -> int:
    """Run the named parts, all by default; return the exit status."""
    known = {part.name: part for part in PARTS}
    unknown = sorted(set(names) - set(known))
    if unknown:
        print(f"No such part: {', '.join(unknown)}. Parts: {', '.join(known)}.", file=sys.stderr)
        return 2
    forgotten = files_without_part()
    for file in forgotten:
        print(f"tests/{file} belongs to no part of tests/parts.py", file=sys.stderr)
    outcomes = [_run(known[name]) for name in names or known]
    print("\nTimes against budgets")
    for outcome in outcomes:
        print(outcome.line())
    passed, failed = sum(one.passed for one in outcomes), sum(one.failed for one in outcomes)
    broken = sum(one.is_broken for one in outcomes) + bool(forgotten)
    seconds = sum(one.seconds for one in outcomes)
    skipped = sum(one.skipped for one in outcomes)
    trouble = (f", {skipped} skipped" if skipped else "") + (f", {broken} parts broken" if broken else "")
    print(f"{passed} passed, {failed} failed{trouble} in {seconds:.0f} s")
    return 1 if failed or skipped or broken else 0


def files_without_part() -> list[str]:
    """Return the test files, relative to tests/, that no part would run."""
    held = {file for part in PARTS for path in part.all_paths for file in _files(path)}
    return sorted(str(file) for file in _files(".") - held)


def _files(path: str) -> set[Path]:
    """Return the test files of a folder, or those directly in tests/ that match a pattern."""
    tests = _ROOT / "tests"
    found = tests.glob(path) if "*" in path else (tests / path).rglob("test_*.py")
    return {file.relative_to(tests) for file in found}


def _run(part: Part) -> Outcome:
    """Run one part and read pytest's counts from its report files."""
    print(f"\n=== {part.name} (budget {part.budget_seconds} s)", flush=True)
    outcome = Outcome(part)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        printed = Path(folder) / "beside.txt"
        with printed.open("wb") as file:
            beside = _start(part, part.beside, Path(folder) / "beside.xml", file)
            foremost = _start(part, part.paths, Path(folder) / "report.xml", None)
            started = [one for one in (foremost, beside) if one is not None]
            statuses = [one.wait() for one in started] or [_NOTHING_COLLECTED]
        print(printed.read_text(encoding="utf-8", errors="replace"), end="", flush=True)
        outcome.seconds = time.monotonic() - begin
        reports = list(Path(folder).glob("*.xml"))
        outcome.is_broken = not set(statuses) <= {0, 1} or len(reports) != len(started)
        for report in reports:
            _count(report, outcome)
    return outcome


def _start(
    part: Part, paths: tuple[str, ...], report: Path, output: IO[bytes] | None
) -> subprocess.Popen[bytes] | None:
    """Start pytest on some paths of a part, None where there is nothing; its words go to `output` or the terminal."""
    files = [str(Path("tests") / file) for path in paths for file in _arguments(path)]
    command = [sys.executable, "-m", "pytest", "--quiet", *part.arguments, f"--junitxml={report}", *files]
    return subprocess.Popen(command, cwd=_ROOT, stdout=output, stderr=output) if files else None


def _arguments(path: str) -> list[Path]:
    """Return what pytest is given for one path: the folder, or the files of a pattern."""
    if "*" in path:
        return sorted(_files(path))
    return [Path(path)] if (_ROOT / "tests" / path).is_dir() else []


def _count(report: Path, outcome: Outcome) -> None:
    """Add the counts of pytest's report; an error in set-up or tear-down counts as a failure."""
    for suite in ET.parse(report).getroot().iter("testsuite"):
        total, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        outcome.failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        outcome.skipped += skipped
        outcome.passed += total - skipped - int(suite.get("failures", 0)) - int(suite.get("errors", 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
