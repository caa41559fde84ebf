"""A site with scores that a child computed, and an empty place beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from agora.competitions.models import Phase
from agora.evaluations import services
from tests.agora import factories
from tests.agora.operations.places import TRUTH, enter
from tests.agora.operations.processes import database_url, environment


@pytest.fixture
def phase(files: Path, tmp_path: Path) -> Phase:
    """Return a phase with two entries that a child has scored, one of them imperfect."""
    phase = factories.make_open_phase(tmp_path, TRUTH)
    enter(phase, TRUTH.ranking())
    enter(
        phase, TRUTH.ranking(lambda query, item: (item["image_id"][-1], item["pid"] == query["pid"], item["image_id"]))
    )
    while services.score_next():
        pass
    return phase


@pytest.fixture
def place(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Make another, empty database and give the environment of a site on it."""
    name = "restored"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name}")
    yield environment(tmp_path / "place", DATABASE_URL=database_url(name))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
