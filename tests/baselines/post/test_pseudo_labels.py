"""The three variants of pseudo-labels on sets where the answer is known, and the facets that steps set."""

import subprocess
import sys

import numpy as np
import pytest

from baselines.post import facets
from baselines.post.clusters import UNUSED, report
from baselines.post.pseudo_labels import clusters, nearest_gallery, train_class
from challenges.facets import in_order


def _crowds(people: int, images: int, spread: float, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    centres = draw.normal(size=(people, 16))
    identities = np.repeat(np.arange(people), images)
    return (centres[identities] + spread * draw.normal(size=(people * images, 16))).astype(np.float32), identities


def test_a_training_class_is_the_highest_score_and_the_first_of_equals() -> None:
    scores = np.array([[0.1, 0.7, 0.7], [3.0, -1.0, 2.0]])

    assert train_class(scores).tolist() == [1, 0]


def test_clusters_find_people_who_are_far_apart() -> None:
    features, identities = _crowds(people=6, images=8, spread=0.05)

    labels = clusters(features, k1=7, k2=3)

    told = report(labels, identities)
    assert (told.clusters, told.purity, told.completeness, told.unused) == (6, 1.0, 1.0, 0.0)
    assert labels[::8].tolist() == [0, 1, 2, 3, 4, 5]


def test_clusters_leave_out_what_is_like_nothing() -> None:
    features, _ = _crowds(people=4, images=8, spread=0.05)
    strange = np.random.default_rng(9).normal(size=(1, 16)).astype(np.float32) * 10

    labels = clusters(np.concatenate([features, strange]), k1=7, k2=1)

    assert labels[-1] == UNUSED
    assert (labels[:-1] != UNUSED).mean() > 0.9


def test_a_wider_eps_joins_clusters() -> None:
    features, identities = _crowds(people=5, images=8, spread=0.6)

    told = [report(clusters(features, eps=eps, k1=10, k2=4), identities) for eps in (0.3, 0.95)]

    assert told[0].unused > told[1].unused
    assert told[0].largest < told[1].largest
    with pytest.raises(ValueError, match=r'"spc".*spcl'):
        clusters(features, code="spc")


def test_a_query_takes_the_identity_of_the_nearest_direction() -> None:
    gallery = np.array([[1, 0], [0, 9], [0, 1]], dtype=np.float32)
    queries = np.array([[0.2, 1.0], [5.0, 1.0]], dtype=np.float32)

    of_queries, of_gallery = nearest_gallery(queries, gallery, np.array([30, 20, 10]))

    assert of_queries.tolist() == [20, 30]  # 1 and 2 are equally near; the earlier counts
    assert of_gallery.tolist() == [30, 20, 10]
    with pytest.raises(ValueError, match="3 gallery images have 2 identities"):
        nearest_gallery(queries, gallery, np.array([1, 2]))


def test_steps_set_facets_of_the_vocabulary() -> None:
    for table in (facets.POST, facets.PSEUDO):
        assert all(in_order(slugs) == slugs != () for slugs in table.values())
    assert facets.POST["rerank"] == ("rerank",)
    assert facets.POST["fuse"] == ("ensemble",)
    assert facets.PSEUDO["clusters"] == ("transductive_train",)
    assert facets.PSEUDO["nearest_gallery"] == ("transductive_train", "gallery_pooling")


def test_facets_are_read_without_arrays() -> None:
    code = "import sys, baselines.post.facets; sys.exit(bool({'torch', 'numpy', 'numba'} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
