"""Sites for the live tests: one with the demo content for the journeys, bare ones for what ends badly."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.disk import small_file_system
from tests.live.measurements import MEASUREMENTS, NOTES, table
from tests.live.site import LiveSite

# Periods in seconds; short, so that a recovery that would take half a minute in operation takes two seconds here. Not shorter:
# each is a task with a connection of its own, and ten of them a second take a fifth of a core from the tests.
SETTINGS = {
    "AGORA_PERIOD_SWEEP": "1",
    "AGORA_PERIOD_REAPER": "1",
    "AGORA_PERIOD_LEASE": "3",
    "AGORA_PERIOD_GRACE": "20",
    "AGORA_PERIOD_HEARTBEAT": "0.5",
    "AGORA_PERIOD_RETRY": "0.5",
    "AGORA_PERIOD_HOUSEKEEPING": "3",
    # The small disk of the test of ENOSPC has less room than a site keeps free.
    "AGORA_UPLOAD_FREE_DISK_BYTES": "65536",
}


@pytest.fixture
def bare_site(tmp_path: Path) -> Iterator[LiveSite]:
    """Return a site that is not started yet, without demo content, in a folder with a space in its name."""
    site = LiveSite(tmp_path / "a site" / "var", SETTINGS, ("--no-demo", "--no-runs"))
    site.var.parent.mkdir()
    yield site
    site.end()
    site.wait_until_gone()


@pytest.fixture(scope="session")
def demo_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """Return the running site with its demo content; tests share it and make their own visitors."""
    # Few people: rendering takes most of the time, and no test here looks at a score's size.
    site = LiveSite(tmp_path_factory.mktemp("demo") / "var", SETTINGS, ("--demo-identities=6",))
    with site:
        yield site
    site.wait_until_gone()


@pytest.fixture
def small_disk(demo_site: LiveSite) -> Iterator[Path]:
    """Lay a file system of 4 MiB over the store of submissions, so that ENOSPC is the kernel's own."""
    with small_file_system(demo_site.var / "files" / "submissions", 4) as folder:
        yield folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Write the table of faults, with the seconds from the fault to the final state."""
    found = config.stash.get(MEASUREMENTS, [])
    if found:
        terminalreporter.section("faults: seconds to the final state")
    for line in [*table(found), *config.stash.get(NOTES, [])]:
        terminalreporter.write_line(line)
