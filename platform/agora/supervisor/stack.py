"""The whole site on one machine: engines, preparation, processes, and their end in order."""

import logging
import os
import socket
import urllib.error
import urllib.request
from pathlib import Path

from agora.supervisor.console import demo_lines, say
from agora.supervisor.engines import Engine, PostgreSQL, Valkey
from agora.supervisor.errors import SupervisorError
from agora.supervisor.folders import private_folder, secret
from agora.supervisor.lock import ProcessMemory
from agora.supervisor.options import Options, site_environment, write_environment
from agora.supervisor.plan import Site, gpu_queues, scoring_slots
from agora.supervisor.process import Child, run_to_end, wait_until
from agora.supervisor.rotation import rotate
from agora.supervisor.stops import StopWish
from agora.supervisor.watch import Watched

logger = logging.getLogger(__name__)

_PREPARE_SECONDS = 300.0
_DEMO_SECONDS = 900.0
_WEB_SECONDS = 90.0
_STOP_SECONDS = 20.0
_LOOK_SECONDS = 0.5
_TEST_REQUEST_SECONDS = 5.0


class Stack:
    """Starts and stops all processes of one `var` folder; `wish` is asked during every wait."""

    def __init__(self, options: Options, wish: StopWish) -> None:
        self._options = options
        self._wish = wish
        self._engines: list[Engine] = []
        self._children: list[Child] = []
        self._watched: list[Watched] = []
        self._memory = ProcessMemory(options.var / "run" / "processes.json")
        self._socket: socket.socket | None = None

    def start(self) -> str:
        """Bring everything up and return the site's address."""
        for name in ("run", "log", "secrets", "mail", "files"):
            private_folder(self._options.var / name)
        for name in self._memory.end_leftovers():
            logger.warning("ended a leftover program=%s", name)
            say(f"An earlier run did not stop in order: ended its {name}.")
        self._socket = bound_socket(self._options.host, self._options.port)
        port = self._socket.getsockname()[1]
        secret(self._options.var / "secrets" / "django_secret_key", length_bytes=48)
        secret(self._options.var / "secrets" / "metrics_token")
        environment = site_environment(self._options, port=port, urls=self._start_engines())
        write_environment(self._options, environment)
        site = Site(environment, self._options.var)
        self._prepare(site)
        self._start_site(site, self._socket.fileno())
        self._wait_for_web(self._options.address(port))
        if self._options.has_demo:
            self._make_demo(site, self._options.address(port))
        return self._options.address(port)

    def watch(self) -> None:
        """Keep every process running until the operator asks for the end."""
        while not self._wish.count:
            self._look()
            self._wish.wait(_LOOK_SECONDS)

    def stop(self) -> None:
        """End everything: first who brings work, then who does it, then the engines."""
        for child in reversed(self._children):
            child.ask_to_stop()
        for child in reversed(self._children):
            if not child.stop(deadline_seconds=_STOP_SECONDS, hurry=lambda: self._wish.is_hurried):
                say(f"{child.name} did not end in time and was killed.")
        for engine in reversed(self._engines):
            engine.stop(hurry=lambda: self._wish.is_hurried)
        if self._socket is not None:
            self._socket.close()
        self._memory.forget()

    def _start_engines(self) -> dict[str, str]:
        """Start what no address was given for; return the addresses that the site needs beside the given ones."""
        var, log = self._options.var, self._options.var / "log"
        urls: dict[str, str] = {}
        if not os.environ.get("DATABASE_URL"):
            postgresql = PostgreSQL(var / "postgresql", secrets_folder=var / "secrets", log=log / "postgresql.log")
            self._start_engine(postgresql)
            urls["DATABASE_URL"] = postgresql.url
        if not (os.environ.get("CELERY_BROKER_URL") and os.environ.get("CACHE_URL")):
            valkey = Valkey(var / "valkey", secrets_folder=var / "secrets", log=log / "valkey.log")
            self._start_engine(valkey)
            urls["CELERY_BROKER_URL"] = os.environ.get("CELERY_BROKER_URL") or valkey.url
            urls["CACHE_URL"] = os.environ.get("CACHE_URL") or valkey.database_url(1)
        return urls

    def _start_engine(self, engine: Engine) -> None:
        self._engines.append(engine)
        engine.start(watch=self._wish.check)
        self._watched.append(Watched(child=lambda: engine.child, start=engine.spawn))
        self._remember()

    def _prepare(self, site: Site) -> None:
        """Bring the tables and the static files to this version of the code."""
        say("Preparing the database and the static files …")
        run_to_end(site.manage("migrate", "--noinput"), deadline_seconds=_PREPARE_SECONDS, watch=self._wish.check)
        collect = site.manage("collectstatic", "--noinput")
        run_to_end(collect, deadline_seconds=_PREPARE_SECONDS, watch=self._wish.check)

    def _start_site(self, site: Site, descriptor: int) -> None:
        self._start_child(site.web(descriptor))
        self._start_child(site.worker("scoring", concurrency=scoring_slots()))
        self._start_child(site.worker("housekeeping", concurrency=1))
        if self._options.has_runs:
            self._start_child(site.worker("baselines", concurrency=1, beside=gpu_queues()))
        self._start_child(site.beat())
        self._remember()

    def _start_child(self, child: Child) -> None:
        watched = Watched(child=lambda: child, start=child.start)
        watched.begin()
        self._children.append(child)
        self._watched.append(watched)

    def _wait_for_web(self, address: str) -> None:
        """Return when the web server answers; raise SupervisorError when a process ended instead."""

        def is_decided() -> bool:
            return any(not child.is_running for child in self._children) or _answers(f"{address}readyz")

        # Not every few milliseconds: each request is a line in the log.
        wait_until(
            is_decided,
            deadline_seconds=_WEB_SECONDS,
            what="the web server answers",
            watch=self._wish.check,
            every_seconds=0.2,
        )
        for child in self._children:
            if not child.is_running:
                raise SupervisorError(
                    f"{child.name} ended at its start with status {child.exit_status}; the end of {child.log}:\n"
                    f"{child.log_tail()}"
                )

    def _make_demo(self, site: Site, address: str) -> None:
        """Compute the demo content once; a run that was interrupted is taken up again by the next one."""
        done = self._options.var / "run" / "demo-done"
        if done.exists():
            return
        say(f"The site answers at {address} while its demo content is made (synthetic images, two baselines):")
        say("one to two minutes, this once …")
        people = self._options.demo_identities
        demo = site.manage("demo", *([f"--identities={people}"] if people else []))
        run_to_end(demo, deadline_seconds=_DEMO_SECONDS, watch=self._look_and_check)
        done.touch(mode=0o600)

    def _look_and_check(self) -> None:
        """Keep the processes running while the demo content is made."""
        self._wish.check()
        self._look()

    def _look(self) -> None:
        """Look at every process once, note the new ones, and keep the logs bounded."""
        started = [watched.look() for watched in self._watched]
        for child in self._running():
            if rotate(child.log):
                logger.info("log cut program=%s", child.name)
        if any(started):
            self._remember()

    def _remember(self) -> None:
        self._memory.write(self._running())

    def _running(self) -> list[Child]:
        """Return every process that was started, engines first."""
        return [*(engine.child for engine in self._engines if engine.child is not None), *self._children]


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address, not yet listening; raise SupervisorError naming a taken port."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise SupervisorError(f"HOST={host}: {error.strerror}") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise SupervisorError(
            f"cannot use port {port} of {host}: {error.strerror}. Choose another one: make run PORT={port + 1}"
        ) from error
    return listener


def welcome(options: Options, address: str) -> None:
    """Tell the operator where the site is and how to get in."""
    say("")
    say(f"AGORA runs at {address}")
    file = options.var / "secrets" / "demo.json"
    lines = demo_lines(file)
    if lines:
        say(f"Demo accounts of this installation (kept in {_short(file)}):")
        for line in lines:
            say(line)
    if not options.is_loopback:
        say(
            "Reachable from other machines: put a proxy with TLS in front and set AGORA_ALLOWED_HOSTS and AGORA_ORIGINS."
        )
    say(f"Logs: {_short(options.var / 'log')}. Ctrl-C stops the site.")


def _short(path: Path) -> str:
    """Return the path relative to the current folder where it lies below it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _answers(url: str) -> bool:
    """Say whether a plain GET is answered with 200."""
    # No proxy from the environment: the address is this machine's.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=_TEST_REQUEST_SECONDS) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
