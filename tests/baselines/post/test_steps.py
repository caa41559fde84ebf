"""Re-ranking, expansion, centroids and fusion against loops."""

import math

import numpy as np
import pytest

from baselines.inference.distances import distances
from baselines.post.centroids import centroid_gallery
from baselines.post.fusion import mean_of_distances
from baselines.post.reranking import expand, rerank


def _features(count: int, width: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


def _naive_rerank(features: np.ndarray, queries: int, *, k1: int, k2: int, weight: float) -> np.ndarray:
    """Zhong et al.'s steps one by one on all images, in float64, as the strong baseline calls them."""
    unit = features.astype(np.float64) / np.linalg.norm(features.astype(np.float64), axis=1, keepdims=True)
    squared = np.array([[((a - b) ** 2).sum() for b in unit] for a in unit])
    distance = squared / squared.max(axis=1, keepdims=True)
    order = np.argsort(squared, axis=1, kind="stable")

    def mutual(image: int, k: int) -> list[int]:
        return [int(other) for other in order[image, : k + 1] if image in order[other, : k + 1]]

    count = len(features)
    encoded = np.zeros((count, count))
    for image in range(count):
        members = set(first := mutual(image, k1))
        for other in first:
            small = mutual(other, round(k1 / 2))
            if len(set(small) & set(first)) > 2 / 3 * len(small):
                members |= set(small)
        chosen = sorted(members)
        share = np.exp(-distance[image, chosen])
        encoded[image, chosen] = share / share.sum()
    encoded = np.stack([encoded[order[image, :k2]].mean(axis=0) for image in range(count)])
    jaccard = [
        [1 - np.minimum(a, b).sum() / np.maximum(a, b).sum() for b in encoded[queries:]] for a in encoded[:queries]
    ]
    return (1 - weight) * np.array(jaccard) + weight * distance[:queries, queries:]


def test_reranking_is_zhongs_step_by_step() -> None:
    features = _features(36, 6, seed=1)

    found = rerank(features[:8], features[8:], k1=6, k2=3, weight=0.3)

    np.testing.assert_allclose(found, _naive_rerank(features, 8, k1=6, k2=3, weight=0.3), atol=1e-6)
    assert found.dtype == np.float32


def test_reranking_follows_another_code_if_it_is_asked_to() -> None:
    features = _features(30, 5, seed=2)

    ours, theirs = (rerank(features[:6], features[6:], k1=5, k2=2, code=code) for code in ("strong_baseline", "layumi"))

    assert not np.allclose(ours, theirs)
    with pytest.raises(ValueError, match=r'"zong".*zhong_python'):
        rerank(features[:6], features[6:], code="zong")


@pytest.mark.parametrize("alpha", [0, 3])
def test_expansion_is_the_weighted_mean_of_the_nearest(alpha: int) -> None:
    features = _features(20, 4, seed=3)

    queries, gallery = expand(features[:5], features[5:], k=4, alpha=alpha)

    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    cosines = (unit @ unit.T).astype(np.float64)
    wanted = []
    for image in range(20):
        near = np.argsort(-cosines[image], kind="stable")[:4]
        shares = np.maximum(cosines[image, near], 0) ** alpha
        wanted.append((shares[:, None] * features[near]).sum(axis=0) / 4)
    np.testing.assert_allclose(np.concatenate([queries, gallery]), wanted, rtol=1e-4, atol=1e-5)


def test_a_centroid_is_the_mean_of_an_identity() -> None:
    gallery = np.array([[2, 0], [0, 4], [6, 0], [1, 1]], dtype=np.float32)

    plain = centroid_gallery(gallery, ["b", "a", "b", "c"])
    unit = centroid_gallery(gallery, np.array([5, 1, 1, 9]), normalise_first=True)

    np.testing.assert_allclose(plain, [[4, 0], [0, 4], [4, 0], [1, 1]])
    np.testing.assert_allclose(unit, [[1, 0], [0.5, 0.5], [0.5, 0.5], [math.sqrt(0.5)] * 2], rtol=1e-6)
    with pytest.raises(ValueError, match="4 gallery images have 3 identities"):
        centroid_gallery(gallery, ["a", "b", "c"])


def test_fusion_by_the_mean_of_distances() -> None:
    first, second = np.array([[0.0, 1.0]], np.float32), np.array([[0.5, 0.25]], np.float32)

    np.testing.assert_allclose(mean_of_distances([first, second]), [[0.25, 0.625]])
    with pytest.raises(ValueError, match=r"\(1, 2\), \(2, 2\)"):
        mean_of_distances([first, np.zeros((2, 2), np.float32)])
    with pytest.raises(ValueError, match="same queries and gallery"):
        mean_of_distances([])


def test_the_mean_of_cosine_distances_gives_every_model_one_voice() -> None:
    """The order is that of the sum of cosines, whatever the widths and lengths of the models' vectors."""
    models = [
        (_features(3, width, seed=width), _features(40, width, seed=10 + width) * scale)
        for width, scale in ((2, 1), (5, 100))
    ]

    fused = mean_of_distances([distances(*model, kind="cosine") for model in models])

    total = sum(
        (q @ g.T).astype(float) / np.linalg.norm(q, axis=1)[:, None] / np.linalg.norm(g, axis=1) for q, g in models
    )
    np.testing.assert_allclose(fused, 1 - total / 2, atol=1e-6)
    assert np.array_equal(np.argsort(fused), np.argsort(-total))
