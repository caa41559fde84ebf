"""torchreid: as fast-reid's ancestor, without mINP; the mean of AP is itself a float32 sum."""

import numpy as np


def figures(case):
    """Return its figures; see `oracles.fast_reid.figures`."""
    top = min(50, len(case.gallery_pids))
    curves, precisions = [], []
    for query, pid in enumerate(case.query_pids):
        ranked = []
        for item in np.argsort(case.distances[query].astype(np.float32), kind="stable"):
            other = case.gallery_pids[item]
            if other == "-1" or (other == pid and case.gallery_cameras[item] == case.query_cameras[query]):
                continue
            ranked.append(other == pid)
        if True not in ranked:
            continue
        first = ranked.index(True)
        curves.append([1.0 if place >= first else 0.0 for place in range(top)])
        precision, found = np.float32(0), 0
        for place, match in enumerate(ranked, 1):
            if match:
                found += 1
                precision = np.float32(float(precision) + found / place)
        precisions.append(precision / np.float32(found))
    mean = np.float32(0)
    for precision in precisions:
        mean = mean + precision
    cmc = np.sum(np.array(curves, dtype=np.float32), axis=0, dtype=np.float32) / np.float32(len(curves))
    values = {f"Rank-{k}": float(cmc[min(k, top) - 1]) for k in (1, 5, 10, 20)}
    return {"mAP": float(mean / np.float32(len(precisions))), **values}
