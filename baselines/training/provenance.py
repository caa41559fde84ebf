"""Record what a run was made of: recipe, data, weights, code, libraries, machine, time and memory."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import resource
import subprocess
from pathlib import Path
from typing import Any

_LIBRARIES = ("numpy", "pillow")


def environment(*libraries: str) -> dict[str, Any]:
    """Return the revision of the code, versions of NumPy, Pillow and these libraries, threads and the processor's kind."""
    return {
        "code": revision(),
        "python": platform.python_version(),
        "libraries": {name: version for name in (*_LIBRARIES, *libraries) if (version := _version(name))},
        "threads": _threads(),
        "device": f"cpu ({platform.machine()})",
        "cuda": None,
    }


def revision() -> str:
    """Return the commit of this code with "+" behind it if files differ, or the package's version where there is no commit."""
    folder = Path(__file__).parent
    answers = []
    for command in (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no", "."]):
        try:
            git = subprocess.run(["git", "-C", str(folder), *command], capture_output=True, text=True, timeout=20)
        except (OSError, subprocess.TimeoutExpired):
            break
        if git.returncode:
            break
        answers.append(git.stdout.strip())
    if len(answers) == 2:
        return answers[0] + ("+" if answers[1] else "")
    return _version("agora-reid") or "unknown"


def peak_bytes() -> int:
    """Return the most resident memory that this process had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _threads() -> int:
    """Return how many threads libraries of linear algebra start: as they are told, or one for each processor."""
    told = os.environ.get("OMP_NUM_THREADS", "")
    return int(told) if told.isdecimal() else len(os.sched_getaffinity(0))


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
