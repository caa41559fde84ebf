"""Run every bench of the scorer, one after another, each in a process of its own: ``python -m scoring.bench``.

`scoring.measuring` says what a bench is; each is found by its name, and may be run alone: ``python -m scoring.formats.bench``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def benches() -> list[str]:
    """Return the names of all benches: the modules ``bench`` of the packages of scoring."""
    package = Path(__file__).parent
    return [f"{package.name}.{path.parent.name}.bench" for path in sorted(package.glob("*/bench.py"))]


def main() -> int:
    """Run the benches; return 0 when all ran to their ends."""
    statuses = []
    for name in benches():
        sys.stdout.write(f"\n{name}\n")
        sys.stdout.flush()
        statuses.append(subprocess.run([sys.executable, "-m", name]).returncode)
    return int(any(statuses))


if __name__ == "__main__":
    sys.exit(main())
