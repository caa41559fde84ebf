"""Cluster images by density on a sparse graph of small distances, and tell how pure clusters are.

References
----------
Ester, Kriegel, Sander, Xu: A Density-Based Algorithm for Discovering Clusters, KDD 1996, section 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.reranking import Rows

Labels = NDArray[np.int64]
UNUSED = -1
"""The label of an image that is in no cluster."""


def dbscan(near: Rows, *, least: int) -> Labels:
    """Return the cluster of each image, 0, 1, ..., or UNUSED.

    An image is a core if at least `least` images, itself counted, are near it. Cores that are near one another share a
    cluster; another image near a core joins it. Clusters are numbered by their first core, and an image near cores of
    several joins the first: so do the original algorithm and scikit-learn's.

    Parameters
    ----------
    near : Rows
        Symmetric; every stored pair counts as near, whatever its distance. The diagonal is stored.
    least : int
        `min_samples`.
    """
    starts, columns = near.starts, near.columns
    count = len(starts) - 1
    is_core = np.diff(starts) >= least
    labels = np.full(count, UNUSED, dtype=np.int64)
    clusters = 0
    for first in np.flatnonzero(is_core):
        if labels[first] != UNUSED:
            continue
        labels[first] = clusters
        waiting = [int(first)]
        while waiting:
            core = waiting.pop()
            others = columns[starts[core] : starts[core + 1]]
            new = others[labels[others] == UNUSED]
            labels[new] = clusters
            waiting.extend(new[is_core[new]].tolist())
        clusters += 1
    return labels


@dataclass(frozen=True)
class ClusterReport:
    """Tell how well labels agree with identities; shares are from 0 to 1, higher is better but for the last two.

    Attributes
    ----------
    images, clusters : int
        Images that were to be labelled, and distinct labels.
    purity : float
        Share of labelled images that are of their label's most frequent identity; NaN where none is labelled.
    completeness : float
        Share of labelled images that have their identity's most frequent label; single images alone are pure, not complete.
    unused : float
        Share of images without a label.
    largest : float
        Share of labelled images in the largest cluster; near 1 the clusters have collapsed.
    """

    images: int
    clusters: int
    purity: float
    completeness: float
    unused: float
    largest: float


def report(labels: Labels, identities: Labels) -> ClusterReport:
    """Return the report of labels (n,), UNUSED among them, for true identities (n,), which may be any integers.

    Raises
    ------
    ValueError
        If the two differ in length.
    """
    if labels.shape != identities.shape:
        raise ValueError(f"{len(labels)} labels, {len(identities)} identities")
    is_used = labels != UNUSED
    used = int(is_used.sum())
    if not used:
        return ClusterReport(len(labels), 0, float("nan"), float("nan"), float(len(labels) > 0), float("nan"))
    _, label = np.unique(labels[is_used], return_inverse=True)
    _, identity = np.unique(identities[is_used], return_inverse=True)
    pairs, counts = np.unique(np.stack([label, identity]), axis=1, return_counts=True)
    return ClusterReport(
        images=len(labels),
        clusters=int(label.max()) + 1,
        purity=_sum_of_largest(pairs[0], counts) / used,
        completeness=_sum_of_largest(pairs[1], counts) / used,
        unused=1 - used / len(labels),
        largest=int(np.bincount(label).max()) / used,
    )


def _sum_of_largest(groups: Labels, counts: Labels) -> int:
    """Return the sum of each group's largest count."""
    largest = np.zeros(int(groups.max()) + 1, dtype=np.int64)
    np.maximum.at(largest, groups, counts)
    return int(largest.sum())
