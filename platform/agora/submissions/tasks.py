"""Wake-ups for the check, and housekeeping of the intake."""

import time

from django.conf import settings

from agora.core.queue import task, wake
from agora.core.shutdown import is_shutting_down
from agora.submissions import services


@task
def check_uploads() -> None:
    """Check uploads until none waits; at the end of a shift hand the rest to a fresh wake-up."""
    end = time.monotonic() + settings.SHIFT_SECONDS
    while not is_shutting_down() and services.check_next():
        if time.monotonic() > end:
            wake("checking")
            return


@task
def remove_orphans() -> None:
    """Remove stalled uploads and objects without a row."""
    services.remove_orphans()
