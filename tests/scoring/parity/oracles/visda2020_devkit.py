"""The VisDA 2020 devkit calls reid-strong-baseline's function: float64 sums over full rankings."""


def figures(case):
    """Return its figures; see `oracles.fast_reid.figures`."""
    firsts, precisions = [], []
    for query, (pid, camera) in enumerate(zip(case.query_pids, case.query_cameras, strict=True)):
        order = sorted(range(len(case.gallery_pids)), key=lambda item: (case.distances[query][item], item))
        items = [(case.gallery_pids[item], case.gallery_cameras[item]) for item in order]
        hits = [other == pid for other, where in items if other != "-1" and (other, where) != (pid, camera)]
        places = [place for place, hit in enumerate(hits, 1) if hit]
        if places:
            firsts.append(places[0])
            precisions.append(sum(number / place for number, place in enumerate(places, 1)) / len(places))
    values = {f"rank-{k}": sum(first <= k for first in firsts) / len(firsts) for k in (1, 5, 10, 20, 50)}
    return {**values, "mAP": sum(precisions) / len(precisions)}
