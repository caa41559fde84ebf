"""Tell the way of an entry: what happened, when, and how long each part took."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from agora.core import words
from agora.core.attempts import REASONS
from agora.submissions.models import Evaluation, EvaluationState, Submission
from agora.submissions.selectors import QueuePlace


@dataclass(frozen=True)
class Step:
    """One line: `status` is done, now, failed or later."""

    name: str
    what: str = ""
    when: str = ""
    at: datetime | None = None
    status: str = "done"


def timeline(
    submission: Submission, evaluation: Evaluation | None, place: QueuePlace | None, now: datetime
) -> tuple[Step, ...]:
    """Return the way of an entry in order.

    Receiving and submitting are acts of a person and show their time of day; what we did in between shows how long after
    the act before it was done.
    """
    return (*_intake(submission), *(_scoring(submission, evaluation, place, now) if evaluation else ()))


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"


def _after(moment: datetime, start: datetime) -> str:
    return f"+{seconds_words((moment - start).total_seconds())}"


def seconds_words(seconds: float) -> str:
    """Return a measured span: "0.4 s", "41 s", "2 min 5 s"."""
    seconds = max(0.0, seconds)
    if seconds < 59.95:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def _intake(submission: Submission) -> Iterator[Step]:
    upload = submission.upload
    received = upload.received_at
    if received is not None:
        yield Step("received", f"{words.size(upload.size_bytes or 0)}, sha256 checked", _clock(received), received)
    if upload.checked_at is not None and received is not None:
        rows = (upload.report or {}).get("rows_read", 0)
        warnings = sum(problem["severity"] == "warning" for problem in (upload.report or {}).get("problems", ()))
        said = f"no errors, {words.plural(warnings, 'warning')}" if warnings else "no errors"
        what = f"{words.plural(rows, 'row')}, {said}"
        yield Step("checked", what, _after(upload.checked_at, received), upload.checked_at)


def _scoring(submission: Submission, evaluation: Evaluation, place: QueuePlace | None, now: datetime) -> Iterator[Step]:
    queued, state = evaluation.queued_at, evaluation.state
    waiting = state == EvaluationState.QUEUED
    what = _place(place) if waiting else ""
    if not waiting and submission.submitted_by is not None:
        what = f"submitted by {submission.submitted_by.name}"
    yield Step("queued", what, _clock(queued), queued, "now" if waiting else "done")
    if waiting:
        yield Step("scoring", status="later")
        yield Step("scored", status="later")
        return
    if evaluation.started_at is not None:
        attempt = f"attempt {evaluation.attempt}"
        if state == EvaluationState.SCORING:
            running = seconds_words((now - evaluation.started_at).total_seconds())
            yield Step("scoring", f"{attempt}, {running} so far", _after(evaluation.started_at, queued), None, "now")
            yield Step("scored", status="later")
            return
        yield Step("scoring", attempt, _after(evaluation.started_at, queued), evaluation.started_at)
    if evaluation.finished_at is not None:
        yield _end(evaluation, evaluation.finished_at)


def _place(place: QueuePlace | None) -> str:
    if place is None:
        return ""
    about = "" if place.seconds is None else f", about {seconds_words(place.seconds)}"
    return f"place {words.count(place.place)}{about}"


def _end(evaluation: Evaluation, finished: datetime) -> Step:
    when = _after(finished, evaluation.queued_at)
    state = EvaluationState(evaluation.state)
    if state == EvaluationState.SCORED:
        return Step(
            "scored", f"{seconds_words((finished - evaluation.queued_at).total_seconds())} from submit", when, finished
        )
    what = {
        EvaluationState.INVALID: "cannot be scored as it is",
        EvaluationState.ERROR: REASONS.get(evaluation.error_code, REASONS["unexpected"]),
        EvaluationState.CANCELLED: "before scoring began",
    }[state]
    return Step(str(state.value), what, when, finished, "later" if state == EvaluationState.CANCELLED else "failed")
