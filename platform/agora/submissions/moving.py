"""Move what a team sent and entered to another team."""

from django.db.models import F, Max

from agora.competitions.models import Phase, Team
from agora.submissions.models import Submission, Upload


def move_entries(team: Team, into: Team) -> list[Submission]:
    """Give every upload and submission of `team` to `into`; return the submissions, as they are now, in their order.

    The caller holds both teams' rows, so that nothing is being entered. Numbers go on after those of `into`, who sent what stays,
    and charges stay on their days. Where both together chose more entries for the final ranking than a phase allows, the choice
    of `into` stands.
    """
    last = Submission.objects.filter(team=into).aggregate(last=Max("number"))["last"] or 0
    refs = list(Submission.objects.filter(team=team).values_list("ref", flat=True))
    Submission.objects.filter(team=team).update(team=into, number=F("number") + last)
    Upload.objects.filter(team=team).update(team=into)
    moved = Submission.objects.filter(ref__in=refs)
    for phase in Phase.objects.filter(submissions__in=moved).distinct():
        chosen = Submission.objects.filter(team=into, phase=phase, is_selected=True)
        if chosen.count() > phase.selection_count:
            chosen.filter(ref__in=refs).update(is_selected=False)
    return list(moved.order_by("number"))
