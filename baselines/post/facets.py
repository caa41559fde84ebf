"""Say which facets each step sets by itself; no array library is loaded, so that the catalogue may read this."""

from __future__ import annotations

from collections.abc import Mapping

POST: Mapping[str, tuple[str, ...]] = {
    "rerank": ("rerank",),
    "query_expansion": ("rerank",),
    "centroid_gallery": ("gallery_pooling",),
    "fuse": ("ensemble",),
}
"""By the word of `test.post.kind`. Query expansion reads a neighbourhood of query and gallery, as re-ranking does."""

PSEUDO: Mapping[str, tuple[str, ...]] = {
    "train_class": ("transductive_train",),
    "clusters": ("transductive_train",),
    "nearest_gallery": ("transductive_train", "gallery_pooling"),
}
"""By the word of `pseudo.variant`."""
