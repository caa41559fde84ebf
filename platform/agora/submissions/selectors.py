"""Read uploads, submissions and evaluations: every page gets its rows here, after the question who may see them."""

import math
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Avg, Q, QuerySet
from django.http import Http404

from agora.competitions.access import Visitor, is_organiser
from agora.competitions.head import next_utc_midnight, used_on_day
from agora.competitions.models import Competition, Phase, Team
from agora.core.clock import database_now
from agora.core.workers import live_slots
from agora.submissions.models import Evaluation, EvaluationState, Kind, Submission, Upload, UploadState

_RECENT_RUNS = 10


@dataclass(frozen=True)
class Quota:
    """A team's entries in a phase on the current UTC day."""

    limit: int
    used: int
    resets_at: datetime

    @property
    def left(self) -> int:
        """Return how many entries the team may still make today."""
        return max(0, self.limit - self.used)


@dataclass(frozen=True)
class QueuePlace:
    """Where a queued evaluation stands; `seconds` is None while fewer than one run has been measured."""

    place: int
    seconds: float | None


def quota(team: Team, phase: Phase) -> Quota:
    """Count the team's unreleased charges of today."""
    now = database_now()
    return Quota(phase.daily_quota, used_on_day(team, phase, now), next_utc_midnight(now))


def upload_for(visitor: Visitor, ref: str) -> Upload:
    """Return an upload to a member of its team or an organiser; Http404 to everybody else, as if there were none."""
    found = Upload.objects.select_related("phase__competition", "phase__current_spec", "team", "uploaded_by")
    upload = found.filter(ref=ref).first()
    if upload is None or not may_see(visitor, upload.team, upload.phase.competition):
        raise Http404
    return upload


def submission_for(visitor: Visitor, ref: str) -> Submission:
    """Return a submission to a member of its team or an organiser; Http404 to everybody else, as if there were none."""
    found = Submission.objects.select_related(
        "phase__competition", "phase__current_spec", "team", "upload", "submitted_by"
    )
    submission = found.filter(ref=ref).first()
    if submission is None or not may_see(visitor, submission.team, submission.phase.competition):
        raise Http404
    return submission


def may_see(visitor: Visitor, team: Team | None, competition: Competition) -> bool:
    """Return whether a visitor may see what belongs to a team (None: to the site itself) of a competition."""
    if not visitor.is_authenticated:
        return False
    if team is not None and team.memberships.filter(user=visitor, left_at__isnull=True).exists():
        return True
    return is_organiser(visitor, competition)


def submissions_of(team: Team, *, phase: Phase | None = None) -> QuerySet[Submission]:
    """Return a team's submissions, newest first, with what a list shows of each."""
    found = Submission.objects.filter(team=team, **({"phase": phase} if phase else {}))
    related = found.select_related("phase__current_spec", "upload", "submitted_by")
    return related.prefetch_related("evaluations").order_by("-number")


def open_uploads(team: Team, phase: Phase) -> QuerySet[Upload]:
    """Return the team's uploads that were not submitted and not rejected, newest first."""
    pending = Q(state__in=[UploadState.RECEIVING, UploadState.CHECKING, UploadState.READY])
    found = Upload.objects.filter(pending, team=team, phase=phase, submissions__isnull=True)
    return found.select_related("uploaded_by").order_by("-created_at", "-pk")


def current_evaluation(submission: Submission) -> Evaluation | None:
    """Return the evaluation whose state pages show: the one under the phase's current spec, else the latest."""
    evaluations = sorted(submission.evaluations.all(), key=lambda evaluation: evaluation.pk)
    current = [row for row in evaluations if row.spec_id == submission.phase.current_spec_id]
    return next(reversed(current or evaluations), None)


def same_file(upload: Upload) -> Submission | None:
    """Return the team's latest earlier submission of these very bytes in the phase, if any."""
    if not upload.sha256 or upload.team_id is None:
        return None
    earlier = Submission.objects.filter(team=upload.team_id, phase=upload.phase_id, upload__sha256=upload.sha256)
    return earlier.exclude(upload=upload.pk).select_related("phase", "upload").order_by("-number").first()


def latest_entry(team: Team, competition: Competition) -> Submission | None:
    """Return the team's last submission: its method card fills the next form."""
    return Submission.objects.filter(team=team, phase__competition=competition).order_by("-number").first()


def queue_place(evaluation: Evaluation) -> QueuePlace | None:
    """Return the exact place of a waiting evaluation, from 1, and about how long it takes by the last ten runs."""
    if evaluation.state != EvaluationState.QUEUED:
        return None
    before = Q(priority__lt=evaluation.priority)
    same = Q(priority=evaluation.priority)
    before |= same & Q(queued_at__lt=evaluation.queued_at)
    before |= same & Q(queued_at=evaluation.queued_at, pk__lt=evaluation.pk)
    place = Evaluation.objects.filter(before, state=EvaluationState.QUEUED).count() + 1
    typical = typical_seconds()
    rounds = math.ceil(place / max(1, live_slots("scoring")))
    return QueuePlace(place, None if typical is None else rounds * typical)


def typical_seconds() -> float | None:
    """Return the mean duration of the last ten runs, None before the first."""
    finished = Evaluation.objects.filter(state=EvaluationState.SCORED, seconds__isnull=False)
    last = finished.order_by("-finished_at").values("pk")[:_RECENT_RUNS]
    mean: float | None = Evaluation.objects.filter(pk__in=last).aggregate(mean=Avg("seconds"))["mean"]
    return mean


def last_wait_seconds() -> float | None:
    """Return how long the last participant's file took from the submit to its score, None before the first."""
    scored = Evaluation.objects.filter(
        state=EvaluationState.SCORED, submission__kind=Kind.PARTICIPANT, finished_at__isnull=False
    )
    last = scored.order_by("-finished_at").first()
    return None if last is None or last.finished_at is None else (last.finished_at - last.queued_at).total_seconds()
