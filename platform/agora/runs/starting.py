"""Start runs, and stop, resume and repeat them: what a person may ask, written at once and told to the workers."""

import json
from collections.abc import Iterable, Sequence
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from agora.accounts.models import User
from agora.activity.services import record
from agora.competitions.head import next_utc_midnight
from agora.competitions.models import Competition, Phase
from agora.core import words
from agora.core.clock import database_now, utc_day
from agora.core.errors import ConflictError, FieldError, QuotaExceededError, WrongStateError
from agora.runs.folders import release_file
from agora.runs.models import Device, Run, RunState
from agora.runs.offers import offered
from agora.runs.queueing import wake_for
from baselines.catalogue import Recipe, RecipeError, overridden
from challenges.facets import to_mask

LARGEST_SEED: Final = 2**31 - 1
_OVERRIDES, _OVERRIDE_CHARACTERS = 40, 200
_CARD_CHARACTERS: Final = 300


class CannotRunError(ConflictError):
    """No run could end in an entry of the phase; the message says what is missing."""

    code = "cannot_run"


def start_run(
    phase: Phase, user: User, *, recipe: str, overrides: Iterable[str] = (), seed: int = 0, device: str = Device.AUTO
) -> Run:
    """Queue a run; the caller has asked whether the person may.

    Locks the person's row, so that the quota holds under concurrent calls, and wakes a worker after the commit.

    Raises
    ------
    CannotRunError
        This site has no ground truth for the phase, no released data, or the phase takes no rankings.
    FieldError
        The recipe is unknown or not offered here, an override is outside its schema, the seed or device cannot be used.
    QuotaExceededError
        The organiser's runs of this UTC day are used up.
    """
    cannot = obstacle(phase)
    if cannot is not None:
        raise cannot
    lines = _lines(overrides)
    chosen = _chosen(recipe, lines)
    device = _device(chosen, device)
    if not 0 <= seed <= LARGEST_SEED:
        raise FieldError(f"The seed is a whole number from 0 to {words.count(LARGEST_SEED)}.", field="seed")
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _require_quota(user)
        run = Run.objects.create(
            phase=phase,
            started_by=user,
            recipe=chosen.slug,
            title=chosen.title[:80],
            card={key: value[:_CARD_CHARACTERS] for key, value in chosen.card.items()},
            overrides=lines,
            configuration=json.dumps(chosen.table) if chosen.learns else "",
            seed=seed,
            device=device,
            needs_torch=chosen.learns,
            facets=to_mask(chosen.facets),
        )
        record(user, "run-start", run.ref, data={"recipe": run.recipe, "phase": phase.pk, "seed": seed})
        wake_for(run)
    return run


def cancel_run(run: Run, user: User) -> None:
    """Take a waiting run back, or ask the worker of a running one to stop its child; WrongStateError when it has ended."""
    with transaction.atomic():
        row = Run.objects.select_for_update().get(pk=run.pk)
        if row.state == RunState.QUEUED:
            Run.objects.filter(pk=row.pk).update(state=RunState.CANCELLED, finished_at=Now(), is_resumable=True)
        elif row.state == RunState.RUNNING:
            Run.objects.filter(pk=row.pk, cancel_asked_at__isnull=True).update(cancel_asked_at=Now())
        else:
            raise WrongStateError(f"This run cannot be cancelled any more: it has {row.get_state_display().lower()}.")
        record(user, "run-cancel", row.ref)


def resume_run(run: Run, user: User) -> None:
    """Queue a failed or cancelled run again; it goes on from its last checkpoint, where there is one.

    Raises WrongStateError when it cannot go on: it has finished, or what stopped it would stop it again.
    """
    with transaction.atomic():
        row = Run.objects.select_for_update().get(pk=run.pk)
        if row.state not in {RunState.FAILED, RunState.CANCELLED} or not row.is_resumable:
            raise WrongStateError("This run cannot be resumed. Run it again instead.")
        again = {"attempt": 0, "owner": "", "lease_until": None, "queued_at": Now(), "not_before": Now()}
        ended = {"finished_at": None, "reason": "", "error_code": "", "incident": "", "is_resumable": False}
        Run.objects.filter(pk=row.pk).update(state=RunState.QUEUED, cancel_asked_at=None, **again, **ended)
        record(user, "run-resume", row.ref)
        wake_for(row)


def rerun(run: Run, user: User) -> Run:
    """Queue the same recipe with the same overrides, seed and device as a new run; raises what `start_run` raises."""
    return start_run(run.phase, user, recipe=run.recipe, overrides=run.overrides, seed=run.seed, device=run.device)


def usual_phase(competition: Competition) -> Phase:
    """Return the first phase in which a run could end in an entry, the first one at all where there is none."""
    phases = competition.phases.select_related("current_spec", "competition").order_by("position", "pk")
    return next((phase for phase in phases if obstacle(phase) is None), phases[0])


def obstacle(phase: Phase) -> CannotRunError | None:
    """Return why a run could not end in an entry of the phase, None where it could."""
    title = phase.competition.title
    if phase.current_spec_id is None:
        return CannotRunError(f"This site holds no ground truth for {title}: a run could not be scored.")
    if phase.format.get("kind", "ranking") != "ranking":
        return CannotRunError(f"{phase.title} takes no rankings, which is what a run answers with.")
    if release_file(phase.competition) is None:
        return CannotRunError(f"{title} has released no data that a run could read.")
    return None


def left_today(user: User) -> int | None:
    """Return how many runs the person may still start on this UTC day, None without a limit."""
    return None if user.is_staff else max(0, settings.RUN_QUOTA - _used(user))


def _used(user: User) -> int:
    """Count the person's runs of today but those taken back before a worker had them, and those that we failed."""
    today = Run.objects.filter(started_by=user, created_at__date=utc_day(database_now()))
    never_ran = Q(state=RunState.CANCELLED, started_at__isnull=True)
    return today.exclude(never_ran | (Q(state=RunState.FAILED) & ~Q(incident=""))).count()


def _require_quota(user: User) -> None:
    if left_today(user) != 0:
        return
    resets_at = next_utc_midnight(database_now())
    message = f"Your {settings.RUN_QUOTA} runs of today are used. The next is possible at {words.instant(resets_at)}."
    raise QuotaExceededError(message, resets_at=resets_at.isoformat())


def _lines(overrides: Iterable[str]) -> list[str]:
    lines = [line.strip() for line in overrides if line.strip()]
    if len(lines) > _OVERRIDES:
        raise FieldError(f"A run has at most {_OVERRIDES} overrides.", field="overrides")
    for line in lines:
        if len(line) > _OVERRIDE_CHARACTERS or not line.isprintable():
            message = f"An override has at most {_OVERRIDE_CHARACTERS} characters, all of which can be seen."
            raise FieldError(message, field="overrides")
    return lines


def _chosen(slug: str, lines: Sequence[str]) -> Recipe:
    offer = next((one for one in offered() if one.recipe.slug == slug), None)
    if offer is None:
        raise FieldError("Choose one of the recipes.", field="recipe")
    if not offer.is_open:
        raise FieldError(offer.reason, field="recipe")
    try:
        return overridden(offer.recipe, lines)
    except RecipeError as error:
        raise FieldError(f"{error}"[:500], field="overrides") from error


def _device(recipe: Recipe, wanted: str) -> str:
    if wanted not in Device.values:
        raise FieldError("Choose one of the devices.", field="device")
    if recipe.needs_gpu and wanted == Device.CPU:
        raise FieldError(f"{recipe.title} is made for a GPU; its tiny variant runs on a CPU.", field="device")
    return Device.CUDA if recipe.needs_gpu else wanted
