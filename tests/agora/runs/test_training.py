"""A network trained by real children under the site's walls: it diverges, or is stopped in the middle, and is taken up again."""

import threading
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from agora.accounts.models import User
from agora.competitions.models import Phase
from agora.runs import folders, starting
from agora.runs.models import Device, Run
from agora.runs.running import run_next
from agora.supervisor.process import wait_until

pytestmark = [pytest.mark.django_db(transaction=True)]
QUICK = ["train.schedule.epochs=40", "train.loop.checkpoint_iterations=2", "train.loop.log_iterations=1"]


# A rate that its schema takes and that no network survives.
DIVERGES = [
    *("data.size=[64, 32]", "train.optim.lr=10", "train.optim.clip_norm=0", "train.losses.ce.weight=1000"),
    *("train.schedule.warmup_iters=5", "train.loop.checkpoint_iterations=1", "train.loop.log_iterations=1"),
]


def _work() -> None:
    try:
        run_next(Device.CPU)
    finally:
        connection.close()


def _diverged(phase: Phase, organiser: User) -> Run:
    run = starting.start_run(phase, organiser, recipe="bot_vit_tiny", overrides=DIVERGES, device="cpu")
    run_next(Device.CPU)
    run.refresh_from_db()
    return run


# What the site does with an answer of this kind is shown by quicker children in test_running.py.
@pytest.mark.long
def test_a_loss_that_is_no_number_fails_the_run_and_leaves_its_last_good_checkpoint(
    phase: Phase, organiser: User, client: Client
) -> None:
    run = _diverged(phase, organiser)

    kept = run.progress["checkpoint"]
    assert (run.state, run.is_resumable, kept > 0) == ("failed", True, True), run.reason + run.log
    assert folders.folder_of(run).has_checkpoint
    assert run.reason.startswith(f"the loss became NaN or infinite at iteration {kept + 1}; lower train.optim.lr")
    client.force_login(organiser)
    page = client.get(f"/r/{run.ref}/").content.decode()
    assert run.reason in page
    assert f"Resumed, it goes on from the checkpoint at iteration {kept}, which helps only if" in page


@pytest.mark.long
def test_weights_behind_the_walls_are_named(phase: Phase, organiser: User, tmp_path: Path) -> None:
    weights = tmp_path / "secret.safetensors"
    weights.write_bytes(b"not for runs")
    lines = [f"model.weights={weights}"]
    run = starting.start_run(phase, organiser, recipe="bot_lite0", overrides=lines, device="cpu")
    run_next(Device.CPU)

    run.refresh_from_db()
    assert run.reason == f"{weights}: cannot be read as weights (Permission denied)", run.log
    assert (run.state, run.is_resumable) == ("failed", True)


@pytest.mark.long
def test_a_training_that_diverged_does_so_again_when_it_is_resumed(phase: Phase, organiser: User) -> None:
    run = _diverged(phase, organiser)

    starting.resume_run(run, organiser)
    run_next(Device.CPU)

    again = Run.objects.get()
    assert (again.state, again.reason) == ("failed", run.reason)
    assert again.progress["resumed_at"] == run.progress["checkpoint"] > 0


# The live part cancels, kills and resumes a training by real workers; here it is done under the walls of this machine alone.
@pytest.mark.long
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
