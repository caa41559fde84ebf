"""The VRAI server as assumed: 1,000 items, junk out, AP over all matches, queries with a match in the divisor."""


def figures(case):
    """Return its figures; see `oracles.fast_reid.figures`."""
    rows = []
    for query, pid in enumerate(case.query_pids):
        is_match = [
            other == pid and where != case.query_cameras[query]
            for other, where in zip(case.gallery_pids, case.gallery_cameras, strict=True)
        ]
        is_junk = [other == pid and not match for other, match in zip(case.gallery_pids, is_match, strict=True)]
        if not any(is_match):
            continue
        nearest = sorted(range(len(is_match)), key=lambda item: (case.distances[query][item], item))[:1000]
        hits = [is_match[item] for item in nearest if not is_junk[item]]
        ranks = [rank for rank, hit in enumerate(hits, 1) if hit]
        precision = sum(number / rank for number, rank in enumerate(ranks, 1)) / sum(is_match)
        rows.append([precision] + [float(any(hits[:k])) for k in (1, 5, 10)])
    means = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    return dict(zip(("mAP", "CMC-1", "CMC-5", "CMC-10"), means, strict=True))
