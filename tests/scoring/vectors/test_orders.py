"""The whole order of a gallery is that of the exact distances, and scores as the embeddings themselves do."""

import numpy as np
import pytest

from scoring.vectors.orders import distance_orders, embedding_orders
from tests.scoring.sets import random_set, ranking_csv, score
from tests.scoring.vectors.arrays import EMBEDDINGS, exact_distances, random_embeddings, written

ROWS = random_set(11, identities=40, tracks=("ag",))
MADE = random_embeddings(ROWS, 11)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_orders_are_those_of_exact_distances(metric):
    orders = np.array(list(embedding_orders(MADE.query, MADE.gallery, metric=metric)))
    np.testing.assert_array_equal(orders, np.argsort(exact_distances(MADE, metric), axis=1, kind="stable"))


def test_copies_stand_in_the_order_of_the_gallery_and_the_scores_are_those_of_the_embeddings():
    gallery = MADE.gallery.copy()
    gallery[::3] = gallery[0]
    gallery[1::7] = np.nextafter(gallery[0], np.float32(9))
    made = MADE._replace(gallery=gallery)
    orders = list(embedding_orders(made.query, gallery, metric="cosine"))
    for order in orders:
        copies = order[(order % 3 == 0) & (order % 7 != 1)]
        assert (np.diff(copies) > 0).all()
    names = np.array(made.gallery_ids, dtype=object)
    answers = {query: names[order].tolist() for query, order in zip(made.query_ids, orders, strict=True)}
    assert score(ROWS, ranking_csv(answers)).scores == score(ROWS, written(made), described=EMBEDDINGS).scores


def test_ties_of_distances_go_to_the_earlier_position():
    assert [order.tolist() for order in distance_orders(np.array([[0.5, 0.25, 0.5, 0.25]]))] == [[1, 3, 0, 2]]
