"""The queue as Celery really runs it, not as the settings were meant."""

import time

import pytest
from celery import Celery, current_app
from django.conf import settings
from django.db import transaction

from agora.config.celery import app
from agora.core import queue


@pytest.fixture(autouse=True)
def _tasks() -> None:
    app.loader.import_default_modules()


def test_the_effective_configuration_is_ours() -> None:
    conf = app.conf

    assert conf.task_serializer == "json"
    assert conf.accept_content == ["json"]
    assert conf.worker_prefetch_multiplier == 1
    assert conf.task_ignore_result is True
    assert conf.task_acks_late is False
    assert conf.task_time_limit == settings.CELERY_TASK_TIME_LIMIT == 3600
    assert conf.task_soft_time_limit == settings.CELERY_TASK_SOFT_TIME_LIMIT == 3300
    assert conf.task_default_queue == "housekeeping"
    assert conf.broker_url == settings.CELERY_BROKER_URL


def test_a_shift_and_its_last_child_end_before_celery_or_rabbitmq_end_them() -> None:
    unacknowledged_for_seconds = (
        30 * 60
    )  # RabbitMQ's consumer_timeout, which the message prefetched meanwhile must not reach
    longest = settings.SHIFT_SECONDS + settings.CHILD_DEADLINE_SECONDS

    assert longest < unacknowledged_for_seconds < settings.CELERY_TASK_SOFT_TIME_LIMIT


def test_a_worker_outlasts_its_broker() -> None:
    assert app.conf.broker_connection_retry is True
    assert app.conf.broker_connection_retry_on_startup is True
    assert app.conf.broker_connection_max_retries is None
    assert app.conf.broker_channel_error_retry is True


def test_wake_ups_reach_their_queue_without_a_binding() -> None:
    """A broker that lost all it knew routes the next message nevertheless: by the queue's own name."""
    with app.connection_for_write() as connection:
        connection.default_channel.client.flushdb()
        app.send_task(queue.WAKES["scoring"])
        assert connection.default_channel.queue_declare("scoring").message_count == 1
        connection.default_channel.queue_purge("scoring")


def test_every_wake_up_and_every_beat_entry_is_a_task() -> None:
    names = {*queue.WAKES.values(), *(entry["task"] for entry in app.conf.beat_schedule.values())}

    assert names <= set(app.tasks)


def test_every_task_of_ours_acknowledges_early_and_keeps_no_result() -> None:
    ours = [task for name, task in app.tasks.items() if name.startswith("agora.")]

    assert ours
    assert all(not task.acks_late and task.ignore_result for task in ours)


@pytest.mark.parametrize("what", sorted(queue.WAKES))
def test_no_kind_of_work_can_block_another(what: str) -> None:
    wanted = {"running": "baselines", "running-gpu": "baselines-gpu"}
    assert queue.queue_of(what) == wanted.get(what, "scoring")
    assert app.amqp.router.route({}, "agora.evaluations.tasks.sweep")["queue"].name == "housekeeping"


def test_a_run_may_take_longer_than_any_other_task() -> None:
    longest = settings.SHIFT_SECONDS + 2 * settings.RUN_DEADLINE_SECONDS
    for name in ("agora.runs.tasks.run", "agora.runs.tasks.run_on_gpu"):
        task = app.tasks[name]
        assert longest <= task.soft_time_limit < task.time_limit


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_is_sent_after_the_commit_only() -> None:
    with current_app.connection_for_read() as connection:
        box = connection.default_channel
        box.queue_purge("scoring")
        with transaction.atomic():
            queue.wake("scoring", times=2)
            assert box.queue_declare("scoring").message_count == 0
        assert box.queue_declare("scoring").message_count == 2
        with transaction.atomic():
            queue.wake("scoring")
            transaction.set_rollback(True)
        assert box.queue_declare("scoring").message_count == 2
        box.queue_purge("scoring")


@pytest.mark.parametrize(
    ("address", "options"),
    [("redis://127.0.0.1:1/0", settings.CELERY_BROKER_TRANSPORT_OPTIONS), ("amqp://nobody@127.0.0.1:1//", {})],
)
@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_gone_stops_nobody_for_long(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, address: str, options: dict[str, int]
) -> None:
    nowhere = Celery("nowhere", set_as_current=False)
    nowhere.config_from_object("django.conf:settings", namespace="CELERY")
    nowhere.conf.broker_transport_options = options
    monkeypatch.setenv("CELERY_BROKER_URL", address)  # which Celery itself reads first
    monkeypatch.setattr(queue, "current_app", nowhere)
    begun = time.monotonic()

    queue.wake("scoring", times=5)

    assert "wake-up not sent" in caplog.text
    assert time.monotonic() - begun < 20  # a hang, not a speed
