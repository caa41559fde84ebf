"""A site with scores that a child computed, and an empty place beside it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from agora.competitions.models import Phase
from agora.evaluations import services
from tests.agora import factories
from tests.agora.operations.places import TRUTH, enter
from tests.agora.operations.processes import command, database_url, environment

_PLACE, _STARTED = "restored", "started"  # databases beside the test's own


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
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {_PLACE}")
        cursor.execute(f"CREATE DATABASE {_PLACE}")
    yield environment(tmp_path / "place", DATABASE_URL=database_url(_PLACE))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {_PLACE} WITH (FORCE)")


@pytest.fixture(scope="package")
def template(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Make the database of a site that was started and never used, and return its name: a copy costs less than a start."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {_STARTED}")
        given = environment(tmp_path_factory.mktemp("started"), DATABASE_URL=database_url(_STARTED))
        assert command("migrate", "--noinput", given=given).returncode == 0
    yield _STARTED
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {_STARTED}")


@pytest.fixture
def started(place: dict[str, str], template: str) -> dict[str, str]:
    """Return the environment of `place` once a site was started there."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {_PLACE}")
        cursor.execute(f"CREATE DATABASE {_PLACE} TEMPLATE {template}")
    return place
