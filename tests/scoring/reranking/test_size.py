"""Exactness at 2,000 images and memory at the size of AG-ReID2023."""

import subprocess
import sys

import numpy as np
import pytest

from scoring.formats.description import MEBIBYTE
from scoring.reranking import GNN_LAYUMI, VARIANTS, propagate, rerank
from tests.scoring.reranking.dense import propagated_distances, reranked_distances
from tests.scoring.reranking.sets import split

PEAK = """
from scoring.reranking import VARIANTS, rerank
from scoring.measuring import cost
from scoring.reranking.bench import clustered_embeddings
queries, gallery = clustered_embeddings()
def work():
    for _ in rerank(queries, gallery, settings=VARIANTS["zhong_python"]).rankings(depth=100): pass
print(cost(work, repeats=1).peak_bytes)
"""


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_two_thousand_images_equal_the_dense_definition(name):
    queries, gallery = split(1, queries=200, items=1800, dimensions=64, noise=1.3)
    found = rerank(queries, gallery, settings=VARIANTS[name]).matrix()
    np.testing.assert_allclose(found, reranked_distances(queries, gallery, VARIANTS[name]), rtol=1e-6, atol=1e-6)


@pytest.mark.long
def test_propagation_over_two_thousand_images_equals_the_dense_definition():
    queries, gallery = split(2, queries=200, items=1800, dimensions=64, noise=1.3)
    found = propagate(queries, gallery).matrix()
    np.testing.assert_allclose(found, propagated_distances(queries, gallery, GNN_LAYUMI), atol=1e-6)


@pytest.mark.long
def test_memory_stays_below_a_gibibyte_at_full_size():
    """4,348 queries, 19,259 items, 512 dimensions: RssAnon + RssShmem, embeddings and libraries included."""
    done = subprocess.run([sys.executable, "-c", PEAK], check=True, capture_output=True, text=True)
    assert int(done.stdout) < 600 * MEBIBYTE
