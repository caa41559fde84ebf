"""One supervisor per `var` folder, and the memory of its processes for the run after a crash."""

import fcntl
import json
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from agora.supervisor.errors import SupervisorError
from agora.supervisor.folders import private_folder, write_private
from agora.supervisor.process import Child, wait_until

_LEFTOVER_SECONDS = 15.0


@dataclass
class VarLock:
    """The right to run on one `var` folder; the kernel gives it back when this process ends, however it ends."""

    folder: Path
    stream: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lock; raise SupervisorError naming the process that holds it."""
        private_folder(self.folder)
        # Opened without truncation: the holder's process id must stay readable for whoever is refused. Python's
        # descriptors are closed on exec, so no child carries the lock on after this process.
        stream = os.fdopen(os.open(self.folder / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600), "r+")
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = stream.read().strip() or "unknown"
            stream.close()
            raise SupervisorError(
                f"the site in {self.folder.parent} is running already (process {holder}). "
                f"Stop it with Ctrl-C or `kill {holder}`, or start another one with `make run VAR=… PORT=…`."
            ) from error
        stream.seek(0)
        stream.truncate()
        stream.write(f"{os.getpid()}\n")
        stream.flush()
        self.stream = stream

    def release(self) -> None:
        """Give the lock back."""
        if self.stream is not None:
            self.stream.close()
            self.stream = None


@dataclass(frozen=True)
class ProcessMemory:
    """A file that names the processes of the current run, so that the next one can end what a crash has left."""

    file: Path

    def write(self, children: list[Child]) -> None:
        """Note the running children with their start times: a process id alone may be another's by then."""
        noted = {
            child.name: [child.process.pid, _start_time(child.process.pid)]
            for child in children
            if child.process is not None and child.is_running
        }
        write_private(self.file, json.dumps(noted) + "\n")

    def end_leftovers(self) -> list[str]:
        """End processes of a crashed earlier run that still live and return their names."""
        ended = []
        for name, pid, started in self._noted():
            if _start_time(pid) != started:
                continue
            with suppress(ProcessLookupError):
                # PostgreSQL's postmaster is the exception to SIGKILL: its server processes must end with it.
                os.kill(pid, signal.SIGINT) if name == "postgresql" else os.killpg(pid, signal.SIGKILL)
            wait_until(
                lambda pid=pid, started=started: _start_time(pid) != started,  # type: ignore[misc]
                deadline_seconds=_LEFTOVER_SECONDS,
                what=f"end of {name} of an earlier run, process {pid}",
            )
            ended.append(name)
        self.forget()
        return ended

    def _noted(self) -> list[tuple[str, int, int]]:
        """Return name, process id and start time of each noted process; none from a missing or torn file."""
        try:
            noted = json.loads(self.file.read_text(encoding="utf-8"))
            return [(str(name), int(pid), int(started)) for name, (pid, started) in noted.items()]
        except (FileNotFoundError, ValueError, AttributeError, TypeError):
            return []

    def forget(self) -> None:
        """Remove the file at the end of a run that stopped in order."""
        self.file.unlink(missing_ok=True)


def _start_time(pid: int) -> int | None:
    """Return when process `pid` started, in clock ticks since boot; None when it is gone or a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The second field is the program's name in brackets and may hold spaces; the fields after it are numbers.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] == "Z" else int(fields[19])
