"""The status page: numbers only, for everybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agora.evaluations.figures import seconds_figure
from agora.evaluations.selectors import site_status


@never_cache
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Say whether files are scored now, how long it takes, and what failed within the last day."""
    found = site_status()
    return render(request, "evaluations/status.html", {"status": found, "figure": seconds_figure(found.hours)})
