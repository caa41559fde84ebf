"""Eight worker processes empty one queue while leases run out and are reaped: no row twice, none left, in the queue's order."""

import multiprocessing
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from agora.accounts.models import User
from agora.competitions.models import Phase
from agora.core.errors import ParticipantError
from agora.evaluations.scoring import EVALUATIONS, reap
from agora.submissions import services
from agora.submissions.models import Evaluation, EvaluationState, Kind, Submission, Upload, UploadState
from tests.agora import factories
from tests.agora.races.together import DEADLINE_SECONDS, at_once, in_line

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS, ROWS = 8, 320
Claim = tuple[int, int]  # row and attempt
_FORK = multiprocessing.get_context("fork")


def _fill(phase: Phase, user: User) -> list[int]:
    """Queue many entries of four priorities at once; return their ids in the order in which they have to be claimed."""
    team, now = factories.team_of(user, phase.competition), timezone.now()
    ready = {
        "state": UploadState.READY,
        "filename": "a.csv",
        "declared_bytes": 1,
        "sha256": "0" * 64,
        "received_at": now,
    }
    uploads = Upload.objects.bulk_create(
        [Upload(phase=phase, team=team, storage_key=f"uploads/none/{n}", **ready) for n in range(ROWS)]
    )
    submissions = Submission.objects.bulk_create(
        [
            Submission(upload=upload, phase=phase, kind=Kind.PARTICIPANT, team=team, number=number, note="A note.")
            for number, upload in enumerate(uploads, start=1)
        ]
    )
    Evaluation.objects.bulk_create(
        [
            Evaluation(submission=one, spec=phase.current_spec, priority=number % 4, queued_at=now)
            for number, one in enumerate(submissions)
        ]
    )
    return list(Evaluation.objects.order_by("priority", "queued_at", "pk").values_list("pk", flat=True))


def _is_lost(pk: int, attempt: int) -> bool:
    """Say which attempts end without a word, as those of a killed worker do: each eleventh row's first."""
    return pk % 11 == 0 and attempt == 1


def _work(go: Any, report: Connection) -> None:
    """Claim until nothing is queued; finish what was claimed under its fence, or let its lease run out."""
    claimed: list[Claim] = []
    go.wait(DEADLINE_SECONDS)
    while (found := EVALUATIONS.claim()) is not None:
        evaluation, lease = found
        claimed.append((lease.pk, lease.attempt))
        if _is_lost(lease.pk, lease.attempt):
            EVALUATIONS.fenced(lease).update(lease_until=timezone.now() - timedelta(hours=1))
        elif EVALUATIONS.fenced(lease).update(state=EvaluationState.CANCELLED, owner="", lease_until=None) != 1:
            claimed.append((evaluation.pk, -1))
    report.send(claimed)


def _in_processes(*works: Callable[[Any, Connection], None]) -> list[list[Claim]]:
    """Run each in a forked process, all from one moment on, with connections of their own; return what each reported."""
    connections.close_all()  # a forked process that ended would end the session of this one
    go = _FORK.Event()
    started = []
    for work in works:
        ours, theirs = _FORK.Pipe(duplex=False)
        process = _FORK.Process(target=work, args=(go, theirs), daemon=True)
        process.start()
        theirs.close()
        started.append((process, ours))
    go.set()
    reports = [ours.recv() for _, ours in started]
    for process, _ in started:
        process.join(DEADLINE_SECONDS)
        assert process.exitcode == 0
    return reports


def test_eight_processes_empty_a_queue_and_every_row_is_claimed_once(phase: Phase, heron: User, settings: Any) -> None:
    # What is reaped waits for nobody, and the server of the tests has just started.
    settings.PERIODS = {**settings.PERIODS, "retry": 0, "grace": 0}
    order = _fill(phase, heron)
    lost = {pk for pk in order if _is_lost(pk, 1)}

    def reaping(go: Any, report: Connection) -> None:
        """Reap beside the workers until every lost lease was, then work like them."""
        go.wait(DEADLINE_SECONDS)
        reaped = 0
        end = timezone.now() + timedelta(seconds=DEADLINE_SECONDS)
        while reaped < len(lost) and timezone.now() < end:
            reaped += reap()
        _work(go, report)

    reports = _in_processes(reaping, *[_work] * (WORKERS - 1))

    claims = [claim for report in reports for claim in report]
    assert len(claims) == len(set(claims))
    assert {pk for pk, attempt in claims if attempt == 1} == set(order)
    assert {pk for pk, attempt in claims if attempt == 2} == lost
    assert {attempt for _, attempt in claims} == {1, 2}
    assert set(Evaluation.objects.values_list("state", flat=True)) == {EvaluationState.CANCELLED}


def test_eight_processes_claim_in_the_order_of_the_queue(phase: Phase, heron: User) -> None:
    order = _fill(phase, heron)
    place = {pk: number for number, pk in enumerate(order)}

    def work(go: Any, report: Connection) -> None:
        go.wait(DEADLINE_SECONDS)
        claimed = []
        while (found := EVALUATIONS.claim()) is not None:
            claimed.append((found[1].pk, found[1].attempt))
        report.send(claimed)

    reports = _in_processes(*[work] * WORKERS)

    assert sorted(pk for report in reports for pk, _ in report) == sorted(order)
    for report in reports:
        places = [place[pk] for pk, _ in report]
        assert places == sorted(places)
    began = Evaluation.objects.order_by("started_at", "pk").values_list("pk", flat=True)
    # Whoever claims passes over what others are claiming at that instant: never more rows than there are others.
    assert max(abs(number - place[pk]) for number, pk in enumerate(began)) < 2 * WORKERS


def test_a_cancel_before_the_claim_wins(phase: Phase, heron: User) -> None:
    evaluation = factories.make_entry(phase, heron).evaluations.get()

    outcomes = in_line(lambda: services.cancel(evaluation, heron), behind=evaluation, then=_nothing_to_claim)

    assert outcomes[0].code == "ok"
    assert EVALUATIONS.claim() is None
    evaluation.refresh_from_db()
    assert evaluation.state == EvaluationState.CANCELLED
    assert Submission.objects.get().released_at is not None


def _nothing_to_claim() -> None:
    """A row that somebody holds is passed over, not waited for."""
    assert EVALUATIONS.claim() is None


def test_entries_are_cancelled_or_scored_and_never_both(phase: Phase, heron: User, mate: User) -> None:
    Phase.objects.filter(pk=phase.pk).update(daily_quota=50)
    phase.refresh_from_db()
    evaluations = [factories.make_entry(phase, heron).evaluations.get() for _ in range(24)]

    def claim() -> list[int]:
        claimed = []
        while (found := EVALUATIONS.claim()) is not None:
            claimed.append(found[1].pk)
        return claimed

    def cancel(user: User, mine: list[Evaluation]) -> list[int]:
        cancelled = []
        for evaluation in mine:
            try:
                services.cancel(evaluation, user)
            except ParticipantError:
                continue
            cancelled.append(evaluation.pk)
        return cancelled

    backwards = evaluations[::-1]
    outcomes = at_once(
        claim,
        claim,
        lambda: cancel(heron, backwards),
        lambda: cancel(mate, backwards),
        lambda: cancel(mate, evaluations),
    )

    claimed = sorted(pk for outcome in outcomes[:2] for pk in outcome.value)
    cancelled = sorted(pk for outcome in outcomes[2:] for pk in outcome.value)
    assert sorted(claimed + cancelled) == [evaluation.pk for evaluation in evaluations]
    states = dict(Evaluation.objects.values_list("pk", "state"))
    assert {states[pk] for pk in claimed} <= {EvaluationState.SCORING}
    assert {states[pk] for pk in cancelled} <= {EvaluationState.CANCELLED}
    released = Submission.objects.filter(released_at__isnull=False).values_list("evaluations", flat=True)
    assert sorted(released) == cancelled
