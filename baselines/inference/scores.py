"""Score a ranking of images whose labels are known, by the scorer that boards use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

from baselines.images import DataError
from baselines.ranking import Order
from scoring import Annotations, AnnotationsError, Protocol, Result, SubmissionFormat, evaluate

FORMAT = SubmissionFormat(kind="ranking", query_column="query_id", value_column="gallery_ids")
PROTOCOL = Protocol(junk=(("pid", "camid"),), aggregate="macro")
"""Market-1501's: what the query's own camera saw of the query is no match. Tracks count alike."""
METRICS = ("rank-1", "mAP")


def read_annotations(path: Path) -> Annotations:
    """Return the labels of a test or val folder; DataError names a file that is missing or broken."""
    try:
        with path.open("rb") as file:
            return Annotations.read(file)
    except (OSError, AnnotationsError) as error:
        raise DataError(f"{path}: {error}") from error


def score(orders: Iterable[Order], annotations: Annotations) -> Result:
    """Return the result of a ranking under `PROTOCOL`."""
    lines = ["query_id,gallery_ids", *(f"{query},{' '.join(gallery)}" for query, gallery in orders)]
    file = BytesIO(("\n".join(lines) + "\n").encode("ascii"))
    return evaluate(file, annotations=annotations, submission_format=FORMAT, protocol=PROTOCOL)


def figures(result: Result, metrics: Sequence[str] = METRICS) -> Mapping[str, float]:
    """Return scores over all splits as "track/metric" → fraction; `macro` is the mean over tracks."""
    return {
        f"{one.track}/{one.metric}": one.value for one in result.scores if one.split == "all" and one.metric in metrics
    }
