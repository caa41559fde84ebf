"""The home page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from agora.leaderboards import home as selectors


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show what the site is for, two small boards and every competition."""
    return render(request, "home/home.html", {"home": selectors.home(request.user)})
