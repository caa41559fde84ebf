"""Re-ranked distances against the dense definition, and what must not change them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.reranking import VARIANTS, KReciprocal, rerank
from scoring.reranking.variants import CHOICES
from tests.scoring.reranking.dense import reranked_distances
from tests.scoring.reranking.sets import clustered, split

# The library rounds once to float32; the largest original distance without scaling may exceed 1.
TOLERANCE = 1e-6


def differences(queries, gallery, variant):
    expected = reranked_distances(queries, gallery, variant)
    found = rerank(queries, gallery, settings=variant).matrix()
    assert found.dtype == np.float32
    return np.abs(found - expected) / np.maximum(1.0, expected)


def test_three_images_by_hand():
    """Query at 0, gallery at 1 and 3 on a line; k1 = 1, so that every N holds the image and one other.

    N: 0 -> {0, 1}, 1 -> {1, 0}, 3 -> {3, 1}. R: {0, 1}, {0, 1}, {3}. Half sets are of size 1 (k1/2 to even, plus 1):
    each image alone, and nothing new. d is squared by its row's largest: row 0 is 0, 1/9, 1; row 1 is 1/4, 0, 1.
    """
    near, far = np.exp(-1 / 9), np.exp(-1 / 4)
    first = np.array([1, near]) / (1 + near)
    second = np.array([far, 1]) / (1 + far)
    shared = np.minimum(first, second).sum()
    expected = [[0.7 * (1 - shared / (2 - shared)) + 0.3 / 9, 0.7 + 0.3]]

    found = rerank([[0.0]], [[1.0], [3.0]], settings=KReciprocal(k1=1, k2=1)).matrix()

    np.testing.assert_allclose(found, expected, rtol=1e-7)


@pytest.mark.parametrize("name", sorted(VARIANTS))
@pytest.mark.parametrize("seed", [1, 2])
def test_variants_equal_the_dense_definition(name, seed):
    queries, gallery = split(seed, queries=30, items=150)
    assert differences(queries, gallery, VARIANTS[name]).max() < TOLERANCE


@pytest.mark.parametrize(("field", "choice"), [(field, choice) for field in CHOICES for choice in CHOICES[field]])
def test_every_choice_equals_the_dense_definition(field, choice):
    queries, gallery = split(3, queries=20, items=100)
    variant = replace(KReciprocal(k1=7, k2=3, unit_length=True), **{field: choice})
    assert differences(queries, gallery, variant).max() < TOLERANCE


@pytest.mark.parametrize(("field", "choice"), [(field, choice) for field in CHOICES for choice in CHOICES[field][1:]])
def test_every_choice_matters(field, choice):
    queries, gallery = split(3, queries=60, items=200, dimensions=6)
    variant = KReciprocal(k1=7, k2=3, unit_length=True)
    first, other = (
        rerank(queries, gallery, settings=replace(variant, **{field: value})).matrix()
        for value in (CHOICES[field][0], choice)
    )
    assert np.abs(first - other).max() > 1e-4


@pytest.mark.parametrize("k1", [1, 2, 3, 5, 11, 40])
@pytest.mark.parametrize("k2", [1, 2, 60])
@pytest.mark.parametrize("lambda_value", [0.0, 0.3, 1.0])
def test_sizes_equal_the_dense_definition(k1, k2, lambda_value):
    queries, gallery = split(4, queries=9, items=41)
    for name in ("zhong_python", "zhong_matlab", "zhong_paper", "fast_reid"):
        variant = replace(VARIANTS[name], k1=k1, k2=k2, lambda_value=lambda_value)
        assert differences(queries, gallery, variant).max() < TOLERANCE


@pytest.mark.parametrize(("queries", "items"), [(1, 1), (1, 2), (1, 30), (5, 1), (3, 4)])
@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_fewer_images_than_neighbours(queries, items, name):
    assert differences(*split(5, queries=queries, items=items), VARIANTS[name]).max() < TOLERANCE


@pytest.mark.parametrize("name", ["zhong_python", "zhong_paper", "fast_reid"])
def test_duplicates_go_to_the_earlier_image(name):
    # Whole numbers, so that distances are equal exactly and float64 sums of the definition are exact as well.
    generator = np.random.default_rng(6)
    images = generator.integers(-2, 3, size=(90, 3)).astype(np.float32) + 4 * (name == "fast_reid")
    images[40:70] = images[:30]
    variant = replace(VARIANTS[name], k1=6, k2=3, unit_length=False, mixed="same")
    assert differences(images[:20], images[20:], variant).max() < TOLERANCE


def test_all_images_alike():
    """Every distance is 0, and every image has its own neighbourhood: the earliest images and itself."""
    images = np.ones((300, 8), np.float32)
    variant = KReciprocal(k1=5, k2=2)
    assert differences(images[:10], images[10:], variant).max() < TOLERANCE


def test_half_precision_and_double_precision_are_taken():
    queries, gallery = split(7, queries=5, items=40)
    half = rerank(queries.astype(np.float16), gallery.astype(np.float16)).matrix()
    same = rerank(queries.astype(np.float16).astype(np.float64), gallery.astype(np.float16).astype(np.float64)).matrix()
    assert half.tobytes() == same.tobytes()


@given(
    seed=st.integers(0, 10_000),
    queries=st.integers(1, 12),
    items=st.integers(1, 40),
    k1=st.integers(1, 25),
    k2=st.integers(1, 10),
    name=st.sampled_from(sorted(VARIANTS)),
)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_any_sizes_equal_the_dense_definition(seed, queries, items, k1, k2, name):
    variant = replace(VARIANTS[name], k1=k1, k2=k2)
    assert differences(*split(seed, queries=queries, items=items), variant).max() < TOLERANCE


@given(seed=st.integers(0, 10_000), name=st.sampled_from(sorted(VARIANTS)))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_order_of_the_gallery_moves_columns_alone(seed, name):
    queries, gallery = split(seed, queries=6, items=70)
    order = np.random.default_rng(seed).permutation(len(gallery))
    variant = VARIANTS[name]
    usual = rerank(queries, gallery, settings=variant).matrix()
    moved = rerank(queries, gallery[order], settings=variant).matrix()
    # Sums of encodings are taken in the order of images, so the last bits may differ.
    np.testing.assert_allclose(moved, usual[:, order], atol=1e-6)


@pytest.mark.parametrize("name", sorted(name for name in VARIANTS if VARIANTS[name].scaling == "row_max"))
@pytest.mark.parametrize("factor", [2.0**-60, 0.25, 2.0**40])
def test_scale_of_embeddings_changes_nothing(name, factor):
    queries, gallery = split(8, queries=10, items=90)
    usual = rerank(queries, gallery, settings=VARIANTS[name]).matrix()
    other = rerank(queries * np.float32(factor), gallery * np.float32(factor), settings=VARIANTS[name]).matrix()
    np.testing.assert_allclose(other, usual, rtol=1e-6)


def test_blocks_and_threads_change_no_byte():
    queries, gallery = split(9, queries=70, items=500)
    one = rerank(queries, gallery, threads=1)
    expected = one.matrix()
    for threads in (2, 3):
        assert rerank(queries, gallery, threads=threads).matrix().tobytes() == expected.tobytes()
    for rows in (1, 33):
        blocks = list(one.blocks(rows=rows))
        assert [first for first, _ in blocks] == list(range(0, 70, rows))
        assert np.concatenate([block for _, block in blocks]).tobytes() == expected.tobytes()


@pytest.mark.parametrize("depth", [None, 1, 17, 10_000])
def test_rankings_are_a_stable_sort_of_the_distances(depth):
    queries, gallery = split(10, queries=40, items=200)
    gallery[100:] = gallery[:100]
    found = rerank(queries, gallery)
    expected = np.argsort(found.matrix(), axis=1, kind="stable")[:, :depth]
    ranked = np.concatenate([block for _, block in found.rankings(depth=depth)])
    assert ranked.dtype == np.int32
    np.testing.assert_array_equal(ranked, expected)


def test_distances_lie_in_the_unit_interval_where_rows_are_scaled():
    found = rerank(*split(11, queries=40, items=300)).matrix()
    assert found.min() >= 0.0
    assert found.max() <= 1.0


def test_average_precision_rises_on_clusters():
    embeddings, pids = clustered(12, identities=40, images=24, dimensions=24, noise=1.5)
    is_query = np.arange(len(pids)) % 24 < 2
    queries, gallery = embeddings[is_query], embeddings[~is_query]
    plain = 1.0 - _unit(queries) @ _unit(gallery).T
    before = _mean_average_precision(plain, pids[is_query], pids[~is_query])
    for name in ("zhong_python", "zhong_matlab", "zhong_paper", "strong_baseline", "layumi", "fast_reid"):
        found = rerank(_unit(queries), _unit(gallery), settings=VARIANTS[name]).matrix()
        assert _mean_average_precision(found, pids[is_query], pids[~is_query]) > before + 0.05


@pytest.mark.parametrize(
    ("queries", "gallery"),
    [
        (np.zeros((0, 4)), np.ones((3, 4))),
        (np.ones((3, 4)), np.zeros((0, 4))),
        (np.ones((3, 4)), np.ones((3, 5))),
        (np.ones(4), np.ones((3, 4))),
        (np.ones((2, 0)), np.ones((2, 0))),
        (np.ones((2, 4), int), np.ones((2, 4), int)),
        (np.full((1, 4), np.nan), np.ones((3, 4))),
        (np.full((1, 4), 1e300), np.ones((3, 4))),
    ],
)
def test_odd_embeddings_are_refused(queries, gallery):
    with pytest.raises(ValueError, match=r"mbeddings|must be"):
        rerank(queries, gallery)


def test_a_row_without_direction_is_refused_where_length_is_taken_out():
    with pytest.raises(ValueError, match="no direction"):
        rerank(np.zeros((1, 4)), np.ones((3, 4)), settings=VARIANTS["fast_reid"])


def _unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _mean_average_precision(distances, query_pids, gallery_pids):
    values = []
    for row, pid in zip(distances, query_pids, strict=True):
        ranks = 1 + np.flatnonzero(gallery_pids[np.argsort(row, kind="stable")] == pid)
        values.append((np.arange(1, len(ranks) + 1) / ranks).mean())
    return np.mean(values)
