"""One world for all tests of this folder: the matrix's, scored by the real scorer, and all that was logged while it was made."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.agora.canary.report import TALLY
from tests.agora.children import Stand
from tests.agora.permissions.world import World, world_in


@pytest.fixture(scope="package")
def log() -> Iterator[io.StringIO]:
    """Return everything that any logger of any level says, traces included, from before the world is made."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.fixture(scope="package")
def world(
    log: io.StringIO, django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Return the world; all that happens in it is rolled back at the end."""
    folder = tmp_path_factory.mktemp("canary")
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        with world_in(folder, Stand(folder, patch)) as world:
            yield world
        transaction.set_rollback(True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much was searched: a canary that looked at nothing proves nothing."""
    if TALLY.responses:
        terminalreporter.write_line(f"canary: {TALLY.responses:,} responses, {TALLY.bytes:,} bytes searched")
