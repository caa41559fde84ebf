"""Small training sets for the samplers: labels and cameras without pictures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from baselines.data import TrainingSet


def training_set(counts: Sequence[int], cameras: Sequence[int] | None = None) -> TrainingSet:
    """Return a set with `counts[i]` images of identity i; images of an identity go round the cameras if none are given."""
    labels = np.repeat(np.arange(len(counts)), counts)
    if cameras is None:
        cameras = [place % 3 for count in counts for place in range(count)]
    names = tuple(f"image{number}" for number in range(len(labels)))
    pids = tuple(f"person{number}" for number in range(len(counts)))
    camids = tuple(f"camera{number}" for number in range(max(cameras) + 1))
    paths = tuple(Path(name) for name in names)
    return TrainingSet(names, labels.astype(np.int64), np.array(cameras, dtype=np.int64), pids, camids, paths)
