"""A training in a process of its own, which is killed, stopped, starved of disk, and goes on."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.baselines.short import short

_LINES = short("bot_vit_tiny", 12, "train.loop.checkpoint_iterations=3")


def _command(data: Path, out: Path, *more: str, lines: Sequence[str] = _LINES) -> list[str]:
    sets = [word for line in lines for word in ("--set", line)]
    cache = ["--cache", str(out.parent / "pixels"), "--device", "cpu"]
    words = ["train", "bot_vit_tiny", "--data", str(data), "--out", str(out), *cache, *sets, *more]
    return [sys.executable, "-m", "baselines", *words]


def _whole(command: list[str], **options: Any) -> tuple[int, list[dict[str, Any]], str]:
    run = subprocess.run(command, capture_output=True, text=True, **options)
    return run.returncode, [json.loads(line) for line in run.stdout.splitlines()], run.stderr


def _until(command: list[str], event: str, iteration: int, sent: signal.Signals) -> tuple[int, list[dict[str, Any]]]:
    """Start a training, send a signal when an event of this iteration is told, and return its status and events."""
    events = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            events.append(json.loads(line))
            if events[-1]["event"] == event and events[-1].get("iteration") == iteration:
                child.send_signal(sent)
    return child.returncode, events


def test_killed_anywhere_and_resumed_gives_the_same_weights_bit_for_bit(people: Path, tmp_path: Path) -> None:
    assert _whole(_command(people, tmp_path / "whole"))[0] == 0

    # Killed between two checkpoints, then asked to stop, then run to the end.
    status, _ = _until(_command(people, tmp_path / "run"), "losses", 5, signal.SIGKILL)
    assert status == -signal.SIGKILL
    # What the killed attempt took behind its checkpoint, whoever started it knows alone.
    again = _command(people, tmp_path / "run", "--resume", "--spent", "3600")
    status, events = _until(again, "losses", 7, signal.SIGTERM)
    assert status == 143
    assert next(event for event in events if event["event"] == "started")["resumed_at"] == 3
    assert events[-1] == {"event": "failed", "reason": "stopped", "resumable": True}
    assert events[-2]["event"] == "checkpoint"
    assert 7 <= events[-2]["iteration"] <= 9
    status, events, _ = _whole(_command(people, tmp_path / "run", "--resume"))

    assert status == 0
    assert events[-1]["event"] == "finished"
    assert events[-1]["seconds"] > 3600
    whole, resumed = (tmp_path / name / "model.safetensors" for name in ("whole", "run"))
    assert resumed.read_bytes() == whole.read_bytes()


def test_threads_sleep_while_they_wait() -> None:
    """OpenMP itself tells by which settings it was loaded."""
    command = [sys.executable, "-m", "baselines", "profile", "bot_r50_tiny"]
    inherited = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}

    status, _, said = _whole(command, env={**inherited, "OMP_DISPLAY_ENV": "true"})

    assert status == 0
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in said


def test_a_full_disk_is_named_and_leaves_the_last_checkpoint(people: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert _until(_command(people, out), "checkpoint", 3, signal.SIGKILL)[0] == -signal.SIGKILL
    before = (out / "checkpoint.pt").read_bytes()

    # A limit on the size of files is met where a full disk would be; the signal of the limit is ignored by Python.
    limited = ["prlimit", f"--fsize={len(before) // 2}", *_command(people, out, "--resume")]
    status, events, told = _whole(limited)

    assert status == 1
    assert events[-1]["event"] == "failed"
    assert events[-1]["resumable"]
    assert "checkpoint.pt cannot be written" in events[-1]["reason"]
    assert "checkpoint.pt cannot be written" in told
    assert (out / "checkpoint.pt").read_bytes() == before
    assert not list(out.glob(".*.draft"))


def test_a_loss_that_is_no_number_ends_the_run_with_its_iteration(people: Path, tmp_path: Path) -> None:
    lines = [*_LINES, "train.optim.lr=10", "train.optim.clip_norm=0", "train.losses.ce.weight=1000"]

    status, events, told = _whole(_command(people, tmp_path / "run", lines=lines))

    assert status == 1
    assert events[-1]["event"] == "failed"
    assert "the loss became NaN or infinite at iteration " in events[-1]["reason"]
    assert "resumed, this one makes the same steps again" in events[-1]["reason"]
    assert events[-1]["reason"] in told
    assert not (tmp_path / "run" / "model.safetensors").exists()
