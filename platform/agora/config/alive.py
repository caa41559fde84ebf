"""Say whether a process of this container does its work: `python -m agora.config.alive web|beat|worker QUEUE`.

For health checks that run every half minute: it loads the settings and no app, so that it costs a third of a second. Exit
status 0: alive; 1: not, with the reason in one line; 2: the call is wrong.
"""

import http.client
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing

import psycopg2
from django.conf import settings
from django.db import connection

from agora.config.celery import sent_file

_WEB_ADDRESS = ("127.0.0.1", 8000)  # of the image's own command
_WEB_PAGE = "/readyz"
_WEB_SECONDS = 8.0
_MISSED = 3  # heartbeats, or sweeps of the clock, after which silence means death
_SIGN_OF_LIFE = "SELECT 1 FROM core_worker WHERE name = %s AND seen_at > clock_timestamp() - %s * interval '1 second'"


class NotAliveError(Exception):
    """The process does not do its work; the message says what was looked at."""


def web(address: tuple[str, int] = _WEB_ADDRESS) -> None:
    """Ask the web process of this container whether it and everything behind it are ready."""
    # By the site's own name: any other is refused before the page is reached.
    name = next(iter(settings.ALLOWED_HOSTS), "localhost").lstrip(".").replace("*", "localhost")
    client = http.client.HTTPConnection(*address, timeout=_WEB_SECONDS)
    try:
        client.request("GET", _WEB_PAGE, headers={"Host": name})
        answer = client.getresponse()
        if answer.status != http.HTTPStatus.OK:
            raise NotAliveError(f"{_WEB_PAGE} answers {answer.status}: {answer.read(500).decode(errors='replace')}")
    except (OSError, http.client.HTTPException) as error:
        raise NotAliveError(f"{_WEB_PAGE}: {type(error).__name__}: {error}") from error
    finally:
        client.close()


def worker(queue: str) -> None:
    """Look for the sign of life that this container's worker of a queue writes into the database."""
    name, silence = f"{queue}@{socket.gethostname()}", _MISSED * settings.PERIODS["heartbeat"]
    try:
        # Past Django's cursor, which warns where no app is loaded.
        with closing(connection.get_new_connection(connection.get_connection_params())) as own, own.cursor() as cursor:
            cursor.execute(_SIGN_OF_LIFE, [name, silence])
            found = cursor.fetchone()
    except psycopg2.Error as error:
        raise NotAliveError(f"database: {type(error).__name__}: {error}") from error
    if found is None:
        raise NotAliveError(f"no sign of life of {name} for {silence:g} s")


def beat() -> None:
    """Look when the clock of this container last sent a task to the broker."""
    silence = _MISSED * max(settings.PERIODS["sweep"], settings.PERIODS["heartbeat"])
    file = sent_file()
    if not file.exists() or time.time() - file.stat().st_mtime > silence:
        raise NotAliveError(f"no task sent for {silence:g} s")


_CHECKS: dict[tuple[str, int], Callable[..., None]] = {("web", 0): web, ("beat", 0): beat, ("worker", 1): worker}


def main(arguments: Sequence[str]) -> int:
    """Run one check and return the exit status."""
    check = _CHECKS.get((arguments[0], len(arguments) - 1)) if arguments else None
    if check is None:
        sys.stderr.write("usage: python -m agora.config.alive web | beat | worker QUEUE\n")
        return 2
    try:
        check(*arguments[1:])
    except NotAliveError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agora.config.settings")
    sys.exit(main(sys.argv[1:]))
