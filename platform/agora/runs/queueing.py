"""Wake the workers that compute runs, and know which there are."""

from dataclasses import dataclass

from django.db.models import Q

from agora.core.queue import wake
from agora.core.workers import live_slots, living
from agora.runs.models import Device, Run, RunState

#: Device -> its queue, and what wakes its workers. A worker with a GPU listens to both queues.
QUEUES = {Device.CPU: "baselines", Device.CUDA: "baselines-gpu"}
WAKES = {Device.CPU: "running", Device.CUDA: "running-gpu"}


@dataclass(frozen=True)
class Workers:
    """How many runs the living workers can compute at once, by device, and whether one of them can train networks."""

    cpu: int
    cuda: int
    learns: bool

    @property
    def is_silent(self) -> bool:
        """Say whether no worker answers."""
        return not self.cpu and not self.cuda


def workers() -> Workers:
    """Return who computes runs now."""
    learning = living().filter(learns=True, queues__overlap=list(QUEUES.values())).exists()
    return Workers(live_slots(QUEUES[Device.CPU]), live_slots(QUEUES[Device.CUDA]), learning)


def wake_for(run: Run) -> None:
    """Wake a worker of each device that may take a run, after the commit; the sweep sends it again if it is lost."""
    for device in _devices(run.device):
        if live_slots(QUEUES[device]):
            wake(WAKES[device])


def sweep() -> dict[str, int]:
    """Send min(waiting, free slots) wake-ups for each device; return how many.

    A message to a worker that is busy for hours would lie with it all the time, so none is sent.
    """
    waiting = Run.objects.filter(state=RunState.QUEUED)
    sent = {}
    for device, queue in QUEUES.items():
        takes = waiting.filter(Q(device=device) | Q(device=Device.AUTO)).count()
        held = Run.objects.filter(state=RunState.RUNNING, used_device=device).count()
        sent[queue] = min(takes, max(0, live_slots(queue) - held))
        if sent[queue]:
            wake(WAKES[device], times=sent[queue])
    return sent


def _devices(wanted: str) -> tuple[Device, ...]:
    return (Device.CPU, Device.CUDA) if wanted == Device.AUTO else (Device(wanted),)
