"""Runs of the world: of `open` in every state, one computed by a real child where the world is real, and one of `secret`."""

from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from agora.accounts.models import User
from agora.competitions.models import Phase
from agora.core.storage import alias
from agora.runs.models import Device, Run, RunState
from agora.runs.running import run_next
from agora.runs.starting import start_run
from tests.agora import factories


def make_runs(phase: Phase, secret: Phase, organiser: User, *, is_real: bool) -> dict[str, dict[str, str]]:
    """Return the cases of the matrix by their names."""
    made = {"run-done": start_run(phase, organiser, recipe="colour_texture", seed=1)}
    if is_real:
        while run_next(Device.CPU):
            pass
    else:
        _finish(made["run-done"])
    for name, fields in _STATES.items():
        made[name] = start_run(phase, organiser, recipe="random", seed=2)
        Run.objects.filter(pk=made[name].pk).update(**fields)
    made["secret-run"] = start_run(secret, organiser, recipe="random", seed=3)
    slugs = {name: run.phase.competition.slug for name, run in made.items()}
    return {name: {"ref": run.ref, "slug": slugs[name]} for name, run in made.items()}


_HELD: dict[str, Any] = {"owner": "somebody", "attempt": 1, "lease_until": timezone.now() + timedelta(days=1)}
_STATES: dict[str, dict[str, Any]] = {
    "run-queued": {},
    "run-running": {"state": RunState.RUNNING, **_HELD},
    "run-failed": {"state": RunState.FAILED, "reason": "loss became NaN", "is_resumable": True},
}


def _finish(run: Run) -> None:
    """Write what a worker would have left."""
    entry = factories.platform_entry(run.phase, run.recipe, 0.25, run_ref=run.ref)
    key = alias("submissions").save(f"runs/{run.ref}/{'1' * 64}.csv", ContentFile(b"query_id,gallery_ids\n"))
    run.artefacts.create(name="ranking.csv", size_bytes=21, sha256="1" * 64, storage_key=key)
    Run.objects.filter(pk=run.pk).update(state=RunState.FINISHED, submission=entry)
