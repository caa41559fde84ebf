"""Count every request, and give every failure of ours a number under which the log has it."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse

from agora.core.errors import ParticipantError, error_response, incident_response
from agora.core.measures import INCIDENTS, REQUESTS
from agora.core.refs import new_ref

logger = logging.getLogger(__name__)
# Others would be labels from outside.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestMiddleware:
    """Count each request and the time to its answer by the name of its route, never by its address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on and measure its way."""
        begin = time.perf_counter()
        response = self.get_response(request)
        method = request.method if request.method in _METHODS else "other"
        labels = (route_of(request), method, f"{response.status_code // 100}xx")
        REQUESTS.labels(*labels).observe(time.perf_counter() - begin)
        return response


def route_of(request: HttpRequest) -> str:
    """Return the name of the route that took the request, its pattern where it has no name, or `none`.

    An address may hold references and tokens, a route cannot: it is text of the URL configuration.
    """
    match = request.resolver_match
    if match is None:
        return "static" if request.path_info.startswith(settings.STATIC_URL) else "none"
    return match.view_name if match.url_name else match.route


class IncidentMiddleware:
    """Log an unexpected exception under a new incident id and answer with the page that shows it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a person's error with its page and what no view expected with a 500; Django keeps its own Http404 and the like."""
        if isinstance(exception, ParticipantError):
            return error_response(request, exception)
        if isinstance(exception, Http404 | PermissionDenied | SuspiciousOperation | BadRequest):
            return None
        incident = new_ref()
        INCIDENTS.inc()
        logger.error("incident=%s path=%s", incident, request.path, exc_info=exception)
        return incident_response(request, incident)
