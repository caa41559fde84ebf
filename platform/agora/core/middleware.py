"""Name and count every request, and give every failure of ours a number under which the log has it."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse

from agora.core.errors import ParticipantError, error_response, incident_response
from agora.core.incidents import report_incident
from agora.core.logs import REQUEST_FACTS, bound
from agora.core.measures import REQUESTS
from agora.core.refs import new_ref

logger = logging.getLogger(__name__)
# Others would be labels from outside.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestMiddleware:
    """Give each request an id of ours, under which every line of the log has it, and count it by its route.

    An id that comes with the request is not read: it would be a stranger's text in our log.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on, measure its way and answer with its id."""
        begin, ref = time.perf_counter(), new_ref()
        with bound(request=ref):
            response = self.get_response(request)
        method = request.method if request.method in _METHODS else "other"
        route = route_of(request)
        REQUESTS.labels(route, method, f"{response.status_code // 100}xx").observe(time.perf_counter() - begin)
        request.META[REQUEST_FACTS] = {"request": ref, "route": route, "method": method, "user": _user_of(request)}
        response["X-Request-ID"] = ref
        return response


def route_of(request: HttpRequest) -> str:
    """Return the name of the route that took the request, its pattern where it has no name, or `none`.

    An address may hold references and tokens, a route cannot: it is text of the URL configuration.
    """
    match = request.resolver_match
    if match is None:
        return "static" if request.path_info.startswith(settings.STATIC_URL) else "none"
    return match.view_name if match.url_name else match.route


def _user_of(request: HttpRequest) -> int | None:
    """Return the key of the logged-in user if the request looked for one; asking here would cost every request a query."""
    session = getattr(request, "session", None)
    try:
        key = session.get(SESSION_KEY) if session is not None and session.accessed else None
    except Error:
        return None  # it looked in vain: the database is away, and the answer says so already
    return int(key) if key else None


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
        return incident_response(request, report_incident(logger, "request", exception, route=route_of(request)))
