"""What every test of the site needs: static files under their own names."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    """Name static files as they are: the manifest exists only after collectstatic."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    storages = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STORAGES = storages


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
