"""From a file to a board row through real children, and every way in which that can go wrong."""

import os
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import F
from django.utils import timezone

from agora.accounts.models import User
from agora.activity.models import Notification
from agora.competitions.models import Phase, Spec
from agora.core import shutdown
from agora.core.storage import Incoming, alias
from agora.evaluations import scoring, services
from agora.evaluations.scoring import EVALUATIONS, score_evaluation
from agora.leaderboards.models import BoardRow
from agora.submissions import services as submissions
from agora.submissions.models import Evaluation, EvaluationState, Score, Submission, UploadState
from tests.agora import children, factories
from tests.agora.children import Breaker, Stand
from tests.agora.evaluations import conftest
from tests.agora.remembering import Memory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files", "remembered")]
TRUTH = conftest.TRUTH


def _due() -> None:
    Evaluation.objects.update(not_before=F("queued_at"))


def _only() -> Evaluation:
    return Evaluation.objects.get()


def _refunded(entry: Submission) -> bool:
    entry.refresh_from_db()
    return entry.released_at is not None


def test_nothing_waits() -> None:
    assert not services.score_next()


def test_a_perfect_file_is_scored_and_on_the_board(entry: Submission, files: Path) -> None:
    assert services.score_next()

    evaluation = _only()
    assert (evaluation.state, evaluation.attempt, evaluation.owner, evaluation.lease_until) == ("scored", 1, "", None)
    values = dict(evaluation.scores.filter(track="macro", metric="mAP").values_list("split", "value"))
    assert values == {"public": 1.0, "private": 1.0, "all": 1.0}
    row = BoardRow.objects.get()
    assert (row.public, row.private, row.shown_public, row.team, row.spec) == (
        1.0,
        1.0,
        1.0,
        entry.team,
        evaluation.spec,
    )
    assert row.received_at == entry.upload.received_at
    assert not _refunded(entry)
    table = files / "results" / evaluation.results_key
    assert evaluation.results_key.startswith(f"per_query/{evaluation.ref}-")
    assert sha256(table.read_bytes()).hexdigest() == evaluation.results_sha256
    assert table.read_bytes()[:4] == b"PAR1"
    assert evaluation.counts
    assert (evaluation.interval_kind, evaluation.seconds is not None) == ("gallery and query", True)
    assert Notification.objects.get().text == "heron.csv is scored."


def test_the_same_file_under_the_same_spec_scores_the_same_bits(
    entry: Submission, phase: Phase, user: User, memory: Memory
) -> None:
    services.score_next()
    again = submissions.submit(factories.make_ready_upload(phase, user, **_bytes_of(entry)), user, note="Again.")
    memory.forget()
    services.score_next()

    first, second = (
        list(e.scores.order_by("pk").values_list("split", "track", "metric", "value", "low", "high"))
        for e in (entry.evaluations.get(), again.evaluations.get())
    )
    assert first == second
    assert len({e.results_sha256 for e in Evaluation.objects.all()}) == 1


def _bytes_of(entry: Submission) -> dict[str, str]:
    return {"sha256": entry.upload.sha256, "storage_key": entry.upload.storage_key}


def test_a_file_that_does_not_fit_the_spec_is_invalid_and_costs_nothing(phase: Phase, user: User) -> None:
    key = "uploads/bad/00"
    content = b"query_id,gallery_ids\nnobody,nothing\n"
    alias("submissions").save(key, ContentFile(content))
    upload = factories.make_ready_upload(phase, user, storage_key=key, sha256=sha256(content).hexdigest())
    entry = submissions.submit(upload, user, note="A note.")

    services.score_next()

    evaluation = _only()
    assert (evaluation.state, evaluation.error_code) == (EvaluationState.INVALID, "invalid")
    assert evaluation.report is not None
    assert evaluation.report["problems"]
    assert _refunded(entry)
    assert not BoardRow.objects.exists()


@pytest.mark.parametrize("code", [children.CRASH, children.LIE, children.NOTHING, children.STATUS])
def test_a_failing_scorer_is_tried_three_times_then_it_is_our_error(
    entry: Submission, stand: Stand, code: str, settings: Any
) -> None:
    stand.in_(code)
    for attempt in (1, 2):
        begun = timezone.now()
        assert services.score_next()
        evaluation = _only()
        assert (evaluation.state, evaluation.attempt, evaluation.owner) == (EvaluationState.QUEUED, attempt, "")
        assert evaluation.not_before >= begun + attempt * timedelta(seconds=settings.PERIODS["retry"])
        assert not _refunded(entry)
        _due()

    services.score_next()

    evaluation = _only()
    assert (evaluation.state, evaluation.error_code) == (EvaluationState.ERROR, "scorer_failed")
    assert evaluation.incident
    assert _refunded(entry)
    assert not services.score_next()
    assert not BoardRow.objects.exists()
    assert "our fault" in Notification.objects.get().text


@pytest.mark.parametrize("limit", ["limit_memory", "limit_time"])
def test_a_broken_limit_is_tried_once_more_and_refunded(entry: Submission, breaking: Breaker, limit: str) -> None:
    breaking(limit)
    services.score_next()
    assert (_only().state, _only().error_code) == (EvaluationState.QUEUED, limit)

    _due()
    services.score_next()

    assert (_only().state, _only().error_code, _only().attempt) == (EvaluationState.ERROR, limit, 2)
    assert _refunded(entry)


def test_a_scorer_that_recovers_leaves_no_trace_of_the_failure(entry: Submission, stand: Stand) -> None:
    stand.in_(children.CRASH)
    services.score_next()
    stand.out()
    _due()

    services.score_next()

    assert (_only().state, _only().error_code, _only().incident) == (EvaluationState.SCORED, "", "")
    assert not _refunded(entry)


def test_a_full_disk_is_our_failure_and_leaves_no_half(
    entry: Submission, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = Incoming.__init__

    def on_a_full_device(self: Incoming, where: Any) -> None:
        begin(self, where)
        with Path("/dev/full").open("wb") as device:
            os.dup2(device.fileno(), self._file.fileno())

    monkeypatch.setattr(Incoming, "__init__", on_a_full_device)
    services.score_next()
    assert (_only().state, _only().error_code) == (EvaluationState.QUEUED, "storage_full")
    assert not [path for path in (files / "results").rglob("*") if path.is_file()]

    monkeypatch.undo()
    _due()
    services.score_next()
    assert _only().state == EvaluationState.SCORED


def test_a_stored_score_of_another_value_is_an_incident_and_never_overwritten(entry: Submission) -> None:
    Score.objects.create(evaluation=_only(), split="public", track="macro", metric="mAP", value=0.25)

    services.score_next()

    assert (_only().state, _only().error_code) == (EvaluationState.ERROR, "score_conflict")
    assert [score.value for score in Score.objects.all()] == [0.25]
    assert not BoardRow.objects.exists()
    assert _refunded(entry)


def test_stored_scores_of_the_same_values_are_fine(entry: Submission) -> None:
    services.score_next()
    BoardRow.objects.all().delete()
    Evaluation.objects.update(state=EvaluationState.QUEUED)

    services.score_next()

    assert _only().state == EvaluationState.SCORED
    assert BoardRow.objects.count() == 1


def test_another_scorer_than_the_specs_gives_no_score(entry: Submission) -> None:
    Spec.objects.update(scorer_revision=9999)

    services.score_next()

    assert (_only().state, _only().error_code) == (EvaluationState.ERROR, "wrong_spec")
    assert _refunded(entry)


def test_a_late_result_is_discarded(entry: Submission) -> None:
    claimed = EVALUATIONS.claim()
    assert claimed is not None
    Evaluation.objects.update(attempt=2, owner="another")

    score_evaluation(*claimed)

    assert (_only().state, _only().attempt, _only().owner) == (EvaluationState.SCORING, 2, "another")
    assert not Score.objects.exists()
    assert not BoardRow.objects.exists()


def test_a_lease_that_goes_to_another_stops_the_child(entry: Submission, stand: Stand, settings: Any) -> None:
    settings.PERIODS = {**settings.PERIODS, "heartbeat": 0.05}
    stand.in_(children.SLEEPER)
    claimed = EVALUATIONS.claim()
    assert claimed is not None
    Evaluation.objects.update(attempt=2, owner="another")
    begun = timezone.now()

    score_evaluation(*claimed)

    assert timezone.now() - begun < timedelta(seconds=20)
    assert _only().owner == "another"


def test_a_shutdown_hands_the_entry_back_without_counting_an_attempt(entry: Submission) -> None:
    shutdown.begin_shutdown()
    try:
        assert services.score_next()
    finally:
        shutdown.forget_shutdown()

    assert (_only().state, _only().attempt, _only().owner) == (EvaluationState.QUEUED, 0, "")
    services.score_next()
    assert (_only().state, _only().attempt) == (EvaluationState.SCORED, 1)


def test_the_reaper_takes_back_what_a_dead_worker_held(entry: Submission) -> None:
    for attempt in (1, 2, 3):
        assert EVALUATIONS.claim() is not None
        assert services.reap() == 0
        Evaluation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert services.reap() == 1
        assert _only().attempt == attempt
        assert services.reap() == 0
        _due()

    assert (_only().state, _only().error_code) == (EvaluationState.ERROR, "worker_lost")
    assert _refunded(entry)


def test_a_final_state_is_not_reaped(entry: Submission) -> None:
    services.score_next()
    Evaluation.objects.update(lease_until=timezone.now() - timedelta(hours=1))

    assert services.reap() == 0
    assert _only().state == EvaluationState.SCORED


def test_a_database_that_restarts_while_the_result_is_written_costs_nothing(
    entry: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, lost = scoring.settle, []

    def lose_the_connection(*given: Any) -> None:
        if not lost:
            lost.append(1)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        settle(*given)

    monkeypatch.setattr(scoring, "settle", lose_the_connection)
    services.score_next()

    assert lost
    assert (_only().state, _only().attempt) == (EvaluationState.SCORED, 1)


def test_an_unexpected_failure_does_not_wait_for_the_lease(entry: Submission, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(scoring, "job_of", fail)
    services.score_next()

    assert (_only().state, _only().error_code) == (EvaluationState.QUEUED, "unexpected")


def test_a_failure_while_writing_does_not_wait_for_the_lease(
    entry: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(scoring, "open_row", fail)
    services.score_next()

    assert (_only().state, _only().error_code) == (EvaluationState.QUEUED, "unexpected")
    assert not Score.objects.exists()


def test_a_rescore_that_fails_keeps_the_charge(entry: Submission, phase: Phase, tmp_path: Path, stand: Stand) -> None:
    services.score_next()
    services.import_annotations(phase.competition, factories.make_truth(identities=5).write(tmp_path))
    Evaluation.objects.filter(state=EvaluationState.QUEUED).update(attempt=2)
    stand.in_(children.CRASH)

    services.score_next()

    assert set(Evaluation.objects.values_list("state", flat=True)) == {EvaluationState.SCORED, EvaluationState.ERROR}
    assert not _refunded(entry)


def test_the_whole_way_of_a_file(phase: Phase, user: User, memory: Memory) -> None:
    memory.forget()
    upload = factories.send(phase, user, TRUTH.ranking())
    assert submissions.check_next()
    upload.refresh_from_db()
    assert upload.state == UploadState.READY

    entry = submissions.submit(upload, user, note="A note.")
    assert services.score_next()

    assert entry.evaluations.get().state == EvaluationState.SCORED
