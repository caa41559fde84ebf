"""Serve what belongs to no area: the theme, the signs of life and of readiness."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agora.core.context import THEMES
from agora.core.health import readiness

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
    """Answer 200 whenever this process answers at all: what a restart of the process would not mend is asked by `readyz`."""
    return JsonResponse({"ok": True})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when every part that a request needs is there, else 503; one boolean a part and nothing else."""
    parts = readiness()
    is_ready = all(parts.values())
    return JsonResponse({"ready": is_ready, **parts}, status=200 if is_ready else 503)
