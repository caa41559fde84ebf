"""Wake-ups for runs, and the two clocks that keep their queue alive."""

import time

from django.conf import settings

from agora.core.queue import task, wake
from agora.core.shutdown import is_shutting_down
from agora.runs import queueing, running
from agora.runs.models import Device


@task
def run() -> None:
    """Compute runs that need no GPU until none waits; at the end of a shift hand the rest to a fresh wake-up."""
    _work(Device.CPU)


@task
def run_on_gpu() -> None:
    """Compute runs on this machine's GPU until none waits."""
    _work(Device.CUDA)


@task
def sweep() -> None:
    """Wake workers for what waits."""
    queueing.sweep()


@task
def reap() -> None:
    """Take back what workers left that stopped answering."""
    running.reap()


def _work(device: Device) -> None:
    end = time.monotonic() + settings.SHIFT_SECONDS
    while not is_shutting_down() and running.run_next(device):
        if time.monotonic() > end:
            wake(queueing.WAKES[device])
            return
