"""Claims never collide, late writers change nothing, and only the database's clock counts."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from agora.core.leases import Lease, heartbeat
from agora.evaluations.scoring import EVALUATIONS
from agora.submissions.models import Evaluation, EvaluationState
from agora.supervisor.process import wait_until
from tests.agora import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queued(files: Path, tmp_path: Path) -> list[Evaluation]:
    """Give twelve queued evaluations, oldest first."""
    phase = factories.make_open_phase(tmp_path, daily_quota=50)
    user = factories.make_member(phase.competition)
    return [factories.make_entry(phase, user).evaluations.get() for _ in range(12)]


def _expire(lease: Lease) -> None:
    Evaluation.objects.filter(pk=lease.pk).update(lease_until=timezone.now() - timedelta(hours=1))


def _claim() -> tuple[Evaluation, Lease]:
    claimed = EVALUATIONS.claim()
    assert claimed is not None
    return claimed


def test_a_claim_takes_the_first_and_holds_it(queued: list[Evaluation]) -> None:
    evaluation, lease = _claim()

    assert evaluation.pk == queued[0].pk
    assert (evaluation.state, evaluation.attempt, evaluation.owner) == (EvaluationState.SCORING, 1, lease.owner)
    assert evaluation.lease_until is not None
    assert evaluation.started_at is not None


def test_priority_goes_before_age(queued: list[Evaluation]) -> None:
    Evaluation.objects.exclude(pk=queued[7].pk).update(priority=3)

    assert _claim()[0].pk == queued[7].pk


def test_what_must_wait_is_not_claimed(queued: list[Evaluation]) -> None:
    Evaluation.objects.update(not_before=timezone.now() + timedelta(hours=1))

    assert EVALUATIONS.claim() is None


def test_eight_claimers_share_twelve_rows_without_a_collision(queued: list[Evaluation]) -> None:
    taken: list[int] = []
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        while (claimed := EVALUATIONS.claim()) is not None:
            taken.append(claimed[0].pk)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == [evaluation.pk for evaluation in queued]
    assert set(Evaluation.objects.values_list("attempt", flat=True)) == {1}


def test_a_held_row_is_not_waited_for(queued: list[Evaluation]) -> None:
    _, first = _claim()
    _, second = _claim()

    assert first.pk != second.pk


def test_the_fence_holds_off_an_earlier_owner(queued: list[Evaluation]) -> None:
    _, lease = _claim()
    Evaluation.objects.exclude(pk=lease.pk).delete()
    assert EVALUATIONS.requeue(lease, delay_seconds=0)
    _, later = _claim()

    assert later.pk == lease.pk
    assert not EVALUATIONS.extend(lease)
    assert not EVALUATIONS.release(lease)
    assert not EVALUATIONS.requeue(lease, delay_seconds=0)
    assert EVALUATIONS.fenced(later).exists()


def test_a_row_handed_back_is_as_before_and_no_attempt_is_counted(queued: list[Evaluation]) -> None:
    evaluation, lease = _claim()
    assert EVALUATIONS.release(lease)

    again, later = _claim()
    assert (again.pk, again.attempt) == (evaluation.pk, 1)
    assert later.owner != lease.owner
    assert not EVALUATIONS.extend(lease)  # the same number of attempts, and still another hold


def test_a_lease_runs_out_by_the_databases_clock(queued: list[Evaluation]) -> None:
    _, lease = _claim()
    assert EVALUATIONS.expired() == []

    _expire(lease)

    assert EVALUATIONS.expired() == [lease]


def test_a_heartbeat_extends_the_lease_and_leaves_no_connection(queued: list[Evaluation], settings: object) -> None:
    settings.PERIODS = {**settings.PERIODS, "heartbeat": 0.05}  # type: ignore[attr-defined]
    _, lease = _claim()
    _expire(lease)

    with heartbeat(EVALUATIONS, lease) as beat:
        _wait_for_renewal()
        assert not beat.lost.is_set()

    _wait_for(connections=1)


def test_a_heartbeat_notices_that_the_row_went_to_another(queued: list[Evaluation], settings: object) -> None:
    settings.PERIODS = {**settings.PERIODS, "heartbeat": 0.05}  # type: ignore[attr-defined]
    _, lease = _claim()
    Evaluation.objects.filter(pk=lease.pk).update(attempt=2, owner="another")

    with heartbeat(EVALUATIONS, lease) as beat:
        assert beat.lost.wait(10)


def test_a_heartbeat_outlasts_its_connection(queued: list[Evaluation], settings: object) -> None:
    settings.PERIODS = {**settings.PERIODS, "heartbeat": 0.05}  # type: ignore[attr-defined]
    _, lease = _claim()

    with heartbeat(EVALUATIONS, lease) as beat:
        _wait_for(connections=2)
        _end_other_connections()
        _expire(lease)
        _wait_for_renewal()
        assert not beat.lost.is_set()


def test_counts_are_of_what_waits_and_what_is_held(queued: list[Evaluation]) -> None:
    _claim()

    assert EVALUATIONS.counts() == (11, 1)


def _connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def _end_other_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


def _wait_for(connections: int) -> None:
    wait_until(
        lambda: _connections() == connections, deadline_seconds=20, what=f"{connections} connections to the database"
    )


def _wait_for_renewal() -> None:
    wait_until(lambda: EVALUATIONS.expired() == [], deadline_seconds=20, what="the lease is renewed")
