"""Compile the pixel loops into a cache that notices every change of the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from scoring.native import KernelFamily

PACKAGE: Final = Path(__file__).parent

Whole = Any
"""An integer inside a kernel: a Python int outside, an int64 within; no static type is both."""

# Every module counts: kernels take constants from modules without kernels.
FAMILY: Final = KernelFamily(PACKAGE, lambda: PACKAGE.glob("*.py"))
kernel = FAMILY.kernel
