"""Label unlabelled images, so that a network can be fine-tuned on the place where it is tested.

Three variants, which are three different protocols. Facet of all: `transductive_train`; the third also sets
`gallery_pooling`, for it reads the gallery's identities. Labels are int64 of shape (n,), UNUSED where there is none.

References
----------
AG-ReID 2023, appendix A.1 (LENS does not say which variant it used) and A.3 (BENTO: clusters).
Ge et al.: Self-paced Contrastive Learning with Hybrid Memory, NeurIPS 2020 (Jaccard distance, eps 0.6, at least 4).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from baselines.post.clusters import Labels, dbscan
from baselines.post.reranking import Features
from scoring.reranking import VARIANTS, jaccard_graph


def train_class(scores: ArrayLike) -> Labels:
    """Return the training identity with the highest score for each image; the first of equal ones.

    Identities of test are others than those of training, so such labels regularise rather than tell who is who.

    Parameters
    ----------
    scores : float array of shape (n, classes)
        Without a margin.
    """
    labels: Labels = np.asarray(scores).argmax(axis=1).astype(np.int64)
    return labels


def clusters(
    features: Features, *, eps: float = 0.6, min_samples: int = 4, k1: int = 30, k2: int = 6, code: str = "spcl"
) -> Labels:
    """Return the cluster of each image: DBSCAN on the sparse graph of k-reciprocal Jaccard distances.

    Parameters
    ----------
    features : float32 array of shape (n, d)
        Of queries and gallery together.
    eps : float from 0 to below 1
        Largest Jaccard distance of images that are near.
    min_samples : int
        Images near a core, itself counted.
    k1, k2 : int
        As of re-ranking.
    code : str
        A name of `scoring.reranking.VARIANTS`.

    Raises
    ------
    ValueError
        For an unknown code or a value out of range.
    """
    if code not in VARIANTS:
        raise ValueError(f'unknown code of re-ranking "{code}" (there are {", ".join(VARIANTS)})')
    settings = replace(VARIANTS[code], k1=k1, k2=k2)
    return dbscan(jaccard_graph(features, settings=settings, at_most=eps), least=min_samples)


def nearest_gallery(queries: Features, gallery: Features, identities: Labels) -> tuple[Labels, Labels]:
    """Return the labels of queries and gallery: a query has the identity of its nearest gallery image, by cosine.

    Parameters
    ----------
    queries, gallery : float32 arrays of shape (n_query, d) and (n_gallery, d)
    identities : int64 array of shape (n_gallery,)
        Of the gallery, as released.

    Raises
    ------
    ValueError
        If there are not as many identities as gallery images, or none.
    """
    if len(identities) != len(gallery) or not len(gallery):
        raise ValueError(f"{len(gallery)} gallery images have {len(identities)} identities")
    lengths = np.maximum(np.linalg.norm(gallery.astype(np.float64), axis=1), 1e-12)
    # A query's own length changes no order. Equally near images: the earlier.
    nearest = (queries.astype(np.float64) @ gallery.astype(np.float64).T / lengths).argmax(axis=1)
    return identities[nearest].astype(np.int64), identities.astype(np.int64)
