"""Compile the pixel loops into a cache that notices every change of the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from scoring.native import KernelFamily

PACKAGE: Final = Path(__file__).parent

Whole = Any
"""An integer inside a kernel: a Python int outside, an int64 within; no static type is both."""


def _sources() -> list[Path]:
    """Return the modules of kernels and `layout`, the only other one whose constants they hold."""
    return [path for path in PACKAGE.rglob("*.py") if path.stem == "layout" or b"\n@kernel\n" in path.read_bytes()]


FAMILY: Final = KernelFamily(PACKAGE, _sources)
kernel = FAMILY.kernel
