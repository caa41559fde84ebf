"""The page of a team, and every change of who is in it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from agora.competitions import asking, invitations, mergers, services
from agora.competitions.access import acceptance_for, competition_for, current_rules, require_member
from agora.competitions.forms import InviteForm, TeamNameForm
from agora.competitions.models import Competition
from agora.competitions.team_page import team_page


def _page(
    request: HttpRequest,
    competition: Competition,
    *,
    name: TeamNameForm | None = None,
    invite: InviteForm | None = None,
) -> HttpResponse:
    """Show the page; a form that was sent and is at fault makes it a 400."""
    context = team_page(competition, request.user, name=name, invite=invite, merge=request.GET)
    return render(request, "competitions/team.html", context, status=400 if name or invite else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the visitor's team; its members may rename it."""
    competition = competition_for(request.user, slug)
    if request.method != "POST":
        return _page(request, competition)
    membership = require_member(request.user, competition)
    form = TeamNameForm(request.POST)
    if form.is_valid():
        try:
            services.rename_team(membership, form.cleaned_data["name"])
        except services.TeamNameError as error:
            form.add_error("name", error.message)
        else:
            messages.success(request, "The team has its new name, on every board.")
            return redirect("competitions:team", slug=slug)
    return _page(request, competition, name=form)


@require_POST
def invite(request: HttpRequest, slug: str) -> HttpResponse:
    """Invite one person; what cannot be invited is said at the field."""
    competition = competition_for(request.user, slug)
    membership = require_member(request.user, competition)
    form = InviteForm(request.POST)
    if form.is_valid():
        try:
            invitation = services.invite(membership, form.cleaned_data["who"])
        except (services.InvitationError, services.TeamFullError) as error:
            form.add_error("who", error.message)
        else:
            messages.success(request, f"{invitation.addressee} is invited, for {asking.ANSWER_DAYS} days.")
            return redirect("competitions:team", slug=slug)
    return _page(request, competition, invite=form)


@require_POST
def cancel_invitation(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    """Take an invitation of the visitor's team back."""
    competition = competition_for(request.user, slug)
    invitation, membership = invitations.invitation_from(request.user, competition, ref)
    services.cancel_invitation(invitation, membership)
    messages.success(request, f"{invitation.addressee} is not invited any more.")
    return redirect("competitions:team", slug=slug)


@require_POST
def accept_invitation(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    """Go into the team that invited the visitor, and on to the rules if they were not accepted yet."""
    competition = competition_for(request.user, slug)
    invitation, user = invitations.invitation_to(request.user, competition, ref)
    place = services.accept_invitation(invitation, user)
    rules = current_rules(competition)
    if rules is not None and acceptance_for(user, rules) is None:
        messages.success(request, f"You are in {place.team.name}. Read the rules and accept them to go on.")
        return redirect("competitions:rules", slug=slug)
    messages.success(request, f"You are in {place.team.name}.")
    return redirect("competitions:team", slug=slug)


@require_POST
def decline_invitation(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    """Refuse an invitation."""
    competition = competition_for(request.user, slug)
    invitation, user = invitations.invitation_to(request.user, competition, ref)
    services.decline_invitation(invitation, user)
    messages.success(request, f"You declined the invitation to {invitation.team.name}.")
    return redirect("competitions:team", slug=slug)


@require_POST
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    """Leave the team for one of one's own."""
    competition = competition_for(request.user, slug)
    place = services.leave_team(require_member(request.user, competition))
    messages.success(request, f"You left the team. Your own is {place.team.name}.")
    return redirect("competitions:team", slug=slug)


@require_POST
def hand_on_lead(request: HttpRequest, slug: str) -> HttpResponse:
    """Make another member the leader."""
    competition = competition_for(request.user, slug)
    leader = services.hand_on_lead(require_member(request.user, competition), request.POST.get("member", ""))
    messages.success(request, f"{leader.name} leads the team now.")
    return redirect("competitions:team", slug=slug)


@require_POST
def ask_merger(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask the team that the page showed the sum with to take the visitor's team in."""
    competition = competition_for(request.user, slug)
    membership = require_member(request.user, competition)
    other = mergers.team_with(competition, request.POST.get("team", ""))
    services.ask_merger(membership, other)
    messages.success(request, f"{other.name} is asked; its leader answers within {asking.ANSWER_DAYS} days.")
    return redirect("competitions:team", slug=slug)


@require_POST
def cancel_merger(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    """Take back what the visitor's team asked."""
    competition = competition_for(request.user, slug)
    asked, membership = mergers.request_for(request.user, competition, ref, side="team")
    services.cancel_merger(asked, membership)
    messages.success(request, f"{asked.into.name} is not asked any more.")
    return redirect("competitions:team", slug=slug)


@require_POST
def decline_merger(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    """Refuse what the visitor's team was asked."""
    competition = competition_for(request.user, slug)
    asked, membership = mergers.request_for(request.user, competition, ref, side="into")
    services.decline_merger(asked, membership)
    messages.success(request, f"You declined to merge with {asked.team.name}.")
    return redirect("competitions:team", slug=slug)
