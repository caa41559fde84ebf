"""Make runs in every state; those that wait or go on are nobody's to take."""

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from agora.competitions.models import Competition, Phase
from agora.core.storage import alias
from agora.runs.models import Device, Run, RunState
from agora.submissions.models import Submission
from baselines.catalogue import overridden, recipe
from tests.browser.stage.people import Stage

_NEVER = datetime(2100, 1, 1, tzinfo=UTC)
_OVERRIDES = ["train.optim.lr=5e-4", "train.schedule.epochs=60"]
_KEPT = {"ranking.csv": 68_100, "model.safetensors": 4_310_000, "provenance.json": 1_204}
_ENVIRONMENT = {
    "data": {"sha256": "4be1" * 16},
    "device": "cpu",
    "versions": {"python": "3.11.2", "torch": "2.13.0", "numpy": "2.3.5"},
    "threads": 2,
}


def make(stage: Stage) -> None:
    """Make one run of a network for each state."""
    phase = Competition.objects.get(slug="agsynth").phases.get(slug="ranking")
    running = _running(timezone.now())
    states: dict[str, dict[str, Any]] = {
        "queued": {"not_before": _NEVER},
        "running": running,
        "stopping": {**running, "cancel_asked_at": timezone.now()},
        "failed": {
            **_told(1212),
            "state": RunState.FAILED,
            "reason": "the loss became NaN or infinite at iteration 1,213; lower train.optim.lr or set train.optim.clip_norm"
            " in a new run: resumed, this one makes the same steps again",
            "is_resumable": True,
        },
        "cancelled": {**_told(400), "state": RunState.CANCELLED},
    }
    for name, fields in states.items():
        stage.refs[f"run-{name}"] = _run(stage, phase, **fields).ref
    entry = Submission.objects.get(ref=stage.refs["entry-platform"])
    ended = {"state": RunState.FINISHED, "submission": entry, "environment": _ENVIRONMENT}
    done = _run(stage, phase, **_told(2400), **ended)
    for name, size in _KEPT.items():
        key = alias("submissions").save(f"runs/{done.ref}/{size:064x}", ContentFile(b"staged"))
        done.artefacts.create(name=name, size_bytes=size, sha256=f"{size:064x}", storage_key=key)
    stage.refs["run-finished"] = done.ref
    stage.refs["run-plain"] = _run(stage, phase, "colour_texture", not_before=_NEVER).ref


def _run(stage: Stage, phase: Phase, slug: str = "bot_r50_tiny", **fields: Any) -> Run:
    lines = _OVERRIDES if slug == "bot_r50_tiny" else []
    chosen = overridden(recipe(slug), lines)
    made = {"title": chosen.title, "card": dict(chosen.card), "overrides": lines}
    made["configuration"] = json.dumps(chosen.table) if chosen.learns else ""
    given = {"recipe": slug, "seed": 3, "device": Device.CPU, "needs_torch": chosen.learns, "facets": 1}
    return Run.objects.create(phase=phase, started_by=stage.users["operator"], **made, **given, **fields)


def _running(now: datetime) -> dict[str, Any]:
    held = {"owner": "stage", "attempt": 2, "lease_until": now + timedelta(days=1)}
    return {**_told(1120), **held, "state": RunState.RUNNING, "started_at": now - timedelta(minutes=20)}


def _told(iteration: int) -> dict[str, Any]:
    """Return what a training says that has come to an iteration of 2,400."""
    points = [
        [k, k / 40, 5e-4, 0.4 + 5 * math.exp(-k / 500) * (1 + 0.18 * math.sin(k * 12.9898))]
        for k in range(10, iteration + 1, 10)
    ]
    validations = [
        {
            "iteration": k,
            "epoch": k / 40,
            "metrics": {
                "aerial_ground/rank-1": 0.5 - 0.4 * math.exp(-k / 600),
                "aerial_ground/mAP": 0.3 - 0.25 * math.exp(-k / 700),
            },
        }
        for k in range(200, iteration + 1, 200)
    ]
    log = [f"14:{k // 60 % 60:02d}:{k % 60:02d} iteration {k}, loss {loss:.4g}, lr 0.0005" for k, _, _, loss in points]
    progress = {"stage": "train", "iteration": iteration, "iterations": 2400, "epoch": iteration / 40, "epochs": 60}
    return {
        "progress": {**progress, "images_per_s": 1180.4, "checkpoint": iteration // 100 * 100},
        "curve": {"stride": 1, "said": len(points), "points": points},
        "validations": validations,
        "log": "\n".join(log[-200:]),
        "used_device": "cpu",
        "seconds": 1204.5,
        "peak_memory_bytes": 812_000_000,
    }
