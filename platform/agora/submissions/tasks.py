"""Wake-ups for the check, and housekeeping of the intake."""

import time

from django.conf import settings

from agora.core.queue import task, wake
from agora.core.shutdown import is_shutting_down
from agora.submissions import services


@task
def check_uploads() -> None:
    """Check uploads until none waits; before Celery's own time limit hand the rest to a fresh wake-up."""
    end = time.monotonic() + settings.CELERY_TASK_SOFT_TIME_LIMIT / 2
    while not is_shutting_down() and services.check_next():
        if time.monotonic() > end:
            wake("checking")
            return


@task
def remove_orphans() -> None:
    """Remove stalled uploads and objects without a row."""
    services.remove_orphans()
