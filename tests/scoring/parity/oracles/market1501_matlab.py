"""The Market-1501 MATLAB code: one walk down the list, recall and precision before and after each item."""

import math


def figures(case):
    """Return its figures; see `oracles.fast_reid.figures`."""
    walks = [walk(case, query) for query in range(len(case.query_pids))]
    values = {}
    for k in (1, 5, 10, 20):
        values[f"Rank-{k}"] = sum(curve[min(k, len(curve)) - 1] for _, curve in walks) / len(walks)
    precisions = [0.0 if math.isnan(precision) else precision for precision, _ in walks]
    return {**values, "mAP": sum(precisions) / len(precisions)}


def walk(case, query):
    """Return AP (NaN without a match) and the curve of one query."""
    pid, camera = case.query_pids[query], case.query_cameras[query]
    good, junk = set(), set()
    for item, other in enumerate(case.gallery_pids):
        if other == "-1" or (other == pid and case.gallery_cameras[item] == camera):
            junk.add(item)
        elif other == pid:
            good.add(item)
    if not good:
        return math.nan, [0.0] * len(case.gallery_pids)
    order = sorted(range(len(case.gallery_pids)), key=lambda item: (case.distances[query][item], item))
    curve = [0.0] * len(order)
    before_recall, before_precision, area, found, passed = 0.0, 1.0, 0.0, 0, 0
    for item in order:
        if item in junk:
            continue
        passed += 1
        if item in good:
            found += 1
            for place in range(passed - 1, len(order)):
                curve[place] = 1.0
        recall, precision = found / len(good), found / passed
        area += (recall - before_recall) * (before_precision + precision) / 2
        before_recall, before_precision = recall, precision
        if found == len(good):
            break
    return area, curve
