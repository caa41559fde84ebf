"""Open uploads and submissions only to people who may see or change them, beyond what `selectors` already guards."""

from django.http import Http404

from agora.competitions.access import Visitor, competition_for, membership_for
from agora.competitions.models import Competition, Team
from agora.submissions.models import Kind, Submission, Upload
from agora.submissions.selectors import submission_for, upload_for

_RELATED = ("phase__competition", "phase__current_spec__ground_truth", "team", "upload", "submitted_by")


def own_upload_for(visitor: Visitor, ref: str) -> Upload:
    """Return an upload that the visitor may write to: their own team's; Http404 for every other."""
    found = upload_for(visitor, ref)
    if not is_of_team(visitor, found.team, found.phase.competition):
        raise Http404
    return found


def own_submission_for(visitor: Visitor, ref: str) -> Submission:
    """Return a submission that the visitor may change: their own team's; Http404 for every other."""
    found = submission_for(visitor, ref)
    if not is_of_team(visitor, found.team, found.phase.competition):
        raise Http404
    return found


def entry_for(visitor: Visitor, ref: str) -> Submission:
    """Return a submission to look at: one of the visitor's team, or one that the platform ran in a competition that the
    visitor may see; Http404 for every other.
    """
    baseline = Submission.objects.select_related(*_RELATED).filter(kind=Kind.BASELINE, ref=ref).first()
    if baseline is None:
        return submission_for(visitor, ref)
    competition_for(visitor, baseline.phase.competition.slug)
    return baseline


def is_of_team(visitor: Visitor, team: Team | None, competition: Competition) -> bool:
    """Return whether the visitor is a member of exactly this team now."""
    membership = membership_for(visitor, competition)
    return membership is not None and team is not None and membership.team_id == team.pk
