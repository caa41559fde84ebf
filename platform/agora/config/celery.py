"""Build the Celery application from Django's settings."""

import os
import signal
from pathlib import Path

from celery import Celery
from celery.signals import after_task_publish, beat_init, setup_logging, worker_process_init
from django.conf import settings

from agora.supervisor.process import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agora.config.settings")

app = Celery("agora")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _end_with_the_worker(**_: object) -> None:
    """Let the kernel end a pool process when its worker is killed: it would wait for work for ever."""
    die_with_parent(signal.SIGKILL, os.getppid())


def _leave_logging_to_django(**_: object) -> None:
    """Keep Celery, by listening, from adding handlers of its own, whose lines would hold messages of exceptions."""


worker_process_init.connect(_end_with_the_worker, weak=False)
setup_logging.connect(_leave_logging_to_django, weak=False)


def sent_file() -> Path:
    """Return the file whose time says when the clock last sent a message."""
    return Path(settings.CELERY_BEAT_SCHEDULE_FILENAME).with_name("beat-sent")


def _note_what_the_clock_sends(**_: object) -> None:
    """Let the clock leave the time of its last message in a file: it has no row of its own by which one could see that it lives."""
    after_task_publish.connect(_touch_sent_file, weak=False)


def _touch_sent_file(**_: object) -> None:
    sent_file().touch(mode=0o600)


beat_init.connect(_note_what_the_clock_sends, weak=False)
