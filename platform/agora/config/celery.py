"""Build the Celery application from Django's settings."""

import os
import signal

from celery import Celery
from celery.signals import worker_process_init

from agora.supervisor.process import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agora.config.settings")

app = Celery("agora")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _end_with_the_worker(**_: object) -> None:
    """Let the kernel end a pool process when its worker is killed: it would wait for work for ever."""
    die_with_parent(signal.SIGKILL, os.getppid())


worker_process_init.connect(_end_with_the_worker, weak=False)
