"""Runs computed by real children under the site's walls, from the queue to an entry."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.test import Client
from django.utils import timezone

from agora.accounts.models import User
from agora.activity.models import Notification
from agora.competitions.models import DataFile, Phase
from agora.core import shutdown
from agora.core.storage import Incoming, alias
from agora.evaluations.services import score_next
from agora.leaderboards.models import BoardRow
from agora.runs import folders, running, starting
from agora.runs.models import Device, Run
from agora.runs.running import run_next
from agora.submissions.models import Kind, Submission
from agora.supervisor.process import wait_until

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def run(phase: Phase, organiser: User) -> Run:
    """Return a run that waits."""
    return starting.start_run(phase, organiser, recipe="colour_texture", seed=3)


def _again(run: Run) -> Run:
    run.refresh_from_db()
    return run


def test_nothing_waits() -> None:
    assert not run_next(Device.CPU)


def test_a_run_ends_on_the_board_as_a_platform_run(run: Run, organiser: User) -> None:
    assert run_next(Device.CPU)

    ended = _again(run)
    assert (ended.state, ended.reason, ended.attempt, ended.owner) == ("finished", "", 1, ""), ended.log
    entry = ended.submission
    assert entry is not None
    assert (entry.kind, entry.recipe, entry.run_ref) == (Kind.BASELINE, "colour_texture", run.ref)
    assert score_next()
    row = BoardRow.objects.get()
    assert (row.submission, row.team) == (entry, None)
    assert (ended.used_device, ended.seconds > 0, ended.peak_memory_bytes > 10_000_000) == ("cpu", True, True)
    assert Notification.objects.get(user=organiser, kind="run-finished").url == f"/r/{run.ref}/"

    # What it leaves is stored, and its folder is removed.
    kept = {one.name: one for one in ended.artefacts.all()}
    assert {"ranking.csv", "recipe.json", "provenance.json"} <= set(kept)
    with alias("submissions").open(kept["ranking.csv"].storage_key) as file:
        assert file.read().startswith(b"query_id,gallery_ids\n")
    with alias("submissions").open(kept["recipe.json"].storage_key) as file:
        assert json.loads(file.read())["seed"] == 3
    assert run.environment
    assert not folders.folder_of(run).path.exists()


def test_the_child_sees_the_public_release_and_nothing_else(
    run: Run, stand_in: Callable[[str], None], tmp_path: Path
) -> None:
    stand_in(
        "import os, socket, sys\n"
        "data = sys.argv[sys.argv.index('--data') + 1]\n"
        "print('release', sorted(os.listdir(data)))\n"
        f"for path in ({str(settings.VAR)!r}, {str(tmp_path / 'files')!r}, {str(tmp_path)!r}, '/etc/passwd', '/proc/1'):\n"
        "    try:\n        open(path).close() if os.path.isfile(path) else os.listdir(path)\n        print('opened', path)\n"
        "    except OSError as error:\n        print('refused', type(error).__name__)\n"
        "try:\n    socket.socket()\n    print('connected')\nexcept OSError:\n    print('no socket')\n"
        "print('told', sorted(os.environ))\nsys.exit(1)\n"
    )

    run_next(Device.CPU)

    log = _again(run).log
    assert "release ['test', 'train']" in log
    assert log.count("refused") == 5, log
    assert "no socket" in log
    assert "opened" not in log
    assert "DATABASE" not in log
    assert "HF_HUB_OFFLINE" in log


def test_what_a_child_cannot_use_is_named_on_the_page_of_its_run(run: Run, phase: Phase, client: Client) -> None:
    """The words for each kind of bad data, weights and losses are the business of the tests of `baselines`."""
    path = folders.public_release(phase.competition)
    victim = next((path / "test" / "images").glob("agq000*"))
    victim.unlink()

    run_next(Device.CPU)

    ended = _again(run)
    assert (ended.state, ended.submission) == ("failed", None)
    client.force_login(run.started_by)
    page = client.get(f"/r/{run.ref}/").content.decode()
    assert f"1 images are missing: {victim.stem}" in page
    assert "helps only if something has changed" in page
    assert f"/r/{run.ref}/resume" in page


def test_a_run_without_a_release_fails_and_says_so(run: Run) -> None:
    DataFile.objects.update(withdrawn_at=timezone.now())

    run_next(Device.CPU)

    assert (_again(run).state, "released no data" in run.reason, run.is_resumable) == ("failed", True, True)


def test_a_full_disk_fails_the_run_resumable(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Incoming, chunk: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Incoming, "write", full)
    run_next(Device.CPU)

    assert (_again(run).state, run.error_code, run.is_resumable) == ("failed", "storage_full", True)
    assert "Our disk is full" in run.reason


def test_a_child_above_its_memory_ends_the_run(run: Run, settings: Any) -> None:
    settings.RUN_MEMORY_BYTES = 20 << 20

    run_next(Device.CPU)

    assert (_again(run).state, run.error_code) == ("failed", "limit_memory")
    assert "more memory" in run.reason


def test_what_stands_still_is_stopped_when_a_person_asks(
    run: Run, stand_in: Callable[[str], None], settings: Any
) -> None:
    """A child that ignores SIGTERM is killed when its time is over."""
    stand_in(
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('standing', flush=True)\ntime.sleep(600)\n"
    )
    settings.RUN_GRACE_SECONDS = 0.3
    worker = threading.Thread(target=_run_and_close)
    worker.start()
    wait_until(lambda: "standing" in _again(run).log, deadline_seconds=60, what="the child stands")

    starting.cancel_run(run, run.started_by)
    worker.join(timeout=60)

    assert (_again(run).state, run.submission, run.cancel_asked_at) == ("cancelled", None, None)


def _run_and_close() -> None:
    try:
        run_next(Device.CPU)
    finally:
        connection.close()


def test_a_waiting_run_is_taken_back_at_once(run: Run) -> None:
    starting.cancel_run(run, run.started_by)

    assert not run_next(Device.CPU)
    assert (_again(run).state, run.attempt) == ("cancelled", 0)


def test_a_shutdown_hands_the_run_back_without_an_attempt(run: Run) -> None:
    shutdown.begin_shutdown()
    try:
        run_next(Device.CPU)
    finally:
        shutdown.forget_shutdown()

    assert (_again(run).state, run.attempt, run.owner) == ("queued", 0, "")
    assert running.work_of(Device.CPU).claim() is not None


def test_a_worker_that_died_is_replaced_and_the_last_attempt_ends_the_run(run: Run) -> None:
    for attempt in (1, 2, 3):
        Run.objects.update(not_before=F("queued_at"))
        claimed = running.work_of(Device.CPU).claim()
        assert claimed is not None
        assert claimed[1].attempt == attempt
        Run.objects.update(lease_until=timezone.now() - timedelta(seconds=60))
        assert running.reap() == 1

    assert (_again(run).state, run.error_code, run.is_resumable) == ("failed", "worker_lost", True)
    assert run.incident in run.reason


def test_a_result_that_comes_too_late_is_discarded(run: Run) -> None:
    claimed = running.work_of(Device.CPU).claim()
    assert claimed is not None
    Run.objects.update(owner="another", attempt=2)

    running.see_through(
        running.RUNS, claimed[1], lambda: running.Ended(running.RunState.FAILED, {}, "too late"), running.settle
    )

    assert (_again(run).state, run.reason) == ("running", "")


def test_a_folder_that_another_child_holds_is_waited_for(run: Run, stand_in: Callable[[str], None]) -> None:
    stand_in("raise SystemExit(3)")
    with folders.held(folders.folder_of(run)):
        assert run_next(Device.CPU)
        assert (_again(run).state, run.attempt) == ("queued", 0)

    Run.objects.update(not_before=F("queued_at"))
    assert run_next(Device.CPU)
    assert (_again(run).state, "ended with status 3" in run.reason) == ("failed", True)


def test_the_same_answer_is_entered_once(run: Run) -> None:
    run_next(Device.CPU)
    again = starting.rerun(run, run.started_by)
    run_next(Device.CPU)

    assert (_again(again).state, again.submission) == ("finished", _again(run).submission)
    assert Submission.objects.count() == 1


def test_workers_take_what_they_can(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Run.objects.update(device=Device.CUDA)
    assert running.work_of(Device.CPU).claim() is None

    Run.objects.update(needs_torch=True)
    monkeypatch.setattr(running, "has_torch", lambda: False)
    assert running.work_of(Device.CUDA).claim() is None

    monkeypatch.setattr(running, "has_torch", lambda: True)
    assert running.work_of(Device.CUDA).claim() is not None
