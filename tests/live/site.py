"""Start the site with the operator's command, in a folder of its own on a free port, and end it in several ways."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg2

from agora.supervisor.process import wait_until

_START_SECONDS = 240.0
_STOP_SECONDS = 60.0
# What the developer's shell may hold must not reach the site under test.
_FOREIGN = ("DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL", "DJANGO_SETTINGS_MODULE")


@dataclass
class LiveSite:
    """One supervisor and its `var` folder; `environment` adds settings, such as short periods."""

    var: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    terminal: str = "console"
    address: str = ""
    process: subprocess.Popen[bytes] | None = None

    @property
    def console(self) -> Path:
        """The file that stands for the operator's terminal; each start begins it anew."""
        return self.var.with_name(f"{self.var.name}.{self.terminal}")

    def start(self) -> None:
        """Start the supervisor and return when it has printed its address; fail with its console when it ended."""
        self.spawn()
        wait_until(self._has_decided, deadline_seconds=_START_SECONDS, what="the supervisor prints its address")
        match = re.search(r"AGORA runs at (\S+)/", self.printed())
        assert match, f"the supervisor ended at its start:\n{self.printed()}"
        self.address = match.group(1)

    def spawn(self) -> None:
        """Start the supervisor without waiting."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in _FOREIGN and not name.startswith(("AGORA_", "PYTEST_"))
        }
        command = [sys.executable, "-m", "agora.supervisor", "run", f"--var={self.var}", "--port=0", *self.arguments]
        with self.console.open("wb") as console:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                env={**environment, **self.environment},
                start_new_session=True,
            )

    def printed(self) -> str:
        """Return what the operator has seen so far."""
        return self.console.read_text(encoding="utf-8", errors="replace")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask the supervisor to stop and return its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=_STOP_SECONDS)

    def kill(self) -> None:
        """Kill the supervisor as the kernel would when memory runs out."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def processes(self) -> dict[int, str]:
        """Return process id and command line of every process that belongs to this `var` folder."""
        mine = os.getpid()
        found = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and int(folder.name) != mine and self._owns(folder):
                with suppress(OSError):
                    command_line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    found[int(folder.name)] = command_line
        return found

    def wait_until_gone(self, *, deadline_seconds: float = _STOP_SECONDS) -> None:
        """Return when no process of this site is left; fail naming those that are."""
        try:
            wait_until(lambda: not self.processes(), deadline_seconds=deadline_seconds, what="no process is left")
        except Exception as error:
            raise AssertionError(f"left behind: {self.processes()}") from error

    def recorded_process(self, name: str) -> int:
        """Return the process id of a child by the supervisor's own name for it."""
        noted = json.loads((self.var / "run" / "processes.json").read_text(encoding="utf-8"))
        return int(noted[name][0])

    def log(self, name: str) -> str:
        """Return the log of one process."""
        return (self.var / "log" / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def setting(self, name: str) -> str:
        """Return a value that the supervisor wrote for operators' commands, such as DATABASE_URL."""
        lines = (self.var / "secrets" / "environment").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)[name]

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement on the site's database, committed, and return its rows: what pages say is not believed here."""
        connection = psycopg2.connect(self.setting("DATABASE_URL"))
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def scoring_child(self) -> int | None:
        """Return the process id of a child that parses or scores a file now, None when there is none."""
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                words = (folder / "cmdline").read_bytes().split(b"\0")
                # The command first: to ask every process of the machine for its files takes longer than many a child lives.
                if b"scoring.child" in words and not any(b"launch.py" in word for word in words) and self._owns(folder):
                    return int(folder.name)
        return None

    def _has_decided(self) -> bool:
        ended = self.process is not None and self.process.poll() is not None
        return ended or "AGORA runs at" in self.printed()

    def _owns(self, folder: Path) -> bool:
        """Judge a /proc folder by command line, working folder, environment and open files.

        The engines have no environment of ours, and the children that score have neither that nor a folder, but
        descriptors of the files they read.
        """
        var = os.fsencode(self.var)
        try:
            if (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[0] == "Z":
                return False
            inside = os.fsencode((folder / "cwd").readlink()).startswith(var)
            named = var in (folder / "cmdline").read_bytes() or var in (folder / "environ").read_bytes()
            return (
                inside
                or named
                or any(os.fsencode(file.readlink()).startswith(var) for file in (folder / "fd").iterdir())
            )
        except OSError:
            return False

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """End the supervisor if it still runs, in order first, so that a failed test leaves nothing."""
        if self.process is None or self.process.poll() is not None:
            return
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.kill()
