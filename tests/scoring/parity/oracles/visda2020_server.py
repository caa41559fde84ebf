"""The VisDA 2020 server as assumed: 100 items, junk out, AP over the matches found, queries with a match in the divisor."""


def figures(case):
    """Return its figures; see `oracles.fast_reid.figures`."""
    firsts, precisions = [], []
    for query, (pid, camera) in enumerate(zip(case.query_pids, case.query_cameras, strict=True)):
        sides = list(zip(case.gallery_pids, case.gallery_cameras, strict=True))
        if not any(other == pid and where != camera for other, where in sides):
            continue
        order = sorted(range(len(sides)), key=lambda item: (case.distances[query][item], item))[:100]
        rank, found, total, first = 0, 0, 0.0, 1000
        for other, where in (sides[item] for item in order):
            if other == "-1" or (other == pid and where == camera):
                continue
            rank += 1
            if other == pid:
                found += 1
                total += found / rank
                first = min(first, rank)
        firsts.append(first)
        precisions.append(total / found if found else 0.0)
    values = {f"rank-{k}": sum(first <= k for first in firsts) / len(firsts) for k in (1, 5, 10, 20, 50)}
    return {**values, "mAP": sum(precisions) / len(precisions)}
