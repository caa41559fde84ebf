"""The health checks of containers: each passes while its process works and fails when it does not."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from celery.signals import after_task_publish, beat_init
from django.db import connection
from django.db.models.functions import Now

from agora.config import alive
from agora.config.celery import sent_file
from agora.core.models import Worker
from agora.core.workers import living, say_alive


@pytest.fixture
def clock(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Let the clock begin in a folder of this test, and forget it afterwards."""
    settings.CELERY_BEAT_SCHEDULE_FILENAME = str(tmp_path / "beat-schedule")
    held = list(after_task_publish.receivers)
    beat_init.send(sender=None)
    yield
    after_task_publish.receivers = held
    after_task_publish.sender_receivers_cache.clear()


def _name(queue: str) -> str:
    return f"{queue}@{socket.gethostname()}"


@pytest.mark.django_db(transaction=True)
def test_a_worker_lives_while_the_site_counts_it(settings: Any) -> None:
    say_alive(_name("scoring"), ["scoring"], 1)

    alive.worker("scoring")

    # As long as the site itself believes it, and no longer.
    for silence, is_alive in ((2.5, True), (3.5, False)):
        Worker.objects.update(seen_at=Now() - timedelta(seconds=silence * settings.PERIODS["heartbeat"]))
        assert living().exists() is is_alive
        assert (alive.main(["worker", "scoring"]) == 0) is is_alive


@pytest.mark.django_db(transaction=True)
def test_another_container_does_not_stand_in_for_this_one(capsys: pytest.CaptureFixture[str]) -> None:
    say_alive("scoring@elsewhere", ["scoring"], 1)
    say_alive(_name("housekeeping"), ["housekeeping"], 1)

    assert alive.main(["worker", "scoring"]) == 1
    assert f"no sign of life of {_name('scoring')}" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_a_check_says_nothing_while_all_is_well() -> None:
    """In an interpreter of its own, where no app is loaded: what it prints stands in the engine's record of every check."""
    say_alive(_name("scoring"), ["scoring"], 1)
    named = connection.get_connection_params()
    password, host = quote(named["password"], safe=""), named["host"]
    address = f"postgresql://{named['user']}:{password}@/{named['dbname']}?host={host}"

    for name, status in ((_name("scoring"), 0), ("scoring@elsewhere", 1)):
        Worker.objects.update(name=name)
        answer = subprocess.run(
            [sys.executable, "-P", "-m", "agora.config.alive", "worker", "scoring"],
            env={"DATABASE_URL": address},
            capture_output=True,
            text=True,
        )
        assert (answer.returncode, answer.stderr) == (status, "")
        assert bool(answer.stdout) is bool(status)


@pytest.mark.usefixtures("clock")
def test_the_clock_lives_while_it_sends(settings: Any) -> None:
    with pytest.raises(alive.NotAliveError):
        alive.beat()

    after_task_publish.send(sender="agora.evaluations.tasks.sweep")
    alive.beat()

    silence = 3 * max(settings.PERIODS["sweep"], settings.PERIODS["heartbeat"])
    long_ago = sent_file().stat().st_mtime - silence - 1
    os.utime(sent_file(), (long_ago, long_ago))
    with pytest.raises(alive.NotAliveError):
        alive.beat()


def test_what_is_sent_by_others_is_no_life_of_the_clock(settings: Any, tmp_path: Path) -> None:
    """Web processes and workers send too: only where the clock has begun does a message count."""
    settings.CELERY_BEAT_SCHEDULE_FILENAME = str(tmp_path / "beat-schedule")

    after_task_publish.send(sender="agora.evaluations.tasks.sweep")

    assert not sent_file().exists()


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Iterator[tuple[HTTPServer, list[str]]]:
    """Answer every request with the status that the test names; keep what was asked."""
    asked: list[str] = []

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.headers['Host']}{self.path}")
            self.send_response(request.param)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server, asked
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("site", [200], indirect=True)
@pytest.mark.parametrize(
    ("hosts", "name"),
    [
        (["arena.example.org", "127.0.0.1"], "arena.example.org"),
        ([".example.org"], "example.org"),
        (["*"], "localhost"),
        ([], "localhost"),
    ],
)
def test_the_web_process_is_asked_by_a_name_that_it_takes(
    site: tuple[HTTPServer, list[str]], settings: Any, hosts: list[str], name: str
) -> None:
    server, asked = site
    settings.ALLOWED_HOSTS = hosts

    alive.web(("127.0.0.1", server.server_port))

    assert asked == [f"{name}/readyz"]


@pytest.mark.parametrize("site", [301, 400, 503], indirect=True)
def test_any_other_answer_is_none(site: tuple[HTTPServer, list[str]]) -> None:
    with pytest.raises(alive.NotAliveError, match=r"answers \d+"):
        alive.web(("127.0.0.1", site[0].server_port))


def test_nobody_there_is_not_alive() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        with pytest.raises(alive.NotAliveError, match="ConnectionRefusedError"):
            alive.web(("127.0.0.1", held.getsockname()[1]))


@pytest.mark.parametrize("arguments", [[], ["worker"], ["web", "8000"], ["scoring"]])
def test_a_wrong_call_is_neither(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert alive.main(arguments) == 2
    assert "usage" in capsys.readouterr().err
