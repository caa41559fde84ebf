"""Give every failure of ours a number under which the log has it."""

import logging
from collections.abc import Callable

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse

from agora.core.errors import ParticipantError, error_response, incident_response
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
        """Answer a person's error with its page and what no view expected with a 500; Django keeps its own Http404 and the like."""
        if isinstance(exception, ParticipantError):
            return error_response(request, exception)
        if isinstance(exception, Http404 | PermissionDenied | SuspiciousOperation | BadRequest):
            return None
        incident = new_ref()
        logger.error("incident=%s path=%s", incident, request.path, exc_info=exception)
        return incident_response(request, incident)
