"""fast-reid: float32 throughout, as its compiled loop; CMC to rank 50 and all means over queries with a match."""

import numpy as np

MAX_RANK = 50


def figures(case):
    """Return its figures; `case` has distances of shape (Q, G) and pids and cameras of both sides."""
    cmc, precisions, penalties = evaluate(case)
    at = lambda k: float(cmc[min(k, len(cmc)) - 1])  # noqa: E731
    mean_precision, mean_penalty = float(np.mean(precisions)), float(np.mean(penalties))
    return {
        "Rank-1": at(1),
        "Rank-5": at(5),
        "Rank-10": at(10),
        "mAP": mean_precision,
        "mINP": mean_penalty,
        "metric": (mean_precision + at(1)) / 2,
    }


def evaluate(case, argsort=lambda row: np.argsort(row, kind="stable"), *, reset=True):
    """Return CMC, and AP and INP of the queries with a match; without `reset` one buffer serves all queries, as in theirs."""
    top = min(MAX_RANK, len(case.gallery_pids))
    total, precisions, penalties = np.zeros(top, dtype=np.float32), [], []
    buffer = np.zeros(len(case.gallery_pids), dtype=np.float32)
    for query in range(len(case.query_pids)):
        hits = _hits(case, query, argsort(case.distances[query].astype(np.float32)))
        if not any(hits):
            continue
        found = np.float32(0)
        for place, hit in enumerate(hits):
            found = found + np.float32(hit)
            buffer[place] = found
        last = max(place for place, hit in enumerate(hits) if hit)
        penalties.append(np.float32(float(buffer[last]) / (last + 1.0)))
        precisions.append(_precision(hits, buffer))
        for place in range(len(hits)):
            buffer[place] = min(buffer[place], np.float32(1))
        if reset:
            buffer[len(hits) :] = 1  # nothing follows the last item, so a match found stays found
        total += buffer[:top]
    valid = np.float32(len(precisions))
    return total / valid, np.array(precisions, dtype=np.float32), np.array(penalties, dtype=np.float32)


def _hits(case, query, order):
    """Return 1 for a match and 0 for another item, without those of the query's identity and camera, and those of no identity."""
    pid, camera = case.query_pids[query], case.query_cameras[query]
    kept = [item for item in order if case.gallery_pids[item] != "-1"]
    kept = [item for item in kept if case.gallery_pids[item] != pid or case.gallery_cameras[item] != camera]
    return [int(case.gallery_pids[item] == pid) for item in kept]


def _precision(hits, found):
    """Return average precision: products in double precision, the sum in single."""
    total, relevant = np.float32(0), np.float32(0)
    for place, hit in enumerate(hits):
        total = np.float32(float(total) + float(found[place]) / (place + 1.0) * hit)
        relevant = relevant + np.float32(hit)
    return total / relevant
