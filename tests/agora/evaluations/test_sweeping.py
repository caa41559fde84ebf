"""The sweep: as many wake-ups as can be used, none into the void."""

from pathlib import Path

import pytest
from celery import current_app

from agora.accounts.models import User
from agora.competitions.models import Phase
from agora.core import shutdown
from agora.core.workers import say_alive
from agora.evaluations import services, tasks
from agora.evaluations.scoring import EVALUATIONS
from agora.submissions import tasks as submission_tasks
from agora.submissions.models import Evaluation, EvaluationState, Upload, UploadState
from tests.agora import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files", "remembered")]
TRUTH = factories.make_truth()


@pytest.fixture
def phase(files: Path, tmp_path: Path) -> Phase:
    """Return an open phase."""
    return factories.make_open_phase(tmp_path, TRUTH)


@pytest.fixture
def user(phase: Phase) -> User:
    """Return a participant."""
    return factories.make_member(phase.competition)


def _messages() -> int:
    with current_app.connection_for_read() as connection:
        channel = connection.default_channel
        count = channel.queue_declare("scoring").message_count
        channel.queue_purge("scoring")
        return int(count)


def test_no_worker_no_wake_up(phase: Phase, user: User) -> None:
    factories.make_entry(phase, user)
    _messages()

    assert services.sweep() == {"scoring": 0, "checking": 0, "comparing": 0}
    assert _messages() == 0


def test_as_many_wake_ups_as_free_slots_entries_first(phase: Phase, user: User) -> None:
    for _ in range(4):
        factories.make_entry(phase, user)
    factories.send(phase, user, TRUTH.ranking())
    say_alive("scoring@here", ["scoring"], 4)
    assert EVALUATIONS.claim() is not None
    _messages()

    assert services.sweep() == {"scoring": 3, "checking": 0, "comparing": 0}
    assert _messages() == 3

    say_alive("scoring@here", ["scoring"], 9)
    assert services.sweep() == {"scoring": 3, "checking": 1, "comparing": 0}
    assert _messages() == 4


def test_the_task_works_until_nothing_waits(phase: Phase, user: User) -> None:
    for _ in range(2):
        upload = factories.make_stored_upload(phase, user, TRUTH.ranking())
        factories.services.submit(upload, user, note="A note.")
    factories.send(phase, user, TRUTH.ranking())

    tasks.score()
    submission_tasks.check_uploads()
    tasks.sweep()
    tasks.reap()
    submission_tasks.remove_orphans()

    assert set(Evaluation.objects.values_list("state", flat=True)) == {EvaluationState.SCORED}
    assert set(Upload.objects.values_list("state", flat=True)) == {UploadState.READY}


def test_a_shift_ends_and_leaves_the_rest_to_a_fresh_wake_up(phase: Phase, user: User, settings: object) -> None:
    settings.SHIFT_SECONDS = -1  # type: ignore[attr-defined]
    for _ in range(2):
        upload = factories.make_stored_upload(phase, user, TRUTH.ranking())
        factories.services.submit(upload, user, note="A note.")
    _messages()

    tasks.score()

    assert Evaluation.objects.filter(state=EvaluationState.QUEUED).count() == 1
    assert _messages() == 1


def test_a_worker_that_stops_begins_nothing(phase: Phase, user: User) -> None:
    factories.make_entry(phase, user)
    shutdown.begin_shutdown()
    try:
        tasks.score()
        submission_tasks.check_uploads()
    finally:
        shutdown.forget_shutdown()

    assert Evaluation.objects.get().attempt == 0
