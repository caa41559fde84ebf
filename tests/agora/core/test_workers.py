"""Signs of life, as Celery's own signals bring them."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from celery.signals import heartbeat_sent, worker_ready, worker_shutdown, worker_shutting_down
from django.utils import timezone

from agora.core import shutdown, workers
from agora.core.models import Worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_PRESENCE", workers._Presence())


class _Consumer:
    """What Celery sends with `worker_ready`: the parts that are read."""

    hostname = "scoring@here"
    app = SimpleNamespace(amqp=SimpleNamespace(queues=SimpleNamespace(consume_from={"scoring": None})))

    def __init__(self, slots: int = 2) -> None:
        self.controller = SimpleNamespace(concurrency=slots)


def test_a_ready_worker_is_alive_with_its_slots() -> None:
    worker_ready.send(sender=_Consumer(slots=3))

    assert workers.live_slots("scoring") == 3
    assert workers.live_slots("housekeeping") == 0
    assert workers.last_sign_of_life("scoring") is not None


def test_a_silent_worker_is_not_alive_but_remembered() -> None:
    worker_ready.send(sender=_Consumer())
    Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=2))

    assert workers.live_slots("scoring") == 0
    assert workers.last_sign_of_life("scoring") is not None


def test_a_heartbeat_renews_the_sign_of_life(settings: object) -> None:
    settings.PERIODS = {**settings.PERIODS, "heartbeat": 0.001}  # type: ignore[attr-defined]
    worker_ready.send(sender=_Consumer())
    Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=2))

    heartbeat_sent.send(sender=None)

    assert Worker.objects.get().seen_at > timezone.now() - timedelta(minutes=1)


def test_heartbeats_of_celery_do_not_each_cost_a_write() -> None:
    worker_ready.send(sender=_Consumer())
    before = Worker.objects.get().seen_at

    heartbeat_sent.send(sender=None)

    assert Worker.objects.get().seen_at == before


def test_a_worker_that_leaves_in_order_is_not_missed() -> None:
    worker_ready.send(sender=_Consumer())

    worker_shutdown.send(sender=None)

    assert not Worker.objects.exists()


def test_a_shutdown_is_known() -> None:
    assert not shutdown.is_shutting_down()
    try:
        worker_shutting_down.send(sender=None, sig="SIGTERM", how="Warm", exitcode=0)
        assert shutdown.is_shutting_down()
    finally:
        shutdown.forget_shutdown()
    assert not shutdown.is_shutting_down()
