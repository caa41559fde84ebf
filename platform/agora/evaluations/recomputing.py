"""Score stored files again and compare with what is stored: a score is a function of its file and spec, to the last bit."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q

from agora.core.scorer import ask_scorer
from agora.core.storage import alias
from agora.evaluations.results import BadResultError, ScoredResult, read_result
from agora.evaluations.scoring import job_of
from agora.submissions.models import Evaluation, EvaluationState, Score
from scoring import SCORER_REVISION


@dataclass(frozen=True)
class Recomputed:
    """What came of one evaluation: the names of what differs, none when all is the same; `is_skipped` when nothing can be said."""

    ref: str
    differs: tuple[str, ...] = ()
    is_skipped: bool = False


def scored_evaluations(refs: list[str]) -> Iterator[Evaluation]:
    """Yield the scored evaluations that are named by their own references or their entries', all of them without a name."""
    rows = Evaluation.objects.filter(state=EvaluationState.SCORED)
    if refs:
        rows = rows.filter(Q(ref__in=refs) | Q(submission__ref__in=refs))
    yield from rows.select_related("submission__upload", "spec__ground_truth").order_by("pk").iterator(chunk_size=100)


def recompute(evaluation: Evaluation) -> Recomputed:
    """Run the scorer's child as for a new entry and compare scores, counts and per-query results; nothing is written.

    An evaluation of another scorer revision cannot be repeated by this code and is skipped.
    """
    if evaluation.spec.scorer_revision != SCORER_REVISION:
        return Recomputed(evaluation.ref, is_skipped=True)
    try:
        answer = ask_scorer(job_of(evaluation))
    except OSError as error:
        return Recomputed(evaluation.ref, (f"a stored file cannot be read ({error.strerror})",))
    message = answer.message or {}
    if message.get("outcome") != "scored":
        return Recomputed(evaluation.ref, (f"no score ({message.get('outcome') or answer.outcome.ending})",))
    try:
        result = read_result(message["result"], evaluation)
    except BadResultError as error:
        return Recomputed(evaluation.ref, (str(error),))
    return Recomputed(evaluation.ref, tuple(_differences(evaluation, result, answer.per_query)))


def _differences(evaluation: Evaluation, result: ScoredResult, per_query: bytes) -> Iterator[str]:
    stored = {
        (row.split, row.track, row.metric): (row.value, row.low, row.high)
        for row in Score.objects.filter(evaluation=evaluation)
    }
    for key in sorted(stored.keys() | dict(result.scores).keys()):
        # Compared by their bits: 0.1 + 0.2 is not 0.3 here.
        if stored.get(key) != result.scores.get(key):
            yield "/".join(key)
    if result.counts != evaluation.counts:
        yield "counts"
    sha256 = hashlib.sha256(per_query).hexdigest()
    if sha256 != evaluation.results_sha256:
        yield "per-query results"
    try:
        with alias("results").open(evaluation.results_key, "rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != evaluation.results_sha256:
                yield "stored per-query results"
    except OSError as error:
        yield f"stored per-query results cannot be read ({error.strerror})"
