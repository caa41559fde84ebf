"""What every test of the site needs: static files under their own names."""

from pathlib import Path
from typing import Any

import pytest

from tests.agora import children
from tests.agora.children import Breaker, Stand


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    """Name static files as they are: the manifest exists only after collectstatic."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    storages = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STORAGES = storages


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Hash passwords quickly: that the real hash is slow is the point of it, and no test's business."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> Path:
    """Give the test storage of its own and return its root."""
    root = tmp_path / "files"
    aliases = {
        name: {**described, "OPTIONS": {**described["OPTIONS"], "location": str(root / name)}}
        for name, described in settings.STORAGES.items()
        if name != "staticfiles"
    }
    settings.STORAGES = {**settings.STORAGES, **aliases}
    return root


@pytest.fixture
def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    """Let a script stand in for the scorer."""
    return Stand(tmp_path, monkeypatch)


@pytest.fixture
def breaking(stand: Stand, settings: Any) -> Breaker:
    """Let the scorer break a limit: the one that is named, and only that one."""

    def break_limit(limit: str) -> None:
        if limit == "limit_memory":
            settings.CHILD_MEMORY_BYTES = 100 * 1024 * 1024
            stand.in_(children.EATER)
        else:
            settings.CHILD_DEADLINE_SECONDS = 0.3
            stand.in_(children.SLEEPER)

    return break_limit
