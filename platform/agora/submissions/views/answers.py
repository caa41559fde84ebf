"""Answer scripts in JSON, errors among them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from agora.core.errors import ParticipantError


def json_errors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer a person's errors in JSON, whatever the client says it accepts: only scripts call such a view."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except ParticipantError as error:
            return JsonResponse({"error": error.to_mapping()}, status=error.status)
        except Http404:
            message = "There is nothing at this address, or it is not yours."
            return JsonResponse({"error": {"code": "not_found", "message": message}}, status=404)

    return answering


def refused(code: str, message: str, status: int) -> JsonResponse:
    """Return an error that the view itself found."""
    return JsonResponse({"error": {"code": code, "message": message}}, status=status)
