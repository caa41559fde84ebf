"""What every test of the site needs: static files under their own names, quick passwords, an empty database behind it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import TransactionTestCase

from agora.core import attempts
from tests.agora import children
from tests.agora.children import Breaker, Stand
from tests.agora.clearing import clear_database
from tests.agora.remembering import Memory
from tests.agora.stores import PLAIN_STATIC_FILES, QUICK_HASHERS, stores_below


@pytest.fixture(scope="session", autouse=True)
def _quick_clearing() -> Iterator[None]:
    """Empty the database by deletions after tests with transactions of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: clear_database())
        yield


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    """Name static files as they are."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    settings.STORAGES = {**settings.STORAGES, **PLAIN_STATIC_FILES}


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Hash passwords quickly."""
    settings.PASSWORD_HASHERS = QUICK_HASHERS


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> Path:
    """Give the test storage of its own and return its root."""
    root = tmp_path / "files"
    settings.STORAGES = {**settings.STORAGES, **stores_below(root)}
    return root


@pytest.fixture(scope="session")
def memory() -> Memory:
    """Return what the scorer has answered so far."""
    return Memory()


@pytest.fixture
def remembered(memory: Memory) -> Iterator[None]:
    """Let the real scorer answer each question once for all tests that have this fixture."""
    with pytest.MonkeyPatch.context() as patch:  # of its own: a test may undo what it patched itself
        patch.setattr(attempts, "ask_scorer", memory.ask)
        yield


@pytest.fixture
def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    """Let a script stand in for the scorer."""
    return Stand(tmp_path, monkeypatch)


@pytest.fixture
def breaking(stand: Stand, settings: Any) -> Breaker:
    """Let the scorer break a limit: the one that is named, and only that one."""

    def break_limit(limit: str) -> None:
        ways = {
            "limit_memory": children.EATER,
            "limit_time": children.SLEEPER,
            "limit_size": children.FILLER,
            "limit_tasks": children.BOMB,
        }
        if limit == "limit_memory":
            settings.CHILD_MEMORY_BYTES = 100 * 1024 * 1024
        if limit == "limit_time":
            settings.CHILD_DEADLINE_SECONDS = 0.3
        stand.in_(ways[limit])

    return break_limit
