"""A pytest plugin: throwaway PostgreSQL and Valkey servers for the tests that need them.

Loaded by `-p tests.engines` (pyproject.toml) before pytest-django reads the settings: the addresses are fixed and put
into the environment first, the servers start when a collected test needs them and stop at the end of the session,
whatever happens. Nothing is started for the pure tests. Another engine is one more entry of `_make_engines`.
"""

import os
import shutil
import tempfile
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agora.supervisor.engines import Engine, PostgreSQL, Valkey

# Tests of this folder talk to the servers; every other folder is pure or brings its own stack.
_FOLDER_WITH_ENGINES = "tests/agora/"


@dataclass
class Engines:
    """The session's servers and the private folder that holds all they write."""

    folder: Path
    engines: tuple[Engine, ...]
    running: list[Engine] = field(default_factory=list)

    def start(self) -> None:
        """Start what does not run yet."""
        for engine in self.engines:
            if engine not in self.running:
                self.running.append(engine)
                engine.start()

    def stop(self) -> None:
        """Stop everything, last started first, and remove the folder."""
        while self.running:
            self.running.pop().stop()
        shutil.rmtree(self.folder, ignore_errors=True)


_ENGINES = pytest.StashKey[Engines]()


def _make_engines(folder: Path) -> Engines:
    """Prepare the servers without starting them and say in the environment where they will be."""
    postgresql = PostgreSQL(folder / "postgresql", is_durable=False)
    valkey = Valkey(folder / "valkey")
    os.environ["DATABASE_URL"] = postgresql.url
    os.environ["CELERY_BROKER_URL"] = valkey.url
    os.environ["CACHE_URL"] = valkey.database_url(1)
    return Engines(folder, (postgresql, valkey))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Fix the addresses and the settings module before anything reads them."""
    # Short: a unix socket's path is limited to 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="agora-tests-"))
    early_config.stash[_ENGINES] = _make_engines(folder)
    os.environ["AGORA_VAR"] = str(folder / "var")
    # The server has just started and no lease is older than it.
    os.environ["AGORA_PERIOD_GRACE"] = "0.001"
    os.environ["DJANGO_SETTINGS_MODULE"] = "agora.config.settings"
    for name in ("AGORA_SECRET_KEY_FILE", "AGORA_ROLE", "AGORA_LOCAL", "AGORA_HOST", "AGORA_PORT"):
        os.environ.pop(name, None)
    early_config.add_cleanup(early_config.stash[_ENGINES].stop)
    return (yield)


def _needs_engines(item: pytest.Item) -> bool:
    """Say whether a test is of the folder that talks to the servers, or asks for the database itself."""
    return item.nodeid.startswith(_FOLDER_WITH_ENGINES) or item.get_closest_marker("django_db") is not None


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Start the servers once it is known that a selected test needs them."""
    if session.config.option.collectonly:
        return
    if any(_needs_engines(item) for item in session.items):
        session.config.stash[_ENGINES].start()
