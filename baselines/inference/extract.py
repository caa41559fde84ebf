"""Turn pictures into feature vectors as a recipe's `[test.inference]` says: the tap, mirror images, scales, norm."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from baselines.models.build import ReidModel
from baselines.models.output import Output

Features = NDArray[np.float32]
Progress = Callable[[int, int], None]
Normalise = Callable[[Tensor], Tensor]
"""Turns pixels, uint8 (N, 3, H, W), into what the network takes, float32 (N, 3, H, W)."""

_BATCH = 128


@torch.inference_mode()
def extract(
    model: ReidModel,
    pixels: Tensor,
    inference: Mapping[str, Any],
    *,
    normalise: Normalise,
    progress: Progress,
    half: bool,
) -> Features:
    """Return the features of pictures, float32 (N, D).

    Parameters
    ----------
    model : ReidModel
        Left in the mode of evaluation.
    pixels : uint8 tensor of shape (N, 3, H, W)
        On any device; batches go to the model's.
    inference : mapping
        `input` (tap), `flip` (none, sum, average), `scales` (of the area, as in layumi's `--ms`: sides are multiplied by
        the root), `norm` (none, l2) and `batch`.
    half : bool
        Whether the network runs in bfloat16; features are added and normalised in float32 in any case.
    """
    device = next(model.parameters()).device
    model.eval()
    size, found = int(inference.get("batch", _BATCH)), []
    for start in range(0, len(pixels), size):
        images = normalise(pixels[start : start + size].to(device))
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            found.append(_views(model, images, inference).cpu())
        progress(min(start + size, len(pixels)), len(pixels))
    features: Features = torch.cat(found).numpy()
    return features


def _views(model: ReidModel, images: Tensor, inference: Mapping[str, Any]) -> Tensor:
    """Return the features of a batch, all its views put together, float32 (N, D)."""
    flip = inference.get("flip", "none")
    views = []
    for scale in inference.get("scales", [1.0]) or [1.0]:
        one = images if scale == 1 else _scaled(images, math.sqrt(scale))
        views.append(_tap(model, one, inference["input"]))
        if flip != "none":
            views.append(_tap(model, one.flip(3), inference["input"]))
    summed = torch.stack(views).sum(0)
    features = summed / len(views) if flip == "average" else summed
    return functional.normalize(features) if inference["norm"] == "l2" else features


def _tap(model: ReidModel, images: Tensor, name: str) -> Tensor:
    output: Output = model(images)
    return output.features[name].float()


def _scaled(images: Tensor, factor: float) -> Tensor:
    scaled: Tensor = functional.interpolate(images, scale_factor=factor, mode="bicubic", align_corners=False)
    return scaled
