"""One world for all tests of this folder."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.agora.permissions.roles import ROLES
from tests.agora.permissions.routes import routes
from tests.agora.permissions.walk import lines
from tests.agora.permissions.world import World, world_in

_SIZE = pytest.StashKey[str]()


@pytest.fixture(scope="package")
def world(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    """Return the world; all that happens in it is rolled back at the end."""
    folder = tmp_path_factory.mktemp("world")
    with django_db_blocker.unblock(), transaction.atomic():
        with world_in(folder) as world:
            yield world
            request.config.stash[_SIZE] = size(world)
        transaction.set_rollback(True)


def size(world: World) -> str:
    """Return how large the matrix is, and how many requests its tests sent."""
    found, rows = routes(), lines()
    admin = sum(route.is_admin for route in found)
    cells = len(rows) * len(ROLES)
    return (
        f"{len(found) - admin} routes and {admin} of the administration, {len(rows)} rows, {cells:,} cells with an outcome, "
        f"{next(world.visits):,} requests"
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how large the matrix was."""
    if _SIZE in config.stash:
        terminalreporter.write_line(f"matrix: {config.stash[_SIZE]}")
