"""The yardsticks of the bench compute what the scorer computes."""

import numpy as np
import pytest

from scoring.metrics.verification import name
from scoring.vectors.bench import clustered, fast_reid_loop, numpy_evaluator, rank_in_memory, score_in_memory
from scoring.vectors.writing import Embeddings
from tests.scoring.sets import read_annotations, read_manifest, score
from tests.scoring.vectors.arrays import DISTANCES, EMBEDDINGS, npy, written

PIDS = np.arange(90) % 808, np.arange(1700) % 808
ROWS = [
    {"track": "t", "role": role, "image_id": f"{role[0]}{number}", "pid": str(pid), "camid": role}
    for role, of_role in zip(("query", "gallery"), PIDS, strict=True)
    for number, pid in enumerate(of_role.tolist())
]


def test_both_yardsticks_have_the_scores_of_the_scorer():
    queries, gallery = clustered(90, 1700)
    distances = np.linalg.norm(queries[:, None, :50] - gallery[None, :, :50], axis=2)
    found = score(ROWS, npy(distances), described=DISTANCES)
    wanted = [found.value(split="all", track="t", metric=metric) for metric in ("rank-1", "mAP", "mINP")]
    assert numpy_evaluator(distances, *PIDS, 0, 1) == pytest.approx(wanted, abs=1e-12)
    assert fast_reid_loop(distances, *PIDS, 0, 1) == pytest.approx(wanted, abs=1e-12)


def test_what_is_measured_in_memory_finds_what_the_readers_of_files_find():
    queries, gallery = clustered(90, 1700)
    distances = np.linalg.norm(queries[:, None, :50] - gallery[None, :, :50], axis=2)
    manifest = read_manifest(ROWS)
    file = written(Embeddings(manifest.queries("t"), queries, manifest.gallery("t"), gallery))
    truth = read_annotations(ROWS)
    for context, found in (
        (score_in_memory(distances, truth), score(ROWS, npy(distances), described=DISTANCES)),
        (rank_in_memory(queries, gallery, truth), score(ROWS, file, described=EMBEDDINGS)),
    ):
        rates = [rate for rate in context.rates if rate.split == "all"]
        assert rates
        for rate in rates:
            value = found.value(split="all", track="t", metric=name(rate.impostors_per_accepted))
            assert value == rate.accepted / rate.genuine
