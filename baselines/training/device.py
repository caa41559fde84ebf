"""Where a network computes: the device, what is recorded of it, and the most memory that was in use there."""

from __future__ import annotations

from typing import Any

import torch

from baselines.catalogue import RecipeError
from baselines.training import provenance

_LIBRARIES = ("torch", "torchvision", "timm", "safetensors")


def choose_device(word: str) -> torch.device:
    """Return the device of `auto`, `cpu` or `cuda`; RecipeError if there is no GPU to be had."""
    has_gpu = torch.cuda.is_available()
    if word == "cuda" and not has_gpu:
        raise RecipeError("no GPU can be used here; run with --device cpu")
    return torch.device("cuda" if has_gpu and word != "cpu" else "cpu")


def environment(device: torch.device) -> dict[str, Any]:
    """Return the revision of the code, versions of libraries, PyTorch's threads and the device's name."""
    found = provenance.environment(*_LIBRARIES) | {"threads": torch.get_num_threads()}
    if device.type == "cuda":
        found |= {"device": torch.cuda.get_device_name(device), "cuda": torch.version.cuda}
    return found


def peak_bytes(device: torch.device) -> int:
    """Return the most memory that this process had: on a GPU PyTorch's allocations there, else resident memory."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    return provenance.peak_bytes()
