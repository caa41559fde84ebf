"""Compile the loops of re-ranking into a cache of their own: a change here leaves the scorer's kernels compiled."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from scoring.native import KernelFamily

PACKAGE: Final = Path(__file__).parent

# Every module counts: kernels take constants from modules without kernels.
FAMILY: Final = KernelFamily(PACKAGE, lambda: PACKAGE.glob("*.py"))
kernel = FAMILY.kernel
inlined = FAMILY.inlined
