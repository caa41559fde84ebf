"""What holds for every answer of the site, whichever view gave it."""

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.cache import patch_vary_headers

#: Every page carries a person's name, team or token, so that none is for a cache that people share.
PERSONAL: Final = "private, no-cache"
#: Views of others that would take these methods for something else: Django's forms treat PUT as POST, its administration as GET.
_OTHERS: Final = ("allauth.", "django.contrib.")
_METHODS_OF_OTHERS: Final = ("GET", "HEAD", "POST", "OPTIONS")


class RulesMiddleware:
    """Keep answers out of shared caches unless their view says otherwise, and methods from views that do not know them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on and mark its answer."""
        response = self.get_response(request)
        # Always, though Django adds it where the session was read: to a 404 it would say whether there was anything to look at.
        patch_vary_headers(response, ["Cookie"])
        if "Cache-Control" not in response:
            response["Cache-Control"] = PERSONAL
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Answer 405 where a view that is not ours would do something else than it was asked."""
        is_known = request.method in _METHODS_OF_OTHERS
        return (
            None if is_known or not view.__module__.startswith(_OTHERS) else HttpResponseNotAllowed(_METHODS_OF_OTHERS)
        )
