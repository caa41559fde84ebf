"""What the operator asked for, and the environment that the site's processes get from it."""

import ipaddress
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agora.supervisor.folders import write_private

_WRITTEN = (
    "DATABASE_URL",
    "CELERY_BROKER_URL",
    "CACHE_URL",
    "AGORA_SECRET_KEY_FILE",
    "AGORA_LOCAL",
    "AGORA_HOST",
    "AGORA_PORT",
    "AGORA_ALLOWED_HOSTS",
)


@dataclass(frozen=True)
class Options:
    """The command line of `run`, with `var` absolute; port 0 stands for any free port."""

    host: str
    port: int
    var: Path
    has_demo: bool = True
    demo_identities: int | None = None  # None: as many people as the pack says
    has_runs: bool = True  # whether this machine computes baseline runs

    @property
    def is_loopback(self) -> bool:
        """Say whether the site is reachable from this machine alone."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def address(self, port: int) -> str:
        """Return the site's address in a browser on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104 - wildcard to loopback
        return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{port}/"


def site_environment(options: Options, *, port: int, urls: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of every process of the site: the operator's own, then what this run decides.

    Confirmation links are shown on pages (AGORA_LOCAL) only where nobody but this machine's users can ask for them.
    """
    environment = dict(os.environ)
    environment.update(urls)
    environment.update(
        {
            "DJANGO_SETTINGS_MODULE": "agora.config.settings",
            "AGORA_VAR": str(options.var),
            "AGORA_SECRET_KEY_FILE": environment.get("AGORA_SECRET_KEY_FILE")
            or str(options.var / "secrets" / "django_secret_key"),
            "AGORA_LOCAL": "1" if options.is_loopback else "0",
            "AGORA_HOST": options.host,
            "AGORA_PORT": str(port),
            "PYTHONUNBUFFERED": "1",
        }
    )
    environment.setdefault("AGORA_ALLOWED_HOSTS", f"127.0.0.1,localhost,[::1],{options.host}")
    return environment


def write_environment(options: Options, environment: Mapping[str, str]) -> None:
    """Write the addresses beside the secrets (0600), so that an operator's `python manage.py …` finds the servers."""
    lines = [f"{name}={environment[name]}\n" for name in _WRITTEN if environment.get(name)]
    write_private(options.var / "secrets" / "environment", "".join(lines))


def python_module(module: str, *arguments: str) -> list[str]:
    """Return the command for a module of this Python; -P keeps the current folder off the import path."""
    return [sys.executable, "-P", "-m", module, *arguments]
