"""A throwaway RabbitMQ node from Debian's package, in the foreground, with a name, ports, folders and a cookie of its own."""

import os
import secrets
import signal
from collections.abc import Callable
from pathlib import Path

from kombu import Connection
from kombu.exceptions import OperationalError

from agora.supervisor.engines import Engine, free_port
from agora.supervisor.folders import private_folder, write_private
from agora.supervisor.process import Child

_SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"  # behind /usr/sbin's wrapper, which changes to another user
_LOOPBACK = "{127,0,0,1}"


class RabbitMQ(Engine):
    """A RabbitMQ node on 127.0.0.1; `directory` holds all that it writes.

    Erlang's name server (epmd) is a daemon that outlives the node that starts it. Here it is a foreground child on a port of
    its own, started first and stopped last, so that the node finds one and leaves none.
    """

    name = "rabbitmq"
    start_seconds = 180.0  # ten on a quiet machine

    def __init__(self, directory: Path) -> None:
        self.directory = private_folder(directory.absolute())
        self._port, self._distribution_port, self._names_port = free_port(), free_port(), free_port()
        self._password = secrets.token_urlsafe(18)
        self._names: Child | None = None

    @property
    def url(self) -> str:
        """Return the broker's address."""
        return f"amqp://agora:{self._password}@127.0.0.1:{self._port}//"

    def spawn(self) -> None:
        """Start name server and node without waiting; ports, messages and queues stay the same over restarts."""
        lines = ["default_user = agora", f"default_pass = {self._password}", "log.console = true", "log.file = false"]
        write_private(self.directory / "rabbitmq.conf", "\n".join(lines) + "\n")
        write_private(self.directory / "plugins", "[].\n")
        if self._names is None:
            self._names = self._child("epmd", ["epmd", "-port", str(self._names_port), "-address", "127.0.0.1"])
            self._names.start()
        self.child = self._child(self.name, [_SERVER])
        self.child.start()

    def is_ready(self) -> bool:
        """Log in as the site does."""
        try:
            with Connection(self.url, connect_timeout=1) as connection:
                connection.connect()
        except (OSError, OperationalError):
            return False
        return True

    def kill(self) -> None:
        """End the node as a crash does."""
        assert self.child is not None
        self.child.kill_group()

    def stop(self, *, hurry: Callable[[], bool] = lambda: False) -> None:
        """End the node, then its name server."""
        super().stop(hurry=hurry)
        if self._names is not None:
            self._names.stop(deadline_seconds=5)

    def _child(self, name: str, command: list[str]) -> Child:
        log = self.directory / f"{name}.log"
        return Child(name, command, log, self._environment(), self.directory, death_signal=signal.SIGKILL)

    def _environment(self) -> dict[str, str]:
        """Name every place that the node would otherwise look for in /etc, /var or the user's home."""
        here = str(self.directory)
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C.UTF-8",
            "HOME": here,  # Erlang keeps its cookie there
            "ERL_EPMD_PORT": str(self._names_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            # The script becomes the node instead of standing before it: signals, the kernel's too, reach the node.
            "RUNNING_UNDER_SYSTEMD": "true",
            "RABBITMQ_NODENAME": f"agora-{self._port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel inet_dist_use_interface {_LOOPBACK}",
            "RABBITMQ_CONF_ENV_FILE": f"{here}/none",
            "RABBITMQ_CONFIG_FILE": f"{here}/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{here}/advanced.config",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{here}/plugins",
            "RABBITMQ_MNESIA_BASE": f"{here}/data",
            "RABBITMQ_LOG_BASE": f"{here}/log",
            "RABBITMQ_PID_FILE": f"{here}/pid",
        }
