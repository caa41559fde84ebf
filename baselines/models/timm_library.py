"""Import timm beside every build of PyTorch: everything that needs timm or torchvision takes it from here.

torchvision of PyPI is built for CUDA. Beside a CPU build of PyTorch its library of operators does not load, and
torchvision, hence timm, fails on `operator torchvision::nms does not exist`. No operator is called here, so it is enough
that their signatures are known. Nothing is declared where the library loads.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

_SIGNATURES = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


def _operators_load() -> bool:
    """Tell whether torchvision's own library of operators loads beside this PyTorch."""
    spec = find_spec("torchvision")
    if spec is None or spec.origin is None:
        return True  # Importing timm will say that torchvision is missing.
    for library in sorted(Path(spec.origin).parent.glob("_C*")):
        try:
            torch.ops.load_library(str(library))  # type: ignore[no-untyped-call]
        except OSError:
            continue
        return True
    return False


def _declare_operators() -> Any:
    """Declare the signatures that torchvision registers for; they last as long as the library that is returned."""
    library: Any = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for signature in _SIGNATURES:
        library.define(signature)
    return library


_DECLARED = None if _operators_load() else _declare_operators()

import timm  # noqa: E402  (the operators must be known first)

__all__ = ["timm"]
