"""Compile the loops of this package into a cache of their own; they call those of scoring and of re-ranking."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from scoring.native import KernelFamily, _sources

PACKAGE: Final = Path(__file__).parent


def _all_sources() -> Iterable[Path]:
    """Return the files that these kernels depend on: what they call is compiled into them."""
    return [*_sources(), *PACKAGE.glob("*.py"), PACKAGE.parent / "reranking" / "vectors.py"]


FAMILY: Final = KernelFamily(PACKAGE, _all_sources)
kernel = FAMILY.kernel
inlined = FAMILY.inlined
