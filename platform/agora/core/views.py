"""Serve what belongs to no area: the theme, a sign of life."""

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agora.core.context import THEMES

_YEAR_SECONDS = 365 * 24 * 3600


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Remember system, light or dark in a cookie and go back to the page that asked."""
    theme = request.POST.get("theme", "")
    back = request.headers.get("referer", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = redirect(back if is_ours else reverse("home"))
    response.set_cookie(
        "theme",
        theme if theme in THEMES else THEMES[0],
        max_age=_YEAR_SECONDS,
        samesite="Lax",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead pages without a link of their own, such as the administration's, to the mark of the site."""
    return redirect(static("img/mark.svg"))


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when this process can reach the database; a failure becomes a 500 like any other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})
