"""The yardsticks of the bench compute what the scorer computes."""

import numpy as np
import pytest

from scoring.vectors.bench import clustered, fast_reid_loop, numpy_evaluator
from tests.scoring.sets import score
from tests.scoring.vectors.arrays import DISTANCES, npy


def test_both_yardsticks_have_the_scores_of_the_scorer():
    queries, gallery = clustered(90, 1700)
    distances = np.linalg.norm(queries[:, None, :50] - gallery[None, :, :50], axis=2)
    pids = np.arange(90) % 808, np.arange(1700) % 808
    rows = [
        {"track": "t", "role": role, "image_id": f"{role[0]}{number}", "pid": str(pid), "camid": role}
        for role, of_role in zip(("query", "gallery"), pids, strict=True)
        for number, pid in enumerate(of_role.tolist())
    ]
    found = score(rows, npy(distances), described=DISTANCES)
    wanted = [found.value(split="all", track="t", metric=metric) for metric in ("rank-1", "mAP", "mINP")]
    assert numpy_evaluator(distances, *pids, 0, 1) == pytest.approx(wanted, abs=1e-12)
    assert fast_reid_loop(distances, *pids, 0, 1) == pytest.approx(wanted, abs=1e-12)
