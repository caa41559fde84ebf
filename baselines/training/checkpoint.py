"""Save and load what a run needs to go on as if it had never stopped.

Every draw of an iteration (batch, augmentation, dropout) depends on the run's seed and the iteration's number alone, so a
checkpoint is weights, running means, the optimisers' moments and the number of the next iteration: no generator's state.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from baselines.training.errors import RunError
from baselines.training.files import write_whole


def save(path: Path, state: Mapping[str, Any]) -> None:
    """Write a checkpoint of tensors, numbers, texts and tables of them, in one piece."""
    buffer = io.BytesIO()
    torch.save(dict(state), buffer)
    write_whole(path, buffer.getvalue())


def load(path: Path, device: torch.device) -> dict[str, Any] | None:
    """Return the checkpoint of a run, or None if it has not written one; RunError if the file is damaged."""
    if not path.exists():
        return None
    try:
        # Tensors and plain values alone: an arbitrary pickle could run code.
        state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, KeyError, ValueError) as error:
        raise RunError(f"{path.name} is damaged; remove it to start again ({error})", resumable=False) from error
    return state
