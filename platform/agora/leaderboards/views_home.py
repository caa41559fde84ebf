"""The home page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from agora.leaderboards import home as selectors
from agora.leaderboards.mini import mini_context

BOARDS = 2  # small boards beside the words


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what the site is for, two small boards and every competition."""
    shown = selectors.home(request.user)
    boards = [
        render_to_string("leaderboards/partials/_mini.html", mini_context(row.competition, request.user), request)
        for row in shown.rows[:BOARDS]
    ]
    return render(request, "home/home.html", {"home": shown, "boards": boards})
