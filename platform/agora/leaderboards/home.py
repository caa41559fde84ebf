"""Read what the home page shows beside the boards."""

from dataclasses import dataclass

from django.db.models import F

from agora.competitions.access import Visitor
from agora.competitions.catalogue import Row, catalogue_rows
from agora.competitions.head import Head, head
from agora.competitions.models import DataFile
from agora.competitions.selectors import release
from agora.submissions.models import Evaluation, EvaluationState


@dataclass(frozen=True)
class Home:
    """The home page: where a newcomer starts, what is one's own, and every competition."""

    rows: tuple[Row, ...]
    first: Row | None  # the open competition that a newcomer is led to
    everything: DataFile | None  # its data in one file
    last_seconds: float | None  # from entering the latest scored file to its score
    yours: tuple[Head, ...]


def home(visitor: Visitor) -> Home:
    """Collect the home page for a visitor."""
    rows = catalogue_rows(visitor)
    first = next((row for row in rows if row.state == "open"), None)
    return Home(
        rows=rows,
        first=first,
        everything=release(first.competition).everything if first else None,
        last_seconds=last_seconds(),
        yours=tuple(head(row.competition, visitor) for row in rows if row.is_mine),
    )


def last_seconds() -> float | None:
    """Return how long the latest scored file took, from entering it to its score; None if none was scored."""
    latest = (
        Evaluation.objects.filter(state=EvaluationState.SCORED, submission__kind="participant")
        .annotate(received_at=F("submission__upload__received_at"))
        .order_by("-finished_at")
        .first()
    )
    if latest is None or latest.finished_at is None:
        return None
    # Submitting is a person's act: what is measured is our part, the check and the scoring.
    return (latest.finished_at - latest.queued_at).total_seconds()
