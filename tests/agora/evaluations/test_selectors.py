"""What the status page says."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from agora.core import workers
from agora.core.isolation import Isolation
from agora.core.models import Worker
from agora.core.workers import say_alive
from agora.evaluations.scoring import EVALUATIONS
from agora.evaluations.selectors import site_status
from agora.submissions.models import Evaluation
from tests.agora import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files")]


def test_an_untouched_site_waits_for_a_worker() -> None:
    status = site_status()

    assert (status.is_working, status.silent_seconds, status.median_seconds) == (False, None, None)
    assert (status.evaluations.waiting, status.evaluations.running, status.evaluations.oldest_seconds) == (0, 0, None)


def test_what_waits_runs_and_took_is_counted(tmp_path: Path) -> None:
    phase = factories.make_open_phase(tmp_path, daily_quota=50)
    user = factories.make_member(phase.competition)
    for seconds in (1, 2, 9):
        evaluation = factories.scored_entry(phase, user, 0.5).evaluations.get()
        Evaluation.objects.filter(pk=evaluation.pk).update(
            finished_at=evaluation.queued_at + timedelta(seconds=seconds)
        )
    for _ in range(3):
        factories.make_entry(phase, user)
    Evaluation.objects.filter(state="queued").update(queued_at=timezone.now() - timedelta(minutes=1))
    assert EVALUATIONS.claim() is not None
    say_alive("scoring@here", ["scoring"], 2)

    status = site_status()

    assert (status.is_working, status.workers, status.slots) == (True, 1, 2)
    assert (status.evaluations.waiting, status.evaluations.running) == (2, 1)
    assert status.evaluations.oldest_seconds is not None
    assert status.evaluations.oldest_seconds > 59
    assert status.median_seconds == 2.0
    assert status.slow_seconds is not None
    assert 2 < status.slow_seconds <= 9
    assert sum(hour.scored for hour in status.hours) == 3


def test_silence_and_incidents_are_told(tmp_path: Path) -> None:
    phase = factories.make_open_phase(tmp_path)
    factories.make_entry(phase, factories.make_member(phase.competition))
    now = timezone.now()
    Evaluation.objects.update(state="error", finished_at=now, error_code="worker_lost", incident="abcdefgh1234")
    say_alive("scoring@here", ["scoring"], 2)
    Worker.objects.update(seen_at=now - timedelta(minutes=2))

    status = site_status()

    assert not status.is_working
    assert status.silent_seconds is not None
    assert status.silent_seconds > 119
    assert [(incident.code, incident.incident) for incident in status.incidents] == [("worker_lost", "abcdefgh1234")]


@pytest.mark.parametrize(
    ("landlock", "is_filtered", "words"),
    [
        (7, True, ["Children isolated on 1 worker (Landlock 7, system calls filtered)"]),
        (2, True, ["Children isolated on 1 worker (Landlock 2, system calls filtered)"]),
        (3, False, ["that it makes no TCP connection", "that it makes no other connection: UDP, Unix sockets"]),
        (0, True, ["Children not isolated", "that it opens no file but its own and the interpreter"]),
    ],
)
def test_the_status_page_says_how_far_children_are_isolated(
    client: Client, monkeypatch: pytest.MonkeyPatch, landlock: int, is_filtered: bool, words: list[str]
) -> None:
    monkeypatch.setattr(workers, "isolation", lambda: Isolation(landlock, is_filtered))
    say_alive("scoring@here", ["scoring"], 2)

    page = client.get("/status/").content.decode()

    assert [word for word in words if word not in page] == []
    assert ("Not held here" in page) == bool(Isolation(landlock, is_filtered).not_held)


def test_each_kind_of_isolation_is_told_with_the_number_of_its_workers(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, walls in {"a": Isolation(7, True), "b": Isolation(0, False), "c": Isolation(7, True)}.items():
        monkeypatch.setattr(workers, "isolation", lambda walls=walls: walls)
        say_alive(f"scoring@{name}", ["scoring"], 1)

    assert list(site_status().isolations.items()) == [(Isolation(0, False), 1), (Isolation(7, True), 2)]
    page = client.get("/status/").content.decode()
    assert "Children not isolated on 1 worker (no Landlock, system calls not filtered)" in page
    assert "Children isolated on 2 workers (Landlock 7, system calls filtered)" in page
