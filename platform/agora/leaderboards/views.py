"""Pages of boards."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from agora.competitions.access import competition_for, phase_for
from agora.competitions.mergers import request_for
from agora.leaderboards import merging
from agora.leaderboards.exports import board_csv, board_json
from agora.leaderboards.latex import board_tex
from agora.leaderboards.mini import mini_context
from agora.leaderboards.page import board_page
from agora.leaderboards.place import place_words
from agora.leaderboards.view import view_for
from agora.submissions.access import entry_for

_EXPORTS: dict[str, tuple[Any, str]] = {
    "csv": (board_csv, "text/csv; charset=utf-8"),
    "json": (board_json, "application/json"),
    "tex": (board_tex, "application/x-tex; charset=utf-8"),
}


@require_safe
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a board; a swap of its region gets the region alone."""
    competition = competition_for(request.user, slug)
    phase = phase_for(competition, request.GET.get("phase", ""))
    context = board_page(competition, phase, request.user, request.GET)
    htmx = request.htmx  # type: ignore[attr-defined]
    is_swap = bool(htmx) and htmx.target == "board" and not htmx.history_restore_request
    response = render(request, "leaderboards/partials/_board.html" if is_swap else "leaderboards/board.html", context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_safe
def export(request: HttpRequest, slug: str, ending: str) -> HttpResponse:
    """Send a view of a board as CSV, JSON or LaTeX."""
    competition = competition_for(request.user, slug)
    phase = phase_for(competition, request.GET.get("phase", ""))
    write, content_type = _EXPORTS[ending]
    response = HttpResponse(write(phase, view_for(phase, request.GET)), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{slug}-{phase.slug}.{ending}"'
    return response


@require_safe
def mini(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the few rows of a board that other pages carry."""
    competition = competition_for(request.user, slug)
    return render(request, "leaderboards/partials/_mini.html", mini_context(competition, request.user))


@require_safe
def place(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    """Say where an entry stands; the entry's page fetches it."""
    submission = entry_for(request.user, ref)
    if submission.phase.competition.slug != slug:
        raise Http404
    return HttpResponse(place_words(submission))


@require_POST
def accept_merger(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    """Take in the team that asked the visitor's team; the page of the team has the button."""
    competition = competition_for(request.user, slug)
    asked, membership = request_for(request.user, competition, ref, side="into")
    into = merging.accept_merger(asked, membership)
    messages.success(request, f"{asked.team.name} and {into.name} are one team now.")
    return redirect("competitions:team", slug=slug)
