"""Collect what the pages of runs show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from agora.accounts.models import User
from agora.competitions.head import head
from agora.competitions.models import Competition, Phase
from agora.core import words
from agora.core.clock import database_now
from agora.runs import starting
from agora.runs.figures import loss_figure, validation_figure
from agora.runs.finishing import KEPT
from agora.runs.forms import StartForm
from agora.runs.journal import Progress
from agora.runs.models import Device, Run, RunState
from agora.runs.offers import Offer, offered
from agora.runs.queueing import workers
from agora.runs.tables import leaves, toml_lines
from agora.submissions.pills import pills
from challenges.facets import to_mask

OPEN = frozenset({RunState.QUEUED, RunState.RUNNING})
_SHOWN = 200
_STAGES = {
    "cache": "reading images",
    "train": "training",
    "extract": "embedding test images",
    "post": "post-processing",
}


@dataclass(frozen=True)
class Row:
    """One run of the list."""

    run: Run
    how_far: str
    time: str


def run_list(competition: Competition, visitor: User) -> dict[str, Any]:
    """Return the context of a competition's list of runs."""
    shown = head(competition, visitor)
    problem = starting.obstacle(starting.usual_phase(competition))
    return {"head": shown, "tab": "host", **run_rows(competition, visitor), "problem": problem}


def run_rows(competition: Competition, visitor: User) -> dict[str, Any]:
    """Return what of the list changes while runs go on."""
    runs = Run.objects.filter(phase__competition=competition).select_related("started_by", "submission", "phase")
    found = list(runs.order_by("-created_at", "-pk")[:_SHOWN])
    now = database_now()
    return {
        "competition": competition,
        "several_phases": competition.phases.count() > 1,
        "rows": [Row(run, how_far(run, now), _time(run)) for run in found],
        "state_url": reverse("runs:rows", args=[competition.slug]) if any(run.state in OPEN for run in found) else "",
        "waits_for": _waits_for(found),
        "left": starting.left_today(visitor),
    }


def start_page(phase: Phase, visitor: User, form: StartForm) -> dict[str, Any]:
    """Return the context of the form that starts a run."""
    shown = head(phase.competition, visitor, phase=phase)
    found = workers()
    offers = offered(found)
    return {
        "head": shown,
        "tab": "host",
        "phase": phase,
        "phases": list(phase.competition.phases.all()),
        "form": form,
        "offers": offers,
        "recipes": [_line(offer, offers) for offer in offers if not offer.base],
        "problem": starting.obstacle(phase),
        "left": starting.left_today(visitor),
        "workers": found,
    }


def _line(offer: Offer, offers: Sequence[Offer]) -> dict[str, Any]:
    """Return what a line of the table of recipes shows: a recipe, its facets, and what it can be run with."""
    added = [one for one in offers if one.base == offer.recipe.slug]
    return {"offer": offer, "pills": pills(to_mask(offer.recipe.facets)), "added": added}


def run_page(run: Run, visitor: User) -> dict[str, Any]:
    """Return the context of one run's page."""
    facts = {"configuration": toml_lines(run.tables, run.overrides), "pills": pills(run.facets)}
    kept = [{"row": row, "what": KEPT.get(row.name, "")} for row in run.artefacts.all()]
    return {
        "head": head(run.phase.competition, visitor, phase=run.phase),
        "tab": "host",
        **run_state(run),
        **facts,
        "artefacts": kept,
        "environment": [*leaves(run.environment)],
    }


def run_state(run: Run) -> dict[str, Any]:
    """Return what of a run's page changes while it goes on."""
    now = database_now()
    progress = Progress.of(run.progress)
    learns = bool(run.configuration)
    return {
        "run": run,
        "how_far": how_far(run, now),
        "bar": _bar(progress) if run.state == RunState.RUNNING else None,
        "figures": [loss_figure(run.curve.get("points", [])), validation_figure(run.validations)] if learns else [],
        "log": run.log.splitlines(),
        "state_url": reverse("runs:state", args=[run.ref]) if run.state in OPEN else "",
        "time": _time(run),
        "memory": words.size(run.peak_memory_bytes) if run.peak_memory_bytes else "",
        "is_stopping": run.cancel_asked_at is not None,
        "waits_for": _waits_for([run]),
        "resume_words": _resume_words(run),
    }


def run_mapping(run: Run) -> dict[str, Any]:
    """Return a run as a script reads it."""
    entry = reverse("submissions:detail", args=[run.submission.ref]) if run.submission else None
    error = {"code": run.error_code, "message": run.reason, "incident": run.incident, "resumable": run.is_resumable}
    return {
        "ref": run.ref,
        "phase": run.phase.slug,
        "recipe": run.recipe,
        "seed": run.seed,
        "state": run.state,
        "attempt": run.attempt,
        "progress": run.progress,
        "seconds": round(run.seconds, 3),
        "peak_memory_bytes": run.peak_memory_bytes,
        "page": reverse("runs:detail", args=[run.ref]),
        "submission": entry,
        "error": error if run.state == RunState.FAILED else None,
        "artefacts": [{"name": row.name, "size": row.size_bytes, "sha256": row.sha256} for row in run.artefacts.all()],
    }


def how_far(run: Run, now: datetime) -> str:
    """Say how far a run is, in one line."""
    if run.state != RunState.RUNNING:
        return {RunState.QUEUED: "waits for a worker", RunState.FINISHED: "entered"}.get(RunState(run.state), "")
    if run.cancel_asked_at is not None:
        return "stopping"
    progress = Progress.of(run.progress)
    stage = _STAGES.get(progress.stage, "starting")
    if progress.stage != "train" or not progress.iterations:
        return f"{stage}, {words.count(progress.done)} of {words.count(progress.total)}" if progress.total else stage
    epochs = f"epoch {max(1, round(progress.epoch + 0.5))} of {progress.epochs}" if progress.epochs else stage
    parts = [epochs, f"{words.count(round(progress.images_per_s))} images/s" if progress.images_per_s else ""]
    return ", ".join(filter(None, (*parts, _left(run, progress, now))))


def _left(run: Run, progress: Progress, now: datetime) -> str:
    """Say how long training will still take, by the speed of this attempt."""
    done = progress.iteration - progress.resumed_at
    if done <= 0 or run.started_at is None:
        return ""
    pace = (now - run.started_at).total_seconds() / done
    return f"about {words.duration(timedelta(seconds=pace * max(0, progress.iterations - progress.iteration)))} left"


def _bar(progress: Progress) -> dict[str, int]:
    if progress.stage == "train" and progress.iterations:
        return {"value": min(progress.iteration, progress.iterations), "max": progress.iterations}
    return {"value": min(progress.done, progress.total), "max": max(1, progress.total)}


def _time(run: Run) -> str:
    return words.seconds(run.seconds) if run.seconds else ""


def _resume_words(run: Run) -> str:
    """Say where a stopped run would go on, and whether that helps; nothing of one that cannot."""
    if not run.is_resumable or run.state not in {RunState.FAILED, RunState.CANCELLED}:
        return ""
    at = Progress.of(run.progress).checkpoint
    where = f"goes on from the checkpoint at iteration {words.count(at)}" if at else "begins at its first step"
    if run.state == RunState.CANCELLED:
        return f"Resumed, it {where}."
    if run.incident:
        return f"Resumed, it {where}, which helps once our trouble is over."
    if run.error_code == "limit_time":
        return f"Resumed, it {where} and has as long again."
    return (
        f"Resumed, it {where}, which helps only if something has changed: the same data and settings end the same way."
    )


def _waits_for(runs: list[Run]) -> str:
    """Say what a waiting run waits for when no worker could take it."""
    waiting = [run for run in runs if run.state == RunState.QUEUED]
    if not waiting:
        return ""
    found = workers()
    if found.is_silent:
        return "No worker for runs answers now. What waits begins when one is started."
    if not found.cuda and any(run.device == Device.CUDA for run in waiting):
        return "No worker with a GPU answers now. Runs that need one wait for it."
    return ""
