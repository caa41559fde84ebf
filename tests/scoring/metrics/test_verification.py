"""TPR@FPR is the accepted share of genuine pairs at the largest threshold that accepts few enough impostor pairs."""

import numpy as np
import pytest

from scoring import Protocol
from scoring.metrics.verification import accepted_pairs, name
from tests.scoring.sets import random_set, read_annotations, score
from tests.scoring.vectors.arrays import DISTANCES, distance_file, random_distances, sizes


@pytest.mark.parametrize(
    ("genuine", "nearest", "accepted"),
    [
        ([0.1, 0.2, 0.3], [*[0.15] * 10, 0.25, 0.5], 2),
        (
            [0.1, 0.25, 0.3],
            [*[0.15] * 10, 0.25, 0.5],
            1,
        ),  # what lies at the threshold would let the impostor in as well
        ([0.1, 0.2, 0.3], [*[0.05] * 11], 0),
        ([0.1, 0.2], [*[0.5] * 11], 2),
    ],
)
def test_cases_by_hand(genuine, nearest, accepted):
    assert accepted_pairs(np.array(genuine), np.array(nearest), 10_999, 1000) == accepted


def test_too_few_impostor_pairs_have_no_rate():
    assert accepted_pairs(np.array([0.1]), np.linspace(0, 1, 10), 9999, 1000) is None


def brute(rows, distances, protocol):
    """Return the rates of one track by looking at every pair and every threshold."""
    images = {
        role: [row for row in rows if (row["track"], row["role"]) == ("ag", role)] for role in ("query", "gallery")
    }
    found = {}
    for split in ("public", "private", "all"):
        genuine, impostors = [], []
        for query, line in zip(images["query"], distances["ag"], strict=True):
            if split not in ("all", query["split"]) or query["pid"] in protocol.distractor_pids:
                continue
            for item, distance in zip(images["gallery"], line.tolist(), strict=True):
                is_junk = any(all(query[name] == item[name] for name in names) for names in protocol.junk)
                if not is_junk and item["pid"] not in protocol.junk_pids:
                    (genuine if item["pid"] == query["pid"] else impostors).append(distance)
        for per in (10_000, 1000):
            if len(impostors) < 10 * per or not genuine:
                continue
            best = 0.0
            for threshold in sorted({0.0, *genuine, *impostors}):
                if sum(distance <= threshold for distance in impostors) * per <= len(impostors):
                    best = sum(distance <= threshold for distance in genuine) / len(genuine)
                else:
                    break
            found[split, name(per)] = best
    return found


@pytest.mark.parametrize("levels", [None, 300])
@pytest.mark.parametrize(
    "protocol", [Protocol(), Protocol(junk=(("camid",),), junk_pids=("P001",), distractor_pids=("P002",))]
)
def test_rates_are_those_of_every_threshold(protocol, levels, monkeypatch):
    rows = random_set(4, identities=100, tracks=("ag",), queries=4, gallery=8)
    distances = random_distances(rows, 4, levels=levels)
    wanted = brute(rows, distances, protocol)
    assert sizes(rows)["ag"][0] * sizes(rows)["ag"][1] > 50_000
    for threads in ("1", "2"):
        monkeypatch.setenv("NUMBA_NUM_THREADS", threads)
        result = score(rows, distance_file(distances), described=DISTANCES, protocol=protocol)
        for track in ("ag", "micro", "macro"):
            found = {
                (one.split, one.metric): one.value
                for one in result.scores
                if one.metric.startswith("TPR") and one.track == track
            }
            assert found == wanted
    assert ("all", "TPR@FPR=0.001") in wanted


def test_small_sets_have_none():
    rows = random_set(4, identities=20, tracks=("ag",))
    assert read_annotations(rows)
    result = score(rows, distance_file(random_distances(rows, 4)), described=DISTANCES)
    assert not [one for one in result.scores if one.metric.startswith("TPR")]
