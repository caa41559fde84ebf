"""What the status page says."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from agora.core import workers
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
    ("landlock", "words"),
    [(7, "can open no other file and no connection"), (2, "not from the network"), (0, "Children not isolated")],
)
def test_the_status_page_says_how_far_children_are_isolated(
    client: Client, monkeypatch: pytest.MonkeyPatch, landlock: int, words: str
) -> None:
    monkeypatch.setattr(workers, "isolation", lambda: landlock)
    say_alive("scoring@here", ["scoring"], 2)

    assert words in client.get("/status/").content.decode()
