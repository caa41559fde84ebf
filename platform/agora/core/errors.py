"""Errors for people: typed, with data and a safe message; everything else becomes an incident."""

import logging
import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import requires_csrf_token

from agora.core.incidents import report_incident

logger = logging.getLogger(__name__)


class ParticipantError(Exception):
    """Something a person did that we cannot accept. The message says what, where and how to mend it, and changes nothing."""

    code = "refused"
    status = 400

    def __init__(self, message: str, *, way_out: str = "", url: str = "", **data: object) -> None:
        super().__init__(message)
        self.message = message
        self.way_out = way_out  # the words of a link that leads out
        self.url = url
        self.data = data

    def to_mapping(self) -> dict[str, object]:
        """Return what a script gets."""
        return {"code": self.code, "message": self.message, "url": self.url, **self.data}


class NotAllowedError(ParticipantError):
    """A rule forbids it."""

    code = "not_allowed"
    status = 403


class ConflictError(ParticipantError):
    """The thing is not in a state in which this can be done."""

    code = "conflict"
    status = 409


class FieldError(ParticipantError):
    """A field is missing or cannot be used; `field` is in the data."""

    code = "field"


class WrongStateError(ConflictError):
    """An upload, an entry or a run is not in a state in which this can be done."""

    code = "wrong_state"


class QuotaExceededError(NotAllowedError):
    """What may be entered or started on this UTC day is used up; `resets_at` is in the data."""

    code = "quota_exceeded"
    status = 429


def wants_json(request: HttpRequest) -> bool:
    """Return whether the client asked for JSON rather than a page."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def error_response(request: HttpRequest, error: ParticipantError) -> HttpResponse:
    """Answer with a person's error as JSON or as a page, by what the client accepts."""
    if wants_json(request):
        return JsonResponse({"error": error.to_mapping()}, status=error.status)
    context = {"status": error.status, "title": error.message, "way_out": error.way_out, "url": error.url}
    return render(request, "error.html", context, status=error.status)


def incident_response(request: HttpRequest, incident: str) -> HttpResponse:
    """Answer with the page of our own failure, which shows the incident's id."""
    if wants_json(request):
        message = f"This is our fault. Incident {incident}."
        return JsonResponse({"error": {"code": "incident", "message": message, "incident": incident}}, status=500)
    try:
        return render(request, "500.html", {"status": 500, "incident": incident}, status=500)
    except Exception:  # noqa: BLE001 - the page asks the database who looks at it, and that may be what failed
        return HttpResponse(f"This is our fault. Incident {incident}.\n", status=500, content_type="text/plain")


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request makes no sense."""
    return render(request, "error.html", {"status": 400, "title": "This request cannot be understood."}, status=400)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: names the rule."""
    title = str(exception) or "You may not open this page."
    return render(request, "error.html", {"status": 403, "title": title}, status=403)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing here, with a way on."""
    context = {"status": 404, "title": "There is nothing at this address.", "way_out": "All competitions"}
    return render(request, "error.html", {**context, "url": reverse("competitions:list")}, status=404)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """500 outside any view, where the middleware's incidents do not reach; Django calls it while it handles the exception."""
    return incident_response(request, report_incident(logger, "request", sys.exception(), route="none"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was not sent from our own page."""
    title = "This form expired or came from another site. Go back, reload the page and send it again."
    if wants_json(request):
        return JsonResponse({"error": {"code": "csrf", "message": title}}, status=403)
    return render(request, "error.html", {"status": 403, "title": title}, status=403)
