"""The status page for everybody and the metrics for the operator: numbers only."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client.exposition import choose_encoder

from agora.core.measures import registry_with
from agora.core.scraping import may_scrape
from agora.evaluations.figures import seconds_figure
from agora.evaluations.metrics import SiteCollector
from agora.evaluations.selectors import site_status


@never_cache
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Say whether files are scored now, how long it takes, and what failed within the last day."""
    found = site_status()
    return render(request, "evaluations/status.html", {"status": found, "figure": seconds_figure(found.hours)})


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Tell Prometheus what waits, runs, fails and how long it takes; for everybody else there is nothing here."""
    if not may_scrape(request):
        raise Http404
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return HttpResponse(encode(registry_with(SiteCollector())), content_type=content_type)
