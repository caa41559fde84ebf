"""Every failure of ours has an incident, whatever else fails with it."""

import logging
import re
from typing import Any

import pytest
from django.conf import settings as site
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client

from agora.core import measures


def _fails(request: Any) -> HttpResponse:
    raise ValueError("a secret")


class FailingMiddleware:
    """Fails outside any view."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        return _fails(request)


def _incident(response: Any, caplog: pytest.LogCaptureFixture) -> str:
    """Return the incident of an answer, which the log has too."""
    found = re.search(r"[Ii]ncident (?:<code>)?([0-9a-z]{12})", response.content.decode())
    assert found is not None
    assert f"incident={found[1]} event=request" in caplog.text
    assert "a secret" not in response.content.decode()
    return found[1]


def test_a_site_without_its_database_still_names_the_incident(caplog: pytest.LogCaptureFixture) -> None:
    """The error page asks the database who looks at it; here every use of the database is an error."""
    client = Client(raise_request_exception=False)
    client.cookies[site.SESSION_COOKIE_NAME] = "somebody"

    with caplog.at_level(logging.ERROR, "agora"):
        response = client.get("/")

    assert response.status_code == 500
    assert response.headers["Content-Type"] == "text/plain"
    assert _incident(response, caplog)


def test_a_request_without_a_database_is_one_incident_and_is_counted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(_: SessionStore) -> dict[str, Any]:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(SessionStore, "load", away)
    client = Client(raise_request_exception=False)
    client.cookies[site.SESSION_COOKIE_NAME] = "somebody"
    counted = {"route": "home", "method": "GET", "status": "5xx"}
    before = measures._HERE.get_sample_value("agora_request_seconds_count", counted) or 0

    with caplog.at_level(logging.ERROR, "agora"):
        response = client.get("/")

    assert (response.status_code, len(response["X-Request-ID"])) == (500, 12)
    assert caplog.text.count("event=request") == 1
    assert measures._HERE.get_sample_value("agora_request_seconds_count", counted) == before + 1


@pytest.mark.django_db
def test_a_failure_outside_any_view_has_an_incident(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.FailingMiddleware"]

    with caplog.at_level(logging.ERROR, "agora"):
        response = Client(raise_request_exception=False).get("/")

    assert response.status_code == 500
    assert _incident(response, caplog)
    assert "error=ValueError" in caplog.text
