"""Put every gallery image where the mean of its identity's images is. Facet: `gallery_pooling`.

References
----------
Wieczorek, Rychalska, Dabrowski: On the Unreasonable Effectiveness of Centroids in Image Retrieval, ICONIP 2021, section 3.3.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from baselines.post.reranking import Features


def centroid_gallery(
    gallery: Features, identities: Sequence[str] | NDArray[np.int64], *, normalise_first: bool = False
) -> Features:
    """Return the gallery with each row replaced by its identity's mean, so that its images lie at one place.

    Parameters
    ----------
    gallery : float32 array of shape (n, d)
    identities : n labels
    normalise_first : bool
        Whether rows get length 1 before the mean, so that each image counts alike; centroids-reid does not.

    Returns
    -------
    float32 array of shape (n, d)
        Sums are taken in float64, so that an order of images does not matter.

    Raises
    ------
    ValueError
        If there are not as many identities as images.
    """
    if len(identities) != len(gallery):
        raise ValueError(f"{len(gallery)} gallery images have {len(identities)} identities")
    values = gallery.astype(np.float64)
    if normalise_first:
        values /= np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
    _, identity = np.unique(np.asarray(identities), return_inverse=True)
    sums = np.zeros((int(identity.max(initial=-1)) + 1, gallery.shape[1]))
    np.add.at(sums, identity, values)
    means = sums / np.bincount(identity)[:, None]
    return means[identity].astype(np.float32)
