"""Test sets of a few images, written as text."""

from scoring import Protocol
from scoring.benchmarks import BENCHMARKS
from tests.scoring.sets import ranking_csv, score


def images(role, text, track="t", **columns):
    """Return rows from images written as ``name=identity@camera``; columns map the name of an image to a value."""
    rows = []
    for word in text.split():
        name, _, rest = word.partition("=")
        pid, _, camera = rest.partition("@")
        more = {column: values.get(name, "") for column, values in columns.items()}
        rows.append({"track": track, "role": role, "image_id": name, "pid": pid, "camid": camera, **more})
    return rows


def scored(protocol, rows, answers, **more):
    """Score rankings written as words; `protocol` is one, or the name of a benchmark."""
    used = protocol if isinstance(protocol, Protocol) else BENCHMARKS[protocol].protocol
    listed = {query: names.split() for query, names in answers.items()}
    return score(rows, ranking_csv(listed), protocol=used, **more)


def value(result, metric, track="micro"):
    return result.value(split="all", track=track, metric=metric)


def counts(result, track="micro"):
    return next(count for count in result.counts if (count.split, count.track) == ("all", track))
