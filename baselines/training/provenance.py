"""Record what a run was made of: recipe, data, weights, code, libraries, machine, time and memory."""

from __future__ import annotations

import importlib.metadata
import platform
import resource
import subprocess
from pathlib import Path
from typing import Any

import torch

_LIBRARIES = ("torch", "torchvision", "timm", "numpy", "pillow", "safetensors")


def environment(device: torch.device) -> dict[str, Any]:
    """Return the revision of the code, versions of libraries, threads and the device's name."""
    return {
        "code": revision(),
        "python": platform.python_version(),
        "libraries": {name: version for name in _LIBRARIES if (version := _version(name))},
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else f"cpu ({platform.machine()})",
        "cuda": torch.version.cuda if device.type == "cuda" else None,
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


def peak_bytes(device: torch.device) -> int:
    """Return the most memory that this process had: on a GPU PyTorch's allocations there, else resident memory."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
