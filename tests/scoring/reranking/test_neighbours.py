"""Nearest neighbours against brute force, and against products that are as wrong as products may be."""

import numpy as np
import pytest

from scoring.reranking import neighbours, rerank, reranked
from scoring.reranking.neighbours import nearest_items, nearest_others
from scoring.reranking.vectors import prepare
from tests.scoring.reranking.sets import clustered, split


def brute_force(rows, items, count, *, own):
    nearest, farthest = [], []
    for number, row in enumerate(rows.astype(np.float64)):
        distances = ((items.astype(np.float64) - row) ** 2).sum(axis=1)
        order = np.argsort(distances, kind="stable")
        nearest.append([item for item in order if not (own and item == number)][:count])
        farthest.append(distances.max())
    return np.array(nearest), np.array(farthest)


@pytest.mark.parametrize("tile", [64, 2048])
@pytest.mark.parametrize("kind", ["clustered", "lattice", "alike", "spread"])
def test_others_equal_brute_force(kind, tile, monkeypatch):
    """Tiles of 64 so that both halves of the product matter; ties, near-ties and lengths from 1 to 10^6."""
    monkeypatch.setattr(neighbours, "_TILE", tile)
    generator = np.random.default_rng(1)
    images = {
        "clustered": clustered(1, identities=30, images=11, dimensions=24)[0],
        "lattice": generator.integers(-1, 2, size=(700, 4)).astype(np.float32),
        "alike": np.ones((400, 3), np.float32),
        "spread": (generator.standard_normal((350, 8)) * 10 ** generator.uniform(0, 6, (350, 1))).astype(np.float32),
    }[kind]
    found = nearest_others(prepare(images, unit_length=False), 20, farthest=True)
    nearest, farthest = brute_force(images, images, 20, own=True)
    np.testing.assert_array_equal(found.items, nearest)
    np.testing.assert_allclose(found.farthest, farthest, rtol=1e-12)


def test_items_equal_brute_force():
    queries, gallery = split(2, queries=50, items=333, dimensions=10)
    queries, gallery = (prepare(one, unit_length=True) for one in (queries, gallery))
    found = nearest_items(queries, gallery, 12)
    units = [one.values * one.factors[:, None] for one in (queries, gallery)]
    np.testing.assert_array_equal(found.items, brute_force(*units, 12, own=False)[0])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_error_of_a_product_reaches_a_byte(seed, monkeypatch):
    """Products are wrong by up to their bound, in both precisions, as another library's could be."""
    queries, gallery = split(seed, queries=40, items=400, dimensions=48)
    gallery[200:250] = gallery[:50] + np.float32(1e-6)
    variant = reranked.ZHONG_PYTHON
    expected = rerank(queries, gallery, settings=variant).matrix().tobytes()
    generator, multiply = np.random.default_rng(seed), np.matmul
    longest = np.linalg.norm(np.concatenate([queries, gallery]), axis=1).max()

    def wrong(left, right, out):
        multiply(left, right, out=out)
        # float32 rows are scaled to length 1 at most, float64 rows are not.
        size = 1.0 if out.dtype == np.float32 else longest**2
        out += (size * left.shape[1] * np.finfo(out.dtype).eps / 2 * generator.uniform(-1, 1, out.shape)).astype(
            out.dtype
        )
        return out

    monkeypatch.setattr(np, "matmul", wrong)
    assert rerank(queries, gallery, settings=variant).matrix().tobytes() == expected
