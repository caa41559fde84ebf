"""Query expansion against the dense definition, and by hand."""

import numpy as np
import pytest

from scoring.reranking import augment_gallery, expand_jointly, expand_queries
from tests.scoring.reranking.dense import expanded
from tests.scoring.reranking.sets import split

HALF = np.sqrt(0.5)


def test_a_query_by_hand():
    """The nearest item of (1, 0) is (1, 1) at cosine sqrt(1/2); weights are 1, and its cube."""
    gallery = np.array([[2.0, 2.0], [0.0, 5.0]])
    plain = expand_queries([[3.0, 0.0]], gallery, neighbours=1)
    np.testing.assert_allclose(plain, [[np.cos(np.pi / 8), np.sin(np.pi / 8)]], rtol=1e-7)
    weighted = np.array([1 + HALF**3 * HALF, HALF**3 * HALF])
    found = expand_queries([[3.0, 0.0]], gallery, neighbours=1, alpha=3)
    np.testing.assert_allclose(found, [weighted / np.linalg.norm(weighted)], rtol=1e-7)


@pytest.mark.parametrize("neighbours", [0, 1, 10, 500])
@pytest.mark.parametrize("alpha", [0, 1, 3])
def test_queries_and_gallery_equal_the_dense_definition(neighbours, alpha):
    queries, gallery = split(1, queries=20, items=120)
    found = expand_queries(queries, gallery, neighbours=neighbours, alpha=alpha)
    np.testing.assert_allclose(found, expanded(queries, gallery, neighbours, alpha, own=False), atol=1e-6)
    found = augment_gallery(gallery, neighbours=neighbours, alpha=alpha)
    np.testing.assert_allclose(found, expanded(gallery, gallery, neighbours, alpha, own=True), atol=1e-6)


def test_a_single_item_is_augmented_by_nothing():
    np.testing.assert_allclose(augment_gallery([[3.0, 4.0]]), [[0.6, 0.8]], rtol=1e-7)


@pytest.mark.parametrize("passes", [1, 2])
def test_joint_expansion_averages_embeddings_as_they_are_given(passes):
    queries, gallery = split(2, queries=7, items=60)
    images = np.concatenate([queries, gallery]).astype(np.float64)
    for _ in range(passes):
        unit = images / np.linalg.norm(images, axis=1, keepdims=True)
        cosines = unit @ unit.T
        order = np.argsort(-cosines, axis=1, kind="stable")[:, :5]
        shares = np.take_along_axis(cosines, order, axis=1).clip(0) ** 3
        images = (images[order] * shares[:, :, None]).mean(axis=1)
    found = np.concatenate(expand_jointly(queries, gallery, neighbours=5, alpha=3, passes=passes))
    np.testing.assert_allclose(found, images, atol=1e-5)


def test_opposite_neighbours_weigh_nothing():
    found = expand_queries([[1.0, 0.0]], [[-1.0, 0.1], [-2.0, -0.3]], neighbours=2, alpha=1)
    np.testing.assert_allclose(found, [[1.0, 0.0]], rtol=1e-7)


def test_threads_change_no_byte():
    queries, gallery = split(3, queries=40, items=300)
    one, two = (expand_queries(queries, gallery, threads=threads) for threads in (1, 2))
    assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize("values", [{"neighbours": -1}, {"alpha": -1}])
def test_negative_numbers_are_refused(values):
    with pytest.raises(ValueError, match="whole numbers"):
        expand_queries([[1.0]], [[1.0]], **values)


def test_widths_must_agree():
    with pytest.raises(ValueError, match="same width"):
        expand_queries([[1.0]], [[1.0, 2.0]])
