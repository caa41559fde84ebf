"""Sites for the live tests: one with the demo content for the journeys, bare ones for what ends badly."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.site import LiveSite

# Seconds; short, so that a recovery that would take half a minute in operation takes two seconds here.
SHORT_PERIODS = {
    "AGORA_PERIOD_SWEEP": "1",
    "AGORA_PERIOD_REAPER": "1",
    "AGORA_PERIOD_LEASE": "2",
    "AGORA_PERIOD_HEARTBEAT": "0.5",
}


@pytest.fixture
def bare_site(tmp_path: Path) -> Iterator[LiveSite]:
    """Return a site that is not started yet, without demo content, in a folder with a space in its name."""
    site = LiveSite(tmp_path / "a site" / "var", SHORT_PERIODS, ("--no-demo",))
    site.var.parent.mkdir()
    yield site
    site.end()
    site.wait_until_gone()


@pytest.fixture(scope="module")
def running_bare_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """Return a running site without demo content that the tests of one module share."""
    site = LiveSite(tmp_path_factory.mktemp("shared") / "var", SHORT_PERIODS, ("--no-demo",))
    with site:
        yield site
    site.wait_until_gone()


@pytest.fixture(scope="session")
def demo_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """Return the running site with its demo content; tests share it and make their own visitors."""
    site = LiveSite(tmp_path_factory.mktemp("demo") / "var", SHORT_PERIODS)
    with site:
        yield site
    site.wait_until_gone()
