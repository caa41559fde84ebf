"""Label the unlabelled images of a test or val folder by the network of the stage before, and join them to the training set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from baselines.data.training_set import TrainingSet
from baselines.images import ImageSet, names_of
from baselines.inference.answer import Embedded, gallery_labels
from baselines.inference.extract import Features
from baselines.models.build import ReidModel
from baselines.post import pseudo_labels
from baselines.post.clusters import UNUSED, Labels


@dataclass(frozen=True)
class Material:
    """Hold what labels are made from: the network, its features of the images, and the recipe's `[pseudo]`.

    `tap` returns other features of the same images, before flips and norms.
    """

    model: ReidModel
    embedded: Embedded
    tap: Callable[[str], Features]
    table: Mapping[str, Any]


def _train_class(material: Material) -> Labels:
    head = next(iter(material.model.heads.values()))
    source = str(head.source)
    features = torch.from_numpy(material.tap(source)).to(next(head.parameters()).device)
    with torch.inference_mode():
        scores = head.scores(features)  # type: ignore[operator]
    return pseudo_labels.train_class(scores.cpu().numpy())


def _clusters(material: Material) -> Labels:
    keys = {name: material.table[name] for name in ("eps", "min_samples", "k1", "k2") if name in material.table}
    return pseudo_labels.clusters(material.embedded.features, **keys)


def _nearest_gallery(material: Material) -> Labels:
    embedded = material.embedded
    codes: dict[str, int] = {}
    labels: dict[str, int] = {}
    for track in embedded.manifest.tracks:
        queries, gallery = embedded.manifest.queries(track), embedded.manifest.gallery(track)
        known = np.array([codes.setdefault(pid, len(codes)) for pid in gallery_labels(embedded.folder, gallery)])
        both = pseudo_labels.nearest_gallery(embedded.rows(queries), embedded.rows(gallery), known)
        labels |= dict(zip(queries, both[0].tolist(), strict=True)) | dict(zip(gallery, both[1].tolist(), strict=True))
    return np.array([labels[name] for name in names_of(embedded.manifest)], dtype=np.int64)


VARIANTS: Mapping[str, Callable[[Material], Labels]] = {
    "train_class": _train_class,
    "clusters": _clusters,
    "nearest_gallery": _nearest_gallery,
}
"""By the word of `pseudo.variant`; each returns int64 (n_images,), UNUSED for an image that is left out."""


def joined(base: TrainingSet, images: ImageSet, labels: Labels, *, variant: str) -> TrainingSet:
    """Return the training set with the images that got a label; their camera is not known and counts as one of its own."""
    names = [name for name, label in zip(names_of(images.manifest), labels, strict=True) if label != UNUSED]
    used = labels[labels != UNUSED]
    is_known = variant == "train_class"
    found = () if is_known else tuple(f"pseudo-{number}" for number in range(int(used.max(initial=-1)) + 1))
    return TrainingSet(
        names=(*base.names, *names),
        labels=np.concatenate([base.labels, used if is_known else used + len(base.pids)]),
        cameras=np.concatenate([base.cameras, np.full(len(used), len(base.camids))]),
        pids=(*base.pids, *found),
        camids=(*base.camids, "unlabelled"),
        paths=(*base.paths, *(images.paths[name] for name in names)),
    )
