"""trec_eval itself, through its Python binding: a run of negative distances, and the matches as relevance judgements."""

import math

import pytrec_eval

MEASURES = {"map", "recip_rank", "success.1,5,10"}


def figures(case):
    """Return its figures; see `oracles.fast_reid.figures`."""
    rows = evaluate(qrels(case), run(case)).values()
    return {name: math.fsum(row[name] for row in rows) / len(rows) for name in next(iter(rows))}


def evaluate(judgements, scores):
    """Return the figures of each query that has judgements and scores."""
    return pytrec_eval.RelevanceEvaluator(judgements, MEASURES).evaluate(scores)


def qrels(case):
    """Return the matches of the queries that have any."""
    found = {
        f"q{query}": {f"g{item}": 1 for item, other in enumerate(case.gallery_pids) if other == pid}
        for query, pid in enumerate(case.query_pids)
    }
    return {query: items for query, items in found.items() if items}


def run(case):
    """Return a score for every pair, higher is nearer."""
    return {
        f"q{query}": {f"g{item}": -float(distance) for item, distance in enumerate(row)}
        for query, row in enumerate(case.distances)
    }
