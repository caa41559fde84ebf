"""Graph propagation against the dense definition."""

import numpy as np
import pytest

from scoring.reranking import GNN_LAYUMI, GNN_PAPER, Propagation, propagate
from tests.scoring.reranking.dense import propagated_distances
from tests.scoring.reranking.sets import split


@pytest.mark.parametrize("variant", [GNN_PAPER, GNN_LAYUMI, Propagation(k1=3, k2=2), Propagation(k1=5, k2=5)])
@pytest.mark.parametrize(("queries", "items"), [(1, 1), (4, 9), (30, 170)])
def test_distances_equal_the_dense_definition(variant, queries, items):
    sets = split(1, queries=queries, items=items)
    found = propagate(*sets, settings=variant).matrix()
    np.testing.assert_allclose(found, propagated_distances(*sets, variant), atol=1e-6)


def test_threads_change_no_byte():
    sets = split(2, queries=50, items=400)
    one, two = (propagate(*sets, threads=threads).matrix() for threads in (1, 2))
    assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize("values", [{"k1": 1}, {"k2": 1}, {"k1": 5, "k2": 6}, {"lambda_value": 1.5}])
def test_parameters_out_of_range_are_refused(values):
    with pytest.raises(ValueError, match=r"k2|lambda_value"):
        Propagation(**values)
