"""Triplet losses over a batch: every image is an anchor, its distances are Euclidean.

With d_ap to a positive and d_an to a negative of the anchor,

    margin > 0:  max(0, d_ap - d_an + margin)
    margin = 0:  log(1 + exp(d_ap - d_an))      (soft margin)

A. Hermans, L. Beyer, B. Leibe, In Defense of the Triplet Loss for Person Re-Identification, arXiv:1703.07737, 2017,
equations 5 and 10; as fast-reid averages it, over all anchors. An anchor is a positive of itself, at distance 0; one
without a negative in the batch gives 0.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softplus

MINING = ("batch_hard", "weighted", "soft")


def triplet(features: Tensor, labels: Tensor, *, mining: str, margin: float) -> Tensor:
    """Return the loss of each anchor, (n,), from features (n, dimension) and labels (n,).

    `mining` is `batch_hard` (farthest positive, nearest negative), `soft` (the same, always with the soft margin) or
    `weighted` (mean distances under a softmax of d over positives and of -d over negatives: M. Ye et al., Deep Learning
    for Person Re-identification: A Survey and Outlook, TPAMI 2021, section 4, without fast-reid's 1e-6 in the denominator).
    """
    distances = distance_matrix(features)
    same = labels[:, None] == labels[None, :]
    alone = same.all(dim=1)
    own, other = (_weighted if mining == "weighted" else _hardest)(distances, same, alone)
    # Minus infinity makes both forms 0, with gradient 0.
    gap = (own - other).masked_fill(alone, -torch.inf)
    return softplus(gap) if mining == "soft" or margin == 0 else (gap + margin).clamp(min=0)


def centroid_triplet(features: Tensor, labels: Tensor, *, margin: float) -> Tensor:
    """Return the centroid triplet loss of each anchor, (2 * identities,).

    The batch holds K images of each identity. For each k the k-th images are compared with the means of the other K - 1:
    batch-hard triplets over queries and centroids together; the K losses of an anchor are averaged (M. Wieczorek,
    B. Rychalska, J. Dabrowski, On the Unreasonable Effectiveness of Centroids in Image Retrieval, ICONIP 2021).

    Raises
    ------
    ValueError if identities of the batch differ in their number of images, or have one.
    """
    order = torch.argsort(labels, stable=True)
    identities, counts = torch.unique_consecutive(labels[order], return_counts=True)
    each = int(counts[0])
    if each < 2 or bool((counts != each).any()):
        raise ValueError("the centroid triplet needs as many images of each identity in a batch, and at least two")
    grouped = features[order].reshape(len(identities), each, -1)
    total = grouped.sum(dim=1)
    both = identities.repeat(2)
    folds = [
        triplet(torch.cat([query, (total - query) / (each - 1)]), both, mining="batch_hard", margin=margin)
        for query in grouped.unbind(dim=1)
    ]
    return torch.stack(folds).mean(dim=0)


def distance_matrix(features: Tensor) -> Tensor:
    """Return Euclidean distances, (n, n), from differences: equal vectors are at exactly 0, where the gradient is 0.

    The usual |a|^2 + |b|^2 - 2ab loses that to rounding, and more of it where matrices are multiplied in TF32.
    """
    return torch.cdist(features, features, compute_mode="donot_use_mm_for_euclid_dist")


def _hardest(distances: Tensor, same: Tensor, alone: Tensor) -> tuple[Tensor, Tensor]:
    farthest = distances.masked_fill(~same, 0).amax(dim=1)
    return farthest, distances.masked_fill(same & ~alone[:, None], torch.inf).amin(dim=1)


def _weighted(distances: Tensor, same: Tensor, alone: Tensor) -> tuple[Tensor, Tensor]:
    over_own = torch.softmax(distances.masked_fill(~same, -torch.inf), dim=1)
    over_others = torch.softmax((-distances).masked_fill(same & ~alone[:, None], -torch.inf), dim=1)
    return (over_own * distances).sum(dim=1), (over_others * distances).sum(dim=1)
