"""Compile the pixel loops of vehicles into a cache that notices every change of theirs and of the renderer's."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from challenges.synth.native import PACKAGE as RENDERER
from scoring.native import KernelFamily

PACKAGE: Final = Path(__file__).parent


def _sources() -> list[Path]:
    """Return the modules of kernels here and of the renderer, whose kernels those here call, and its `layout`."""
    modules = [*RENDERER.glob("*.py"), *PACKAGE.glob("*.py")]
    return [path for path in modules if path.stem == "layout" or b"native import" in path.read_bytes()]


FAMILY: Final = KernelFamily(PACKAGE, _sources)
kernel = FAMILY.kernel
borrowing = FAMILY.borrowing
