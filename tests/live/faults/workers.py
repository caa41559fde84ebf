"""Scoring workers beside the supervisor's own: the same command in the same environment, but for what a test changes."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from agora.supervisor.process import Child, wait_until
from tests.live.site import LiveSite

_START_SECONDS = 180.0
_STOP_SECONDS = 30.0


def scoring_group(site: LiveSite) -> int:
    """Return the process group of the supervisor's scoring worker: its main process and its pool."""
    return site.recorded_process("scoring")


@contextmanager
def paused(group: int) -> Iterator[None]:
    """Stop every process of a group, as a swapping or suspended machine does, and let them go on at the end."""
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGCONT)


@contextmanager
def another_worker(site: LiveSite, name: str, settings: Mapping[str, str] | None = None) -> Iterator[Child]:
    """Run another scoring worker for the `with`, with `settings` over those of the supervisor's own."""
    worker = start_worker(site, name, settings)
    try:
        yield worker
    finally:
        with suppress(ProcessLookupError):
            os.killpg(worker.process.pid if worker.process else 0, signal.SIGCONT)
        worker.stop(deadline_seconds=_STOP_SECONDS)


def start_worker(site: LiveSite, name: str, settings: Mapping[str, str] | None = None) -> Child:
    """Start another scoring worker and return it when it lives."""
    model = Path(f"/proc/{scoring_group(site)}")
    command = [part.decode() for part in (model / "cmdline").read_bytes().split(b"\0") if part]
    pairs = [part.decode().split("=", 1) for part in (model / "environ").read_bytes().split(b"\0") if part]
    changed = [f"--hostname={name}@agora" if part.startswith("--hostname=") else part for part in command]
    assert changed != command, f"not the command of a worker: {command}"
    worker = Child(
        name=name,
        command=changed,
        log=site.var / "log" / f"{name}.log",
        environment={**dict(pairs), **(settings or {})},
        folder=site.var / "run",
    )
    worker.start()
    wait_until(
        lambda: not worker.is_running or is_known(site, name),
        deadline_seconds=_START_SECONDS,
        what=f"the worker {name} lives",
        every_seconds=0.1,
    )
    assert worker.is_running, worker.log_tail()
    return worker


def is_known(site: LiveSite, name: str) -> bool:
    """Say whether a worker of that name has given a sign of life."""
    return bool(site.query("SELECT 1 FROM core_worker WHERE name = %s", f"{name}@agora"))
