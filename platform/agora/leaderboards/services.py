"""Open and close rows of boards. A row is never edited: that is the history that "as of" reads."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from agora.core.clock import database_now
from agora.leaderboards.models import BoardRow
from agora.submissions.disclosure import disclosure_of
from agora.submissions.models import Evaluation, Kind, Score, Submission


def open_row(evaluation: Evaluation, *, since: datetime | None = None) -> BoardRow | None:
    """Put a scored evaluation on the boards of its spec; call it in the transaction that writes its scores.

    None, and nothing is written, for a sandbox entry and for one without a public value of the primary metric: what is missing
    never ranks. The submission's row is locked and read anew: a merger moves it to another team.
    """
    with transaction.atomic():
        return _open_row(evaluation, since or database_now())


def _open_row(evaluation: Evaluation, since: datetime) -> BoardRow | None:
    held = Submission.objects.select_for_update(of=("self",), no_key=True)
    submission = held.select_related("phase", "upload").get(pk=evaluation.submission_id)
    if submission.kind == Kind.SANDBOX:
        return None
    phase = submission.phase
    values = dict(
        Score.objects.filter(
            evaluation=evaluation, track=phase.aggregate, metric=phase.primary_metric, split__in=["public", "private"]
        ).values_list("split", "value")
    )
    if "public" not in values or submission.upload.received_at is None:
        return None
    rule, private = disclosure_of(phase)["score"], values.get("private")
    return BoardRow.objects.create(
        submission=submission,
        spec=evaluation.spec,
        evaluation=evaluation,
        phase=phase,
        team_id=submission.team_id,
        kind=submission.kind,
        facets=submission.facets,
        public=values["public"],
        private=private,
        shown_public=rule.round(values["public"]),
        shown_private=None if private is None else rule.round(private),
        received_at=submission.upload.received_at,
        shown_from=since,
    )


def close_rows(submissions: Iterable[Submission], *, since: datetime | None = None) -> int:
    """Take submissions off every board from now on; return how many rows were closed."""
    return _open_rows(submissions).update(shown_to=since or database_now())


def reopen_rows(submissions: Iterable[Submission]) -> list[BoardRow]:
    """Close the open rows of submissions and open them anew with their present team, facets and disclosure.

    One instant ends the old rows and begins the new: a board as of any moment has one of the two.
    """
    since = database_now()
    evaluations = [row.evaluation for row in _open_rows(submissions).select_related("evaluation__submission__phase")]
    close_rows(submissions, since=since)
    reopened = [open_row(evaluation, since=since) for evaluation in evaluations]
    return [row for row in reopened if row is not None]


def _open_rows(submissions: Iterable[Submission]) -> QuerySet[BoardRow]:
    return BoardRow.objects.filter(submission__in=list(submissions), shown_to__isnull=True).order_by("pk")
