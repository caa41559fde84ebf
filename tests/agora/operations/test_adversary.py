"""A hostile session against real processes: whatever is sent, no log holds a word of it, and every failure can be found."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from celery import current_app
from django.db import connection

from agora.core.models import Worker
from agora.submissions import services as submissions
from agora.supervisor.engines import free_port
from agora.supervisor.process import wait_until
from tests.agora import factories
from tests.agora.operations.processes import environment, lines, running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files")]
# What is sent, each where it can be sent; every word is looked for in every log.
PLANTED = {
    "form": "planted-form-4e1",
    "email": "planted-email-8c2@example.org",
    "password": "planted-password-71b",
    "query": "planted-query-d03",
    "path": "planted-path-5aa",
    "key": "plantedkey9f4",
    "agent": "planted-agent-b6e",
    "host": "planted-host-c1d.example.org",
    "request_id": "planted-request-id-20f",
    "file": "planted-file-3d7.csv",
    "body": "planted-body-e58",
    "line": "planted-line-06b",
    "method": "PLANTEDMETHOD",
    "task": "planted-task-a92",
    "argument": "planted-argument-7cc",
}


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    (tmp_path / "log").mkdir()
    return tmp_path / "log"


@pytest.fixture
def address(tmp_path: Path, logs: Path) -> Iterator[str]:
    """Run two web processes and a worker on the faulty site and give its address."""
    port = free_port()
    given = environment(
        tmp_path / "var",
        DJANGO_SETTINGS_MODULE="tests.agora.operations.faulty_settings",
        AGORA_LOCAL="1",
    )
    with ExitStack() as stack:
        web = ("agora.config.wsgi", "--config=python:agora.config.web", f"--bind=127.0.0.1:{port}")
        web = (*web, "--worker-class=gthread", "--workers=2", "--threads=4", "--no-control-socket")
        stack.enter_context(
            running(
                "gunicorn", *web, log=logs / "web.log", given={**given, "AGORA_ROLE": "web", "AGORA_PROCESS": "web"}
            )
        )
        worker = ("--quiet", "-A", "agora.config", "worker", "--queues=housekeeping", "--concurrency=1")
        worker = (*worker, "--without-mingle", "--without-gossip")
        stack.enter_context(
            running("celery", *worker, log=logs / "worker.log", given={**given, "AGORA_ROLE": "worker"})
        )
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: _answers(address), deadline_seconds=60, what="the web server answers")
        wait_until(Worker.objects.exists, deadline_seconds=60, what="the worker lives")
        yield address


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _attack(address: str, upload: str) -> dict[str, httpx.Response]:
    """Send every planted word to where it hurts; return the answers of the faulty pages."""
    client = httpx.Client(base_url=address, trust_env=False, headers={"User-Agent": PLANTED["agent"]})
    client.get(f"/?q={PLANTED['query']}", headers={"X-Request-ID": PLANTED["request_id"]})
    client.get(f"/c/{PLANTED['path']}/")
    client.get(f"/accounts/password/reset/key/1-{PLANTED['key']}/")
    client.get(f"/accounts/confirm-email/{PLANTED['key']}/")
    client.get("/", headers={"Host": PLANTED["host"]})
    client.request(PLANTED["method"], "/")
    token = client.get("/accounts/login/").cookies["csrftoken"]
    secret = {"login": PLANTED["email"], "password": PLANTED["password"], "csrfmiddlewaretoken": token}
    client.post("/accounts/login/", data=secret)
    client.post("/accounts/login/", data={**secret, "csrfmiddlewaretoken": PLANTED["form"]})
    client.post("/accounts/signup/", data={**secret, "email": PLANTED["email"], "username": "x", "password1": "short"})
    client.put(f"/u/{upload}/content", content=PLANTED["body"].encode())
    port = int(address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(f"NONSENSE {PLANTED['line']}\r\n{PLANTED['line']}\r\n\r\n".encode())
        raw.recv(4096)
    answers = {}
    for fault in ("value", "duplicate", "statement", "suspicious", "loud"):
        word = PLANTED["email"] if fault == "duplicate" else PLANTED["form"]
        answers[fault] = client.post(f"/faulty/{fault}?q={PLANTED['query']}", data={"word": word})
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/faulty/torn", data={"word": PLANTED["form"]})
    current_app.send_task("tests.agora.operations.faulty.fail_with", [PLANTED["argument"]], queue="housekeeping")
    current_app.send_task(PLANTED["task"], [PLANTED["argument"]], queue="housekeeping")
    return answers


def test_no_log_holds_a_word_that_was_sent_and_every_failure_is_found(address: str, logs: Path, tmp_path: Path) -> None:
    phase = factories.make_open_phase(tmp_path)
    user = factories.make_member(phase.competition, factories.make_user("plantedhandle"))
    upload = submissions.create_upload(phase, user, PLANTED["file"], 10)

    answers = _attack(address, upload.ref)
    _check_metrics(address)

    wait_until(
        lambda: "NotRegistered" in _text(logs) or "unregistered" in _text(logs), deadline_seconds=30, what="task"
    )
    wait_until(lambda: '"task_name": "tests.agora' in _text(logs), deadline_seconds=30, what="the failed task's line")
    wait_until(lambda: "faulty-torn" in _text(logs), deadline_seconds=30, what="the torn answer's line")
    for path in sorted([*logs.iterdir(), _postgresql_log()]):
        content = path.read_text(errors="replace")
        assert [word for word in (*PLANTED.values(), "plantedhandle") if word in content] == [], path.name
    web = list(lines((logs / "web.log").read_text()))
    worker = list(lines((logs / "worker.log").read_text()))
    _check_web(web, answers)
    failed = [line for line in worker if line.get("error") == "ValueError"]
    assert [line["task_name"] for line in failed] == ["tests.agora.operations.faulty.fail_with"]
    assert "agora/operations/faulty.py:" in str(failed[0]["at"])
    assert {line["process"] for line in worker} == {"worker"}


def _check_web(web: list[dict[str, Any]], answers: dict[str, httpx.Response]) -> None:
    assert all({"time", "level", "logger", "event", "process", "pid"} <= set(line) for line in web)
    requests = {line["route"]: line for line in web if line["event"] == "request"}
    assert {"home", "faulty-value", "account_login", "submissions:upload-content", "none"} <= set(requests)
    assert requests["faulty-value"]["status"] == 500
    assert requests["faulty-value"]["bytes"] > 0
    assert "healthz" not in requests
    assert answers["value"].headers["X-Request-ID"] == requests["faulty-value"]["request"]
    incidents = {line["route"]: line for line in web if "incident" in line}
    assert {route: line["error"] for route, line in incidents.items()} == {
        "faulty-value": "ValueError",
        "faulty-duplicate": "IntegrityError",
        "faulty-statement": "DataError",
    }
    value = incidents["faulty-value"]
    assert value["request"] == requests["faulty-value"]["request"]
    assert str(value["incident"]) in answers["value"].text
    assert str(value["cause"]).startswith("KeyError at ")
    assert answers["suspicious"].status_code == 400
    stranger = [line["event"] for line in web if line["logger"] == "third.party"]
    assert stranger == [
        "withheld",
        "with values: …, 4711, …",
        "these words stand in the code",
        "too few values for %s and %s",
    ]
    assert {line["value"] for line in web if line["event"] == "a mistake of ours"} == {"withheld"}
    python = {line["event"]: line for line in web if line["logger"] == "agora.python"}
    assert python["warning"]["category"] == "UserWarning"
    assert python["uncaught in a thread"]["error"] == "ValueError"


def _check_metrics(address: str) -> None:
    """Ask until both web processes have answered: each adds up what both counted."""
    wanted = {
        'agora_request_seconds_count{method="POST",route="faulty-value",status="5xx"}': 1.0,
        "agora_web_incidents_total": 3.0,
        "agora_uploads_in_flight": 0.0,
    }
    for _ in range(12):
        text = httpx.get(f"{address}/metrics", trust_env=False).text
        found = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        assert {name: float(found[name]) for name in wanted} == wanted
        assert [word for word in (*PLANTED.values(), "plantedhandle") if word in text] == []


def _text(logs: Path) -> str:
    return "".join(path.read_text() for path in logs.iterdir())


def _postgresql_log() -> Path:
    """Return the log of the tests' server, beside its folder of sockets."""
    return Path(connection.settings_dict["HOST"]).parent / "postgresql.log"
