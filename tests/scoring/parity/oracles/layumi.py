"""layumi's evaluate_gpu: similarities, the reversed sort, and the trapezoid written for the places of the matches."""

import numpy as np


def figures(case, argsort=lambda row: np.argsort(row, kind="stable")):
    """Return its figures; the similarity is the negative distance."""
    size, queries = len(case.gallery_pids), len(case.query_pids)
    curve, precision = np.zeros(size), 0.0
    for query in range(queries):
        order = argsort(-case.distances[query].astype(np.float32))[::-1]
        places = matches(case, query, order)
        if not places:
            continue
        curve[places[0] :] += 1
        for number, place in enumerate(places):
            before = number / place if place else 1.0
            precision += (before + (number + 1) / (place + 1)) / 2 / len(places)
    values = {f"top{k}": curve[min(k, size) - 1] / queries for k in (1, 5, 10)}
    return {**values, "mAP": precision / queries}


def matches(case, query, order):
    """Return the places of the matches, counted from 0, once junk is out of the list."""
    pid, camera = case.query_pids[query], case.query_cameras[query]
    same = [case.gallery_pids[item] == pid for item in order]
    near = [case.gallery_cameras[item] == camera for item in order]
    nobody = [case.gallery_pids[item] == "-1" for item in order]
    kept = [a and not b for a, b, c in zip(same, near, nobody, strict=True) if not (c or (a and b))]
    return [place for place, match in enumerate(kept) if match]
