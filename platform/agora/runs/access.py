"""Open runs only to who may start them: a competition's organisers and the site's operators."""

from django.http import Http404
from django.urls import reverse

from agora.accounts.models import User
from agora.competitions.access import Visitor, competition_for, is_organiser
from agora.competitions.models import Competition
from agora.core.errors import NotAllowedError
from agora.runs.models import Run


def hosted_competition(visitor: Visitor, slug: str) -> tuple[Competition, User]:
    """Return a competition and the visitor if they may run baselines in it.

    Raises Http404 where the visitor cannot see the competition, NotAllowedError where they can and run none of it.
    """
    competition = competition_for(visitor, slug)
    if not isinstance(visitor, User) or not is_organiser(visitor, competition):
        overview = reverse("competitions:overview", args=[competition.slug])
        message = f"Only organisers of {competition.title} and operators of this site run baselines in it."
        raise NotAllowedError(message, way_out=competition.title, url=overview)
    return competition, visitor


def run_for(visitor: Visitor, ref: str) -> tuple[Run, User]:
    """Return a run and the visitor if they organise its competition or operate the site; else Http404, as if there were none."""
    found = Run.objects.select_related("phase__competition", "started_by", "submission").filter(ref=ref).first()
    if found is None or not isinstance(visitor, User) or not is_organiser(visitor, found.phase.competition):
        raise Http404
    return found, visitor
