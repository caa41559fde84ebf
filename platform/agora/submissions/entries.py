"""Enter checked files for scoring, and take them back before scoring begins."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Final

from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.urls import reverse

from agora.competitions.access import Visitor, require_accepted_rules, require_member
from agora.competitions.head import next_utc_midnight, phase_state, used_on_day
from agora.competitions.models import Phase, Team
from agora.competitions.teams import lock_own_team
from agora.core import words
from agora.core.clock import database_now, utc_day
from agora.core.errors import FieldError, NotAllowedError, QuotaExceededError, WrongStateError
from agora.core.leases import Lease, lease_length, new_owner
from agora.core.queue import wake
from agora.submissions.allowance import require_allowance
from agora.submissions.checking import check_upload
from agora.submissions.errors import NoGroundTruthError
from agora.submissions.intake import require_open, shown_name, store_file
from agora.submissions.models import Evaluation, EvaluationState, Kind, Submission, Upload, UploadState
from challenges.facets import to_mask

# Smaller comes first: people wait for the first, nobody waits for the last.
PRIORITIES: Final = {Kind.PARTICIPANT: 0, Kind.SANDBOX: 1, Kind.BASELINE: 2, Kind.ORGANISER_RUN: 2}
RESCORE_PRIORITY: Final = 3
NOTE_CHARACTERS, METHOD_CHARACTERS = 200, 160  # as the columns of Submission
_CARD_ITEMS, _CARD_CHARACTERS = 30, 300


def submit(
    upload: Upload,
    user: Visitor,
    *,
    note: str,
    method: str = "",
    card: Mapping[str, str] | None = None,
    facets: Iterable[str] = (),
) -> Submission:
    """Enter a checked upload for scoring: the submission, its charge and its queued evaluation in one transaction.

    Locks the team's row and reads the date behind the lock, so that quotas hold under concurrent calls. An upload is entered
    once: a second call (a double click) returns the submission that there is. Wakes a scorer after the commit.

    Raises
    ------
    NotAllowedError
        Not a member of the upload's team, or the current rules are not accepted.
    WrongStateError
        The upload is not ready.
    PhaseClosedError, NoGroundTruthError
        The last byte did not arrive while the phase was open.
    QuotaExceededError, AllowanceExceededError
        The team's entries, or its files that hit the limits of scoring, are used up for this UTC day.
    FieldError
        The note is missing, a text is too long or has characters that cannot be seen, or a facet is unknown.
    TeamChangedError
        The person left the team while this call waited for its row: two teams merged.
    """
    membership = require_accepted_rules(user, upload.phase.competition)
    fields = _fields(note=note, method=method, card=card or {}, facets=facets)
    with transaction.atomic():
        team = lock_own_team(membership)
        row = Upload.objects.select_for_update().get(pk=upload.pk)
        if row.team_id != team.pk:
            raise NotAllowedError("This file belongs to another team.")
        entered = row.submissions.first()
        if entered is not None:
            return entered
        day = _chargeable_day(row, team)
        last = Submission.objects.filter(team=team).aggregate(last=Max("number"))["last"] or 0
        submission = Submission.objects.create(
            upload=row,
            phase=row.phase,
            kind=Kind.PARTICIPANT,
            team=team,
            number=last + 1,
            submitted_by=membership.user,
            charged_on=day,
            **fields,
        )
        _queue(submission)
    return submission


def cancel(evaluation: Evaluation, user: Visitor) -> None:
    """Take an entry back before scoring begins and give its charge back.

    Raises
    ------
    NotAllowedError
        The entry is another team's.
    WrongStateError
        An attempt was spent on it, scoring is over, or it is a rescore of an entry that was scored before.
    """
    submission = evaluation.submission
    membership = require_member(user, submission.phase.competition)
    if submission.team_id is None or membership.team_id != submission.team_id:
        raise NotAllowedError("This entry belongs to another team.")
    with transaction.atomic():
        row = Evaluation.objects.select_for_update().get(pk=evaluation.pk)
        if not may_be_cancelled(row):
            waits = "being tried again" if row.attempt else "rescored"
            state = waits if row.state == EvaluationState.QUEUED else row.get_state_display().lower()
            raise WrongStateError(f"This entry cannot be cancelled any more: it is {state}.")
        Evaluation.objects.filter(pk=row.pk).update(state=EvaluationState.CANCELLED, finished_at=Now())
        release_charge(submission)


def may_be_cancelled(evaluation: Evaluation) -> bool:
    """Return whether an evaluation waits for the entry's first score and no attempt was spent on it.

    A rescore is the organiser's: whoever could cancel it would take an entry that was scored off the new board. What waits for
    another attempt has cost the machine one: taken back in between, a file that breaks the limits would never end at them, and
    would cost neither quota nor allowance.
    """
    is_rescore = Evaluation.objects.filter(submission_id=evaluation.submission_id, pk__lt=evaluation.pk).exists()
    return evaluation.state == EvaluationState.QUEUED and evaluation.attempt == 0 and not is_rescore


def release_charge(submission: Submission) -> None:
    """Give a charge back, unless the submission has been scored under any spec; does nothing where nothing was charged."""
    if not submission.evaluations.filter(state=EvaluationState.SCORED).exists():
        charged = Submission.objects.filter(pk=submission.pk, charged_on__isnull=False, released_at__isnull=True)
        charged.update(released_at=Now())


def submit_baseline(
    phase: Phase,
    *,
    recipe: str,
    file: Path,
    title: str,
    card: Mapping[str, str] | None = None,
    facets: Iterable[str] = (),
    run_ref: str = "",
) -> Submission:
    """Enter a file of our own workers: stored and checked here and now, then queued like any other, never charged.

    `run_ref` is the reference of the run that made it.

    The same file of the same recipe in the same phase is entered once; a second call returns the submission that there is.

    Raises
    ------
    NoGroundTruthError
        This site holds no ground truth for the phase.
    WrongStateError
        The check found errors, or failed; the message names the first.
    """
    if phase.current_spec_id is None:
        raise NoGroundTruthError(f"This site holds no ground truth for {phase.competition.title}.")
    fields = _fields(note=f"Recipe {recipe}", method="", card=card or {}, facets=facets)
    with file.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    earlier = Submission.objects.filter(phase=phase, recipe=recipe, upload__sha256=sha256).first()
    if earlier is not None:
        return earlier
    upload = _checked(_stored(phase, file))
    with transaction.atomic():
        number = Submission.objects.filter(phase__competition=phase.competition, team__isnull=True).count() + 1
        entry = {"kind": Kind.BASELINE, "recipe": recipe, "run_ref": run_ref, "title": title, "number": number}
        submission = Submission.objects.create(upload=upload, phase=phase, **entry, **fields)
        _queue(submission)
    return submission


def _queue(submission: Submission) -> None:
    """Queue the evaluation under the phase's current spec, which cannot move before the transaction ends."""
    with connection.cursor() as cursor:
        # Whoever moves the pointer then queues what was entered under the old spec: with the row shared, nothing falls between.
        cursor.execute("SELECT current_spec_id FROM competitions_phase WHERE id = %s FOR SHARE", [submission.phase_id])
        spec = cursor.fetchone()[0]
    if spec is None:
        raise NoGroundTruthError("This site holds no ground truth for this phase.")
    Evaluation.objects.create(submission=submission, spec_id=spec, priority=PRIORITIES[Kind(submission.kind)])
    wake("scoring")


def _chargeable_day(upload: Upload, team: Team) -> date:
    """Return the UTC day to charge, or refuse; the caller holds the team's and the upload's rows.

    What arrived before the close is entered even if the check ended after it; it is charged to the day on which it arrived.
    """
    if upload.state != UploadState.READY or upload.received_at is None:
        raise WrongStateError("Only a file that passed the check can be submitted.")
    require_open(upload.phase, upload.received_at)
    now = database_now()
    moment = now if phase_state(upload.phase, now) == "open" else upload.received_at
    _require_quota(upload.phase, team, moment)
    require_allowance(team)
    return utc_day(moment)


def _require_quota(phase: Phase, team: Team, moment: datetime) -> None:
    if used_on_day(team, phase, moment) < phase.daily_quota:
        return
    resets_at = next_utc_midnight(moment)
    url = reverse("submissions:list", args=[phase.competition.slug])
    message = f"Your team's {phase.daily_quota} entries of today are used. The next is possible at {words.instant(resets_at)}."
    raise QuotaExceededError(message, way_out="Your submissions", url=url, resets_at=resets_at.isoformat())


def _fields(*, note: str, method: str, card: Mapping[str, str], facets: Iterable[str]) -> dict[str, object]:
    """Return the columns that describe an entry, or say which cannot be used."""
    texts = {"note": " ".join(note.split()), "method": " ".join(method.split())}
    if not texts["note"]:
        raise FieldError("Write a note: it tells your entries apart.", field="note")
    for name, longest in (("note", NOTE_CHARACTERS), ("method", METHOD_CHARACTERS)):
        if len(texts[name]) > longest:
            raise FieldError(f"The {name} has {len(texts[name])} characters; at most {longest} fit.", field=name)
    kept = {str(key): str(value).strip() for key, value in card.items() if str(value).strip()}
    # A board shows both to everybody: a mark that turns the direction of writing would turn its row around.
    for name, text in (("method", texts["method"]), *(("card", value) for value in kept.values())):
        if not text.isprintable():
            raise FieldError(f"The {name} has a character that cannot be seen. Type it again.", field=name)
    if len(kept) > _CARD_ITEMS or any(len(text) > _CARD_CHARACTERS for pair in kept.items() for text in pair):
        raise FieldError(
            f"A method card has at most {_CARD_ITEMS} fields of {_CARD_CHARACTERS} characters.", field="card"
        )
    try:
        mask = to_mask(facets)
    except ValueError as error:
        raise FieldError(f"{error}.".capitalize(), field="facets") from error
    return {**texts, "card": kept, "facets": mask}


def _stored(phase: Phase, file: Path) -> Upload:
    """Store a file of our own; the row begins under a lease of this process, so that no worker checks it too."""
    size = file.stat().st_size
    upload = Upload(phase=phase, filename=shown_name(file.name), declared_bytes=size)
    with file.open("rb") as stream:
        arrived = store_file(upload, stream)
    upload.storage_key, upload.sha256 = arrived.storage_key, arrived.sha256
    upload.size_bytes, upload.received_at = arrived.size_bytes, arrived.received_at
    upload.state, upload.owner, upload.attempt = UploadState.CHECKING, new_owner(), 1
    upload.lease_until = database_now() + lease_length()
    upload.save()
    return upload


def _checked(upload: Upload) -> Upload:
    check_upload(upload, Lease(upload.pk, upload.attempt, upload.owner))
    upload.refresh_from_db()
    if upload.state == UploadState.READY:
        return upload
    problems = (upload.report or {}).get("problems") or [{"title": upload.error_code or upload.state}]
    raise WrongStateError(f"The file cannot be entered: {problems[0]['title']}.")
