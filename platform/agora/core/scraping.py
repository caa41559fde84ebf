"""Decide who may read the metrics: whoever holds the token, and on a local site whoever asks from this machine."""

import hmac
import ipaddress
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest

# Any of them says that somebody asks on behalf of somebody else.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")


def may_scrape(request: HttpRequest) -> bool:
    """Return whether a request carries the token of `METRICS_TOKEN_FILE`, or comes straight from this machine to a local site.

    A token that is sent and wrong is refused wherever it comes from. The comparison takes the same time for every wrong token.
    """
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme:
        token = _token()
        is_bearer = scheme.lower() == "bearer" and token != ""
        return is_bearer and hmac.compare_digest(given.strip().encode(), token.encode())
    return settings.LOCAL and settings.ALLAUTH_TRUSTED_PROXY_COUNT == 0 and _is_from_here(request)


def _token() -> str:
    path = Path(settings.METRICS_TOKEN_FILE)
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def _is_from_here(request: HttpRequest) -> bool:
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
