"""Give every failure of ours a number under which the log has it."""

import logging
from collections.abc import Callable

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse

from agora.core.errors import incident_response
from agora.core.refs import new_ref

logger = logging.getLogger(__name__)


class IncidentMiddleware:
    """Log an unexpected exception under a new incident id and answer with the page that shows it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn what no view expected into a 500 page; Django's own Http404, PermissionDenied and the like stay its own."""

        if isinstance(exception, Http404 | PermissionDenied | SuspiciousOperation | BadRequest):
            return None
        incident = new_ref()
        logger.error("incident=%s path=%s", incident, request.path, exc_info=exception)
        return incident_response(request, incident)
