"""The signs of life and of readiness: what each one says, how soon, and to whom."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.conf import settings as base_settings
from django.core.cache import caches
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import DjangoDbBlocker

from agora.core import health
from agora.supervisor.engines import free_port

PARTS = ("database", "migrations", "broker", "cache", "storage")
pytestmark = pytest.mark.usefixtures("files")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_working_site_answers_and_no_cache_keeps_the_answer(path: str) -> None:
    response = Client().get(path)

    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert Client().head(path).status_code == 200
    assert {Client().generic(method, path).status_code for method in ("POST", "PUT", "DELETE", "OPTIONS")} == {405}


@pytest.mark.django_db
def test_readiness_says_one_word_a_part() -> None:
    assert Client().get("/readyz").json() == {"ready": True, **dict.fromkeys(PARTS, True)}


def test_life_needs_no_database(django_db_blocker: DjangoDbBlocker) -> None:
    """A restart of the process would not mend the database; every use of it here is an error."""
    with django_db_blocker.block():
        assert Client().get("/healthz").json() == {"ok": True}


def _failing() -> list[str]:
    """Return the parts that are not ready, after the checks that hold for every such answer."""
    begin = time.monotonic()
    response = Client().get("/readyz")
    answer = response.json()

    assert response.status_code == 503
    assert set(answer) == {"ready", *PARTS}
    assert answer.pop("ready") is False
    assert all(isinstance(value, bool) for value in answer.values())
    assert time.monotonic() - begin < 4  # as long as the transports wait by themselves
    return [name for name, holds in answer.items() if not holds]


@pytest.mark.django_db
def test_a_migration_that_is_missing_is_not_ready() -> None:
    newest = MigrationRecorder.Migration.objects.filter(app="submissions").latest("id")
    newest.delete()

    assert _failing() == ["migrations"]


@pytest.mark.django_db
def test_a_database_ahead_of_the_code_is_ready() -> None:
    MigrationRecorder(connection).record_applied("submissions", "9999_of_a_later_version")

    assert Client().get("/readyz").status_code == 200


@contextmanager
def _silent_server() -> Iterator[int]:
    """Give the port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.django_db
@pytest.mark.parametrize("is_silent", [False, True], ids=["refuses", "says nothing"])
@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_does_not_answer_is_not_ready(
    scheme: str, is_silent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _silent_server() as port:
        url = f"{scheme}://127.0.0.1:{port if is_silent else free_port()}//"
        monkeypatch.setattr(current_app, "connection_for_write", _connection_to(url))
        monkeypatch.setattr(health, "BROKER_SECONDS", 0.3)

        assert _failing() == ["broker"]


def _connection_to(url: str) -> Any:
    """Return what the application makes connections with, but to another server."""
    make = type(current_app._get_current_object()).connection_for_write
    return lambda **options: make(current_app._get_current_object(), url, **options)


@pytest.mark.django_db
@pytest.mark.parametrize("is_silent", [False, True], ids=["refuses", "says nothing"])
def test_a_cache_that_does_not_answer_is_not_ready(is_silent: bool, settings: Any) -> None:
    with _silent_server() as port:
        described = settings.CACHES["default"]
        address = f"redis://127.0.0.1:{port if is_silent else free_port()}/1"
        options = {**described["OPTIONS"], "socket_connect_timeout": 0.3, "socket_timeout": 0.3}
        settings.CACHES = {"default": {**described, "LOCATION": address, "OPTIONS": options}}
        caches.close_all()

        assert _failing() == ["cache"]


@pytest.mark.django_db
def test_a_store_that_cannot_be_written_is_not_ready(files: Path) -> None:
    files.mkdir()
    (files / "submissions").write_text("a file stands where the folder should be")

    assert _failing() == ["storage"]


def test_a_database_that_cannot_be_reached_is_not_ready(
    django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with django_db_blocker.unblock():
        elsewhere = connections["default"].copy()
        elsewhere.settings_dict["HOST"] = str(tmp_path)
        monkeypatch.setattr("agora.core.health.connection", elsewhere)

        assert _failing() == ["database", "migrations"]


def test_waits_are_bounded_where_the_site_runs() -> None:
    assert 0 < health.BROKER_SECONDS <= 2
    for name in ("socket_connect_timeout", "socket_timeout"):
        assert 0 < base_settings.CACHES["default"]["OPTIONS"][name] <= 2
    assert 0 < float(base_settings.DATABASES["default"]["OPTIONS"]["connect_timeout"]) <= 10


@pytest.mark.django_db
def test_readiness_leaves_nothing_behind_and_names_nothing_of_the_inside(files: Path) -> None:
    text = json.dumps(Client().get("/readyz").json())

    assert [path for path in files.rglob("*") if path.is_file()] == []
    assert str(files) not in text
    assert "127.0.0.1" not in text


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_signs_are_asked_for_without_tls(path: str, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert Client().get(path).status_code == 200
    assert Client().get("/status/").status_code == 301
