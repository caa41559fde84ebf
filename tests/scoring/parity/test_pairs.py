"""Pairs of one identity and of two, junk out, and fast-reid's quantity on them."""

from dataclasses import replace

import numpy as np
import pytest

from scoring import Protocol
from scoring.parity import PRESETS, fastreid_roc, fastreid_tnr_at_frr, split_pairs
from tests.scoring.parity.cases import Case, random_case
from tests.scoring.sets import read_annotations

FOUR = Case(
    distances=np.array([[0.1, 0.2, 0.3, 0.4, 0.5]], dtype=np.float32),
    query_pids=["a"],
    query_cameras=["1"],
    gallery_pids=["a", "a", "b", "-1", "0"],
    gallery_cameras=["1", "2", "1", "2", "2"],
)


def split(case, protocol):
    return split_pairs(case.distances, annotations=read_annotations(case.rows()), track="t", protocol=protocol)


def listed(pairs):
    return [np.round(distances.astype(float), 3).tolist() for distances in pairs]


def test_junk_is_no_pair_and_a_distractor_is_an_impostor():
    protocol = PRESETS["fast_reid"].protocol
    assert listed(split(FOUR, protocol)) == [[0.2], [0.3, 0.5]]
    assert listed(split(FOUR, replace(protocol, distractor_pids=("0",)))) == [[0.2], [0.3, 0.5]]
    assert listed(split(FOUR, replace(protocol, distractor_pids=("a",)))) == [[], [0.2, 0.3, 0.5]]


def test_other_junk_rules():
    assert listed(split(FOUR, Protocol(junk=()))) == [[0.1, 0.2], [0.3, 0.4, 0.5]]
    assert listed(split(FOUR, Protocol(junk=(("camid",),)))) == [[0.2], [0.4, 0.5]]


@pytest.mark.parametrize("seed", [1, 2])
def test_fast_reid_on_random_sets(seed):
    case = random_case(seed, queries=40, gallery=300, identities=15, junk=0.1, distractors=0.1)
    genuine, impostor = [], []
    for query, (pid, camera) in enumerate(zip(case.query_pids, case.query_cameras, strict=True)):
        for item, (other, where) in enumerate(zip(case.gallery_pids, case.gallery_cameras, strict=True)):
            if other != "-1" and (other, where) != (pid, camera):
                (genuine if other == pid else impostor).append(case.distances[query, item])

    found = fastreid_roc(case.distances, annotations=read_annotations(case.rows()), track="t")

    assert list(found) == [f"fastreid_tnr_at_frr=1e-0{digit}" for digit in (4, 3, 2)]
    assert tuple(found.values()) == fastreid_tnr_at_frr(np.array(genuine), np.array(impostor))
    assert found["fastreid_tnr_at_frr=1e-02"] > 0


def test_the_shape_is_that_of_the_track():
    with pytest.raises(ValueError, match="1 × 5 pairs"):
        fastreid_roc(np.zeros((2, 5)), annotations=read_annotations(FOUR.rows()), track="t")
