"""A network trained by real children under the site's walls: stopped in the middle, and taken up where it was."""

import threading

import pytest
from django.db import connection

from agora.accounts.models import User
from agora.competitions.models import Phase
from agora.runs import starting
from agora.runs.models import Device, Run
from agora.runs.running import run_next
from agora.supervisor.process import wait_until

# The live part cancels, kills and resumes a training by real workers; here it is done under the walls of this machine alone.
pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]
QUICK = ["train.schedule.epochs=40", "train.loop.checkpoint_iterations=2", "train.loop.log_iterations=1"]


def _work() -> None:
    try:
        run_next(Device.CPU)
    finally:
        connection.close()


def test_a_cancelled_training_keeps_its_checkpoint_and_goes_on_from_it(phase: Phase, organiser: User) -> None:
    run = starting.start_run(phase, organiser, recipe="bot_r50_tiny", overrides=QUICK, seed=1, device="cpu")
    worker = threading.Thread(target=_work)
    worker.start()

    def has_learned() -> bool:
        run.refresh_from_db()
        return run.state != "running" or run.progress.get("checkpoint", 0) >= 4

    wait_until(lambda: Run.objects.get().state != "queued", deadline_seconds=60, what="a worker takes it")
    wait_until(has_learned, deadline_seconds=240, what="two checkpoints are written")
    starting.cancel_run(run, organiser)
    worker.join(timeout=120)

    run.refresh_from_db()
    assert (run.state, run.is_resumable) == ("cancelled", True), run.reason + run.log
    at = run.progress["iteration"]
    starting.resume_run(run, organiser)
    run_next(Device.CPU)

    run.refresh_from_db()
    assert (run.state, run.attempt) == ("finished", 1), run.reason + run.log
    assert 4 <= run.progress["resumed_at"] <= at + 1
    told = [point[0] for point in run.curve["points"]]
    assert told == sorted(set(told)), "no iteration twice, none out of its order"
    assert told[-1] == run.progress["iterations"]
    kept = set(run.artefacts.values_list("name", flat=True))
    assert kept == {
        "ranking.csv",
        "embeddings.npz",
        "model.safetensors",
        "recipe.json",
        "provenance.json",
        "events.jsonl",
    }
