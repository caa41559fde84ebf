"""Runs that are taken up again: with what they had, as far as it lies on this machine, and with the time that they took."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from agora.accounts.models import User
from agora.competitions.models import Phase
from agora.core.errors import WrongStateError
from agora.runs import folders, starting
from agora.runs.models import Device, Run, RunState
from agora.runs.running import run_next

pytestmark = [pytest.mark.django_db(transaction=True)]
#: Says what `train` says as it begins, at iteration 40 where it is asked to go on, and how it was called.
STARTS = """
import json, sys
at = 40 if "--resume" in sys.argv else 0
print(json.dumps({"event": "started", "recipe": "a", "device": "cpu", "iterations": 90, "epochs": 1, "resumed_at": at}))
print("spent", sys.argv[sys.argv.index("--spent") + 1])
sys.exit(1)
"""


@pytest.fixture
def run(phase: Phase, organiser: User, stand_in: Callable[[str], None]) -> Run:
    """Return a run that waits for its second attempt: the first took 12.5 s and wrote a checkpoint."""
    run = starting.start_run(phase, organiser, recipe="bot_r50_tiny", device="cpu")
    Run.objects.update(progress={"iteration": 47, "checkpoint": 40}, seconds=12.5, attempt=1)
    folder = folders.folder_of(run)
    folder.prepare()
    (folder.work / folders.CHECKPOINT).write_bytes(b"weights")
    stand_in(STARTS)
    return run


def test_a_run_goes_on_from_what_lies_on_its_machine(run: Run) -> None:
    run_next(Device.CPU)

    run.refresh_from_db()
    assert (run.progress["resumed_at"], run.progress["checkpoint"], run.progress["lost_checkpoints"]) == (40, 40, 0)
    assert "began anew" not in run.log


def test_on_a_machine_without_its_folder_a_run_says_that_it_begins_anew(
    run: Run, settings: Any, tmp_path: Path
) -> None:
    settings.RUNS = tmp_path / "another machine"

    run_next(Device.CPU)

    run.refresh_from_db()
    assert (run.progress["resumed_at"], run.progress["checkpoint"], run.progress["lost_checkpoints"]) == (0, 0, 1)
    assert "began anew: the checkpoint at iteration 40 is not in its folder on this machine" in run.log


def test_the_time_of_an_attempt_that_was_killed_counts(run: Run) -> None:
    """The row has it to a second, since its worker writes that often; a checkpoint knows nothing of what came behind it."""
    begun = time.monotonic()
    run_next(Device.CPU)
    took = time.monotonic() - begun

    run.refresh_from_db()
    assert "spent 12.5" in run.log
    assert 12.5 < run.seconds <= 12.5 + took


def test_what_nobody_resumed_in_time_is_removed_and_not_offered_any_more(run: Run, settings: Any) -> None:
    folder = folders.folder_of(run).path
    ended = timezone.now() - timedelta(seconds=1000)
    Run.objects.update(state=RunState.CANCELLED, finished_at=ended, is_resumable=True)
    settings.RUN_KEEP_SECONDS = 2000
    assert (folders.tidy(), folder.exists()) == (0, True)

    settings.RUN_KEEP_SECONDS = 500
    assert (folders.tidy(), folder.exists()) == (1, False)

    with pytest.raises(WrongStateError):
        starting.resume_run(run, run.started_by)


def test_the_folder_of_a_run_that_goes_on_is_kept(run: Run, settings: Any) -> None:
    settings.RUN_KEEP_SECONDS = 0

    assert (folders.tidy(), folders.folder_of(run).has_checkpoint) == (0, True)
