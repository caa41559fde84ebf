"""Start the site's real processes on the test's database, each with its log in a file."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from agora.core import dumping

ROOT = Path(__file__).resolve().parents[3]


def database_url(name: str = "") -> str:
    """Return the address of the test's database, or of another one on the same server."""
    given = connection.settings_dict
    password = quote(given["PASSWORD"], safe="")
    return f"postgresql://{given['USER']}:{password}@/{name or given['NAME']}?host={given['HOST']}"


def environment(var: Path, **changes: str) -> dict[str, str]:
    """Return the environment of a process of the site whose data lie in `var`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PROMETHEUS")}
    return {**kept, "DATABASE_URL": database_url(), "AGORA_VAR": str(var), "PYTHONUNBUFFERED": "1", **changes}


@contextmanager
def running(module: str, *arguments: str, log: Path, given: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a module of this Python while the `with` lasts; it is asked to stop and waited for."""
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments], env=given, cwd=ROOT, stdout=file, stderr=file
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            finally:
                process.kill()
                process.wait()


def command(*arguments: str, given: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one of the site's commands to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], env=given, cwd=ROOT, capture_output=True, text=True, timeout=120
    )


def query(given: dict[str, str], sql: str) -> list[str]:
    """Return the words of a query's answer from the database of a site, without starting a process of the site."""
    program = dumping._program("psql", 15)
    answer = subprocess.run(
        [program, "--no-psqlrc", "-At", "-F", " ", "-c", sql, given["DATABASE_URL"]],
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout.split()


def lines(text: str) -> Sequence[dict[str, object]]:
    """Return the log lines of a text, every one of which is a JSON object."""
    return [json.loads(line) for line in text.splitlines()]
