"""What a database that goes away, or one row that cannot be settled, must not cost: an attempt, or the others' turn."""

import logging
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models import F

from agora.core import shutdown
from agora.core.leases import Work
from agora.evaluations import scoring, services
from agora.evaluations.scoring import EVALUATIONS
from agora.submissions import checking
from agora.submissions import services as submissions
from agora.submissions.models import Evaluation, EvaluationState, Submission, UploadState
from tests.agora import factories
from tests.agora.races.together import holding

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files", "remembered")]
TRUTH = factories.make_truth()


@pytest.fixture
def entries(files: Path, tmp_path: Path) -> list[Submission]:
    """Return three good entries that wait to be scored."""
    phase = factories.make_open_phase(tmp_path, TRUTH, daily_quota=5)
    user = factories.make_member(phase.competition)
    ready = [factories.make_stored_upload(phase, user, TRUTH.ranking()) for _ in range(3)]
    return [submissions.submit(upload, user, note="A note.") for upload in ready]


def _break_connection() -> None:
    """End this connection from the server's side, as a restart does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def _breaking_once(monkeypatch: pytest.MonkeyPatch, target: Any, name: str, *, after: bool) -> list[int]:
    """Let the connection break once, before or after `target.name` has done its work; the list tells that it did."""
    whole, broken = getattr(target, name), []

    def breaking(*given: Any, **named: Any) -> Any:
        if broken:
            return whole(*given, **named)
        broken.append(1)
        if after:
            whole(*given, **named)
        _break_connection()
        return whole(*given, **named)

    monkeypatch.setattr(target, name, breaking)
    return broken


def test_a_claim_whose_answer_is_lost_is_known_by_its_owner(
    entries: list[Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    take = Work._take

    def lose_the_answer(self: Work[Any], owner: str) -> Any:
        take(self, owner)
        _break_connection()

    monkeypatch.setattr(Work, "_take", lose_the_answer)
    claimed = EVALUATIONS.claim()

    assert claimed is not None
    evaluation, lease = claimed
    assert (evaluation.state, evaluation.attempt, evaluation.owner) == (EvaluationState.SCORING, 1, lease.owner)
    assert Evaluation.objects.filter(attempt__gt=0).count() == 1
    monkeypatch.undo()
    scoring.score_evaluation(evaluation, lease)
    assert Evaluation.objects.get(pk=evaluation.pk).state == EvaluationState.SCORED


def test_a_claim_that_never_reached_the_database_takes_nothing(
    entries: list[Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_the_question(self: Work[Any], owner: str) -> Any:
        _break_connection()

    monkeypatch.setattr(Work, "_take", lose_the_question)

    assert EVALUATIONS.claim() is None
    assert set(Evaluation.objects.values_list("state", "attempt")) == {(EvaluationState.QUEUED, 0)}


def test_a_restart_while_the_entry_is_read_is_no_attempt(
    entries: list[Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = _breaking_once(monkeypatch, scoring, "job_of", after=False)

    assert services.score_next()

    assert broken
    first = entries[0].evaluations.get()
    assert (first.state, first.attempt, first.error_code) == (EvaluationState.SCORED, 1, "")


def test_a_restart_while_the_upload_is_read_is_no_attempt(
    entries: list[Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    phase, user = entries[0].phase, entries[0].submitted_by
    upload = factories.send(phase, user, TRUTH.ranking())
    broken = _breaking_once(monkeypatch, checking, "_job", after=False)

    assert submissions.check_next()

    assert broken
    upload.refresh_from_db()
    assert (upload.state, upload.attempt, upload.error_code) == (UploadState.READY, 1, "")


def test_a_restart_while_the_entry_is_handed_back_is_no_attempt(
    entries: list[Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = _breaking_once(monkeypatch, Work, "release", after=False)
    shutdown.begin_shutdown()
    try:
        assert services.score_next()
    finally:
        shutdown.forget_shutdown()

    assert broken
    first = entries[0].evaluations.get()
    assert (first.state, first.attempt, first.owner) == (EvaluationState.QUEUED, 0, "")


def test_no_lease_runs_out_while_the_database_has_just_started(entries: list[Submission], settings: Any) -> None:
    assert EVALUATIONS.claim() is not None
    Evaluation.objects.filter(state=EvaluationState.SCORING).update(lease_until=F("queued_at"))
    settings.PERIODS = {**settings.PERIODS, "grace": 24 * 3600}

    assert services.reap() == 0

    settings.PERIODS = {**settings.PERIODS, "grace": 0.001}
    assert services.reap() == 1


def test_a_row_that_cannot_be_settled_keeps_no_other_from_its_turn(
    entries: list[Submission], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    leases = [claimed[1] for claimed in (EVALUATIONS.claim() for _ in entries) if claimed]
    Evaluation.objects.update(lease_until=F("queued_at"))
    settle = scoring.settle

    def fail_at_the_first(lease: Any, settled: Any) -> None:
        if lease == leases[0]:
            raise RuntimeError("a bug")
        settle(lease, settled)

    monkeypatch.setattr(scoring, "settle", fail_at_the_first)
    with caplog.at_level(logging.ERROR):
        assert services.reap() == 3

    states = list(Evaluation.objects.order_by("pk").values_list("state", flat=True))
    assert states == [EvaluationState.SCORING, EvaluationState.QUEUED, EvaluationState.QUEUED]
    assert f"event=unexpected row=Evaluation id={leases[0].pk}" in caplog.text


def test_a_row_that_a_transaction_holds_keeps_no_other_from_its_turn(entries: list[Submission]) -> None:
    for _ in entries:
        assert EVALUATIONS.claim() is not None
    Evaluation.objects.update(lease_until=F("queued_at"))
    first = Evaluation.objects.earliest("pk")

    # As of a worker whose machine vanished in its last transaction: the server does not know, and keeps its locks.
    with holding(first):
        _bound_waiting("5s")
        assert services.reap() == 2
        states = list(Evaluation.objects.order_by("pk").values_list("state", flat=True))
    _bound_waiting("0")

    assert states == [EvaluationState.SCORING, EvaluationState.QUEUED, EvaluationState.QUEUED]
    assert services.reap() == 1


def _bound_waiting(seconds: str) -> None:
    """Let whoever waits for a lock fail after so long: a test that would hang fails."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [seconds])


def test_a_reaper_without_a_database_waits_for_its_next_turn(
    entries: list[Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert EVALUATIONS.claim() is not None
    Evaluation.objects.filter(state=EvaluationState.SCORING).update(lease_until=F("queued_at"))

    def lose_the_database(*_: Any) -> None:
        _break_connection()

    monkeypatch.setattr(scoring, "settle", lose_the_database)
    with pytest.raises(OperationalError):
        services.reap()

    connection.close()
    assert Evaluation.objects.filter(state=EvaluationState.SCORING).count() == 1
