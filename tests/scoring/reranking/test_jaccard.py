"""Near pairs for clustering against the dense definition."""

from dataclasses import replace

import numpy as np
import pytest

from scoring.reranking import VARIANTS, jaccard_graph
from tests.scoring.reranking.dense import as_double, jaccard_distances
from tests.scoring.reranking.sets import clustered


def expected_pairs(embeddings, variant):
    result = jaccard_distances(as_double(embeddings, variant.unit_length), variant)
    np.fill_diagonal(result, 0.0)
    return result


def as_dense(rows, count):
    result = np.full((count, count), np.nan)
    for row in range(count):
        part = slice(rows.starts[row], rows.starts[row + 1])
        result[row, rows.columns[part]] = rows.values[part]
    return result


@pytest.mark.parametrize("name", sorted(VARIANTS))
@pytest.mark.parametrize("at_most", [0.01, 0.6, 0.99])
def test_near_pairs_equal_the_dense_definition(name, at_most):
    embeddings, _ = clustered(1, identities=12, images=13, dimensions=12, noise=0.8)
    variant = replace(VARIANTS[name], k1=9, k2=3)
    expected = expected_pairs(embeddings, variant)

    found = as_dense(jaccard_graph(embeddings, settings=variant, at_most=at_most), len(embeddings))

    assert (np.isnan(found) == (expected > at_most)).all()
    kept = ~np.isnan(found)
    np.testing.assert_allclose(found[kept], expected[kept], atol=1e-12)


def test_rows_are_what_sparse_libraries_take():
    embeddings, _ = clustered(2, identities=6, images=8, dimensions=12)
    rows = jaccard_graph(embeddings)
    assert (rows.starts[0], rows.starts[-1]) == (0, len(rows.columns))
    assert (rows.starts.dtype, rows.columns.dtype, rows.values.dtype) == (np.int64, np.int32, np.float64)
    for row in range(len(embeddings)):
        columns = rows.columns[rows.starts[row] : rows.starts[row + 1]]
        assert (np.diff(columns) > 0).all()
        assert row in columns


def test_the_graph_is_symmetric_to_the_last_bit():
    embeddings, _ = clustered(3, identities=9, images=11, dimensions=10, noise=1.0)
    found = as_dense(jaccard_graph(embeddings, at_most=0.95), len(embeddings))
    assert found.tobytes() == found.T.copy().tobytes()


def test_connected_near_pairs_are_the_identities():
    """What DBSCAN with `min_samples=1` finds on clusters that lie apart."""
    embeddings, pids = clustered(4, identities=20, images=10, dimensions=32, noise=0.3)
    rows = jaccard_graph(embeddings, settings=replace(VARIANTS["spcl"], k1=12))
    cluster = np.arange(len(pids))
    for _ in range(len(pids)):
        lowest = np.array(
            [cluster[rows.columns[a:b]].min() for a, b in zip(rows.starts, rows.starts[1:], strict=False)]
        )
        if (lowest == cluster).all():
            break
        cluster = lowest
    np.testing.assert_array_equal(cluster, pids * 10)


def test_one_image_is_near_itself():
    rows = jaccard_graph([[1.0, 2.0]])
    assert (rows.starts.tolist(), rows.columns.tolist(), rows.values.tolist()) == ([0, 1], [0], [0.0])


def test_threads_change_no_byte():
    embeddings, _ = clustered(5, identities=30, images=12, dimensions=16, noise=1.0)
    one, two = (jaccard_graph(embeddings, threads=threads) for threads in (1, 2))
    assert [array.tobytes() for array in one] == [array.tobytes() for array in two]


@pytest.mark.parametrize("at_most", [-0.1, 1.0, float("nan")])
def test_distances_that_cannot_be_cut_are_refused(at_most):
    with pytest.raises(ValueError, match="at_most"):
        jaccard_graph([[1.0], [2.0]], at_most=at_most)
