"""How a program that refuses to run as root is started by root."""

import os
import subprocess

from agora.supervisor.errors import SupervisorError

# A user namespace in which this user is not root: it costs nothing and changes no file's owner.
_UNPRIVILEGED = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")


def unprivileged_prefix() -> tuple[str, ...]:
    """Return the command that gives up root, empty for an ordinary user."""
    if os.geteuid() != 0:
        return ()
    try:
        answer = subprocess.run([*_UNPRIVILEGED, "true"], capture_output=True, text=True)
        refusal = answer.stderr.strip() if answer.returncode else ""
    except FileNotFoundError:
        refusal = "the program `unshare` (package util-linux) is missing"
    if refusal:
        raise SupervisorError(
            f"PostgreSQL does not run as root, and this system refuses a user namespace to give root up ({refusal}). "
            "Run as an ordinary user:\n"
            "    useradd --system --create-home --home-dir /var/lib/agora agora\n"
            "    runuser -u agora -- make run VAR=/var/lib/agora/var\n"
            "or give a server with DATABASE_URL=postgresql://…"
        )
    return _UNPRIVILEGED
