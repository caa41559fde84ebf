"""Read the environment: process variables first, then the file that the supervisor writes beside its secrets."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit


class EnvironmentValueError(ValueError):
    """A variable is set to something that cannot be used; the message names the variable."""


@dataclass(frozen=True)
class Environment:
    """The variables of this process over those in a file of KEY=VALUE lines: ``<var>/secrets/environment``, or the one given."""

    values: dict[str, str]

    @classmethod
    def load(cls, root: Path) -> "Environment":
        """Read both sources; `root` holds the default ``var``. A file that AGORA_ENVIRONMENT_FILE names must be there."""
        var = Path(os.environ.get("AGORA_VAR", root / "var")).resolve()
        given = os.environ.get("AGORA_ENVIRONMENT_FILE")
        written = Path(given) if given else var / "secrets" / "environment"
        values: dict[str, str] = {}
        # PermissionError is left to rise: a file that another user owns means the wrong user runs this command.
        if given or written.exists():
            lines = (line.partition("=") for line in written.read_text(encoding="utf-8").splitlines() if "=" in line)
            values.update({key.strip(): value.strip() for key, _, value in lines})
        values.update(os.environ)
        values["AGORA_VAR"] = str(var)
        return cls(values)

    def text(self, name: str, default: str = "") -> str:
        """Return the variable or `default`; an empty value counts as unset."""
        return self.values.get(name) or default

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return whether the variable is 1, true, yes or on; anything else than those and their opposites is an error."""
        value = self.text(name, "1" if default else "0").lower()
        if value in {"1", "true", "yes", "on"}:
            return True
        if value in {"0", "false", "no", "off"}:
            return False
        raise EnvironmentValueError(f"{name}={value!r}: expected 1 or 0")

    def seconds(self, name: str, default: float) -> float:
        """Return a positive number of seconds."""
        try:
            value = float(self.text(name, str(default)))
        except ValueError as error:
            raise EnvironmentValueError(f"{name}: expected a number of seconds") from error
        if value <= 0:
            raise EnvironmentValueError(f"{name}: expected a positive number of seconds")
        return value

    def integer(self, name: str, default: int) -> int:
        """Return a whole number."""
        try:
            return int(self.text(name, str(default)))
        except ValueError as error:
            raise EnvironmentValueError(f"{name}: expected a whole number") from error

    @property
    def var(self) -> Path:
        """The folder of everything this installation writes."""
        return Path(self.values["AGORA_VAR"])


def postgresql_settings(url: str) -> dict[str, object]:
    """Turn ``postgresql://user:password@host:port/name?host=<socket folder>`` into Django's settings."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise EnvironmentValueError("DATABASE_URL: expected postgresql://…; AGORA runs on PostgreSQL only")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    # Named there, as libpq allows, they are the same: what is left of the query is shown to whoever lists processes.
    user, password = query.pop("user", ""), query.pop("password", "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "agora",
        "USER": user or unquote(parts.username or ""),
        "PASSWORD": password or unquote(parts.password or ""),
        "HOST": query.pop("host", "") or (parts.hostname or ""),
        "PORT": query.pop("port", "") or str(parts.port or ""),
        # A server whose machine is gone refuses nothing: without a bound every process would wait for minutes.
        "OPTIONS": {"connect_timeout": "5", **query},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
