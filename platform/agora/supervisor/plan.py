"""The site's own processes: their commands, and how many of each this machine gets."""

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agora.supervisor.options import python_module
from agora.supervisor.process import Child

_WEB_THREADS = 16  # most requests wait for the database or for a slow upload, so there are more threads than cores


@dataclass(frozen=True)
class Site:
    """Makes the children that run the site's code, all in the same environment but for their role."""

    environment: Mapping[str, str]
    var: Path

    def manage(self, command: str, *arguments: str) -> Child:
        """Return one run of a manage.py command."""
        return self._child(f"manage-{command}", "operator", python_module("django", command, *arguments))

    def web(self, descriptor: int) -> Child:
        """Return the web server on a socket that the supervisor has bound and keeps over restarts."""
        command = python_module(
            "gunicorn",
            "agora.config.wsgi",
            "--config=python:agora.config.web",
            f"--bind=fd://{descriptor}",
            "--worker-class=gthread",
            f"--workers={max(2, min(cores(), 8))}",
            f"--threads={_WEB_THREADS}",
            "--graceful-timeout=10",
            "--timeout=60",
            f"--worker-tmp-dir={self.var / 'run'}",
            "--no-control-socket",
        )
        child = self._child("web", "web", command)
        child.inherited_descriptors = (descriptor,)
        # QUIT is gunicorn's quick shutdown: with the supervisor gone nobody waits for open requests.
        child.death_signal = signal.SIGQUIT
        return child

    def worker(self, queue: str, *, concurrency: int, beside: tuple[str, ...] = ()) -> Child:
        """Return a Celery worker of one queue, so that no queue can block another, and of those that the same device serves."""
        command = [
            *python_module("celery", "--quiet", "-A", "agora.config", "worker"),
            f"--queues={','.join((queue, *beside))}",
            f"--concurrency={concurrency}",
            f"--hostname={queue}@agora",
            "--loglevel=INFO",
            "--without-gossip",
            "--without-mingle",
        ]
        return self._child(queue, "worker", command)

    def beat(self) -> Child:
        """Return the clock that sends the periodic tasks; its last run times are no state worth keeping."""
        command = [
            *python_module("celery", "--quiet", "-A", "agora.config", "beat"),
            "--loglevel=WARNING",
            "--pidfile=",
        ]
        return self._child("beat", "worker", command)

    def _child(self, name: str, role: str, command: list[str]) -> Child:
        return Child(
            name=name,
            command=command,
            log=self.var / "log" / f"{name}.log",
            environment={**self.environment, "AGORA_ROLE": role, "AGORA_PROCESS": name},
            folder=self.var / "run",
        )


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def gpu_queues() -> tuple[str, ...]:
    """Return the queue of runs that need a GPU where this machine has one."""
    return ("baselines-gpu",) if Path("/dev/nvidiactl").exists() else ()


def scoring_slots() -> int:
    """Return how many evaluations run at once: half the cores, since each uses more than one thread."""
    return max(1, cores() // 2)
