"""VPULab's CityFlow script: the first 100 items of a line, no junk, the precision at each match, all lines in the divisor."""

RANKS = (1, 5, 10, 15, 20, 30, 45, 100)


def figures(case):
    """Return its figures; see `oracles.fast_reid.figures`."""
    total, curve = 0.0, [0.0] * 100
    for query, pid in enumerate(case.query_pids):
        order = sorted(range(len(case.gallery_pids)), key=lambda item: (case.distances[query][item], item))[:100]
        relevant = case.gallery_pids.count(pid)
        found = 0
        for place, item in enumerate(order, 1):
            if case.gallery_pids[item] != pid:
                continue
            found += 1
            if found == 1:
                curve = [value + (rank >= place) for rank, value in enumerate(curve, 1)]
            # Meant as the mean of two precisions; both are the one at the match, and 1 at the first place.
            total += (found / place + found / place) / 2 / relevant
    queries = len(case.query_pids)
    return {"mAP": total / queries, **{f"CMC-{k}": curve[k - 1] / queries for k in RANKS}}
