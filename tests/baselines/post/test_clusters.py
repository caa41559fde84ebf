"""DBSCAN on a sparse graph against the definition on a dense one; purity against hand-made cases."""

import math

import numpy as np
import pytest

from baselines.post.clusters import UNUSED, dbscan, report
from scoring.reranking import Rows


def _rows(near: np.ndarray) -> Rows:
    starts = np.concatenate([[0], near.sum(axis=1).cumsum()]).astype(np.int64)
    columns = np.nonzero(near)[1].astype(np.int32)
    return Rows(starts, columns, np.zeros(len(columns)))


def _chain(pairs: list[tuple[int, int]], count: int) -> np.ndarray:
    near = np.eye(count, dtype=bool)
    for a, b in pairs:
        near[a, b] = near[b, a] = True
    return near


def _naive(near: np.ndarray, least: int) -> list[int]:
    """By the definition: clusters are the components of cores; others join the first cluster with a core near them."""
    count = len(near)
    cores = [i for i in range(count) if near[i].sum() >= least]
    component = {i: i for i in cores}
    for _ in cores:
        for i in cores:
            component[i] = min(component[j] for j in cores if near[i, j])
    numbers = {root: number for number, root in enumerate(sorted(set(component.values())))}
    labels = []
    for i in range(count):
        near_cores = [i] if i in component else [j for j in cores if near[i, j]]
        labels.append(min((numbers[component[j]] for j in near_cores), default=UNUSED))
    return labels


@pytest.mark.parametrize("least", [1, 2, 3, 5])
@pytest.mark.parametrize("seed", range(6))
def test_clusters_are_those_of_the_definition(seed: int, least: int) -> None:
    places = np.random.default_rng(seed).uniform(size=(60, 2))
    near = np.linalg.norm(places[:, None] - places[None], axis=2) < 0.09

    assert dbscan(_rows(near), least=least).tolist() == _naive(near, least)


def test_a_chain_of_cores_is_one_cluster_and_its_ends_belong_to_it() -> None:
    near = _chain([(0, 1), (1, 2), (2, 3)], count=6)  # 4 and 5 are alone

    assert dbscan(_rows(near), least=3).tolist() == [0, 0, 0, 0, UNUSED, UNUSED]
    assert dbscan(_rows(near), least=4).tolist() == [UNUSED] * 6
    assert dbscan(_rows(near), least=1).tolist() == [0, 0, 0, 0, 1, 2]


def test_an_image_between_two_clusters_joins_the_first_and_does_not_join_them() -> None:
    near = _chain([(1, 2), (1, 3), (2, 3), (5, 6), (5, 4), (6, 4), (0, 3), (0, 4)], count=7)  # 0 is near 3 and 4

    assert dbscan(_rows(near), least=4).tolist() == [0, 0, 0, 0, 1, 1, 1]


def test_nothing_has_no_clusters() -> None:
    assert dbscan(_rows(np.zeros((0, 0), dtype=bool)), least=2).shape == (0,)


def test_a_report_counts_the_most_frequent_identity_of_each_cluster() -> None:
    labels = np.array([0, 0, 0, 7, 7, UNUSED, UNUSED, 7])
    identities = np.array([40, 40, 9, 9, 9, 9, 40, 40])

    told = report(labels, identities)

    assert (told.images, told.clusters) == (8, 2)
    assert told.purity == pytest.approx((2 + 2) / 6)
    assert told.completeness == pytest.approx((2 + 2) / 6)
    assert told.unused == pytest.approx(2 / 8)
    assert told.largest == pytest.approx(3 / 6)


def test_single_images_are_pure_but_not_complete_and_one_cluster_is_complete_but_not_pure() -> None:
    identities = np.array([0, 0, 0, 1, 1, 1])

    alone, together = report(np.arange(6), identities), report(np.zeros(6, dtype=np.int64), identities)

    assert (alone.purity, alone.completeness) == (1.0, pytest.approx(1 / 3))
    assert (together.purity, together.completeness, together.largest) == (0.5, 1.0, 1.0)


def test_a_report_of_no_label_claims_nothing() -> None:
    told = report(np.full(3, UNUSED), np.arange(3))

    assert (told.clusters, told.unused) == (0, 1.0)
    assert math.isnan(told.purity)
    with pytest.raises(ValueError, match="2 labels, 3 identities"):
        report(np.zeros(2, dtype=np.int64), np.arange(3))
