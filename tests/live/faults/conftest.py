"""The demo site on each broker in turn, and a visitor who may enter many files there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agora.supervisor.process import wait_until
from tests.live.faults.bench import PHASE, SLUG, Bench
from tests.live.faults.brokers import RabbitBroker, ValkeyBroker
from tests.live.faults.rabbitmq import RabbitMQ
from tests.live.measurements import MEASUREMENTS
from tests.live.site import LiveSite
from tests.live.visitor import Visitor

_MANY = 500


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the tests on RabbitMQ to the end: the site changes its broker once and does not change back."""
    items.sort(key=lambda item: "[rabbitmq" in item.nodeid)


@pytest.fixture(scope="session")
def rabbitmq(demo_site: LiveSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    """Return a running RabbitMQ, after a restart of the demo site on it; the site's data stay."""
    folder = tmp_path_factory.mktemp("rabbitmq")
    with RabbitMQ(folder) as server:
        assert {"beam.smp", "epmd"} <= set(_programs(folder))
        assert demo_site.stop() == 0
        demo_site.environment = {**demo_site.environment, "CELERY_BROKER_URL": server.url}
        demo_site.start()
        yield server
        demo_site.end()
    wait_until(lambda: _programs(folder) == [], deadline_seconds=30, what="the node and its name server are gone")


def _programs(folder: Path) -> list[str]:
    """Return the programs whose working folder lies below `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append((process / "comm").read_text(encoding="utf-8").strip())
        except OSError:
            continue  # ended meanwhile
    return found


@pytest.fixture(scope="session")
def bench(request: pytest.FixtureRequest, demo_site: LiveSite) -> Iterator[Bench]:
    """Return the demo site on the broker that the test names."""
    on_rabbitmq = request.param == "rabbitmq"
    broker = RabbitBroker(demo_site, request.getfixturevalue("rabbitmq")) if on_rabbitmq else ValkeyBroker(demo_site)
    with Visitor(demo_site.address) as visitor, _daily_quota(demo_site, _MANY):
        handle = f"entrant-{broker.name}"
        visitor.sign_up(handle)
        visitor.join(SLUG)
        sample = visitor.download(SLUG, "sample_submission.csv")
        wait_until(lambda: _is_quiet(demo_site), deadline_seconds=120, what="the demo's own entries are scored")
        yield Bench(demo_site, broker, visitor, handle, sample, request.config.stash.setdefault(MEASUREMENTS, []))


def _is_quiet(site: LiveSite) -> bool:
    """Say whether nothing waits and nothing is scored."""
    return not site.query("SELECT 1 FROM submissions_evaluation WHERE state IN ('queued', 'scoring')")


@contextmanager
def _daily_quota(site: LiveSite, entries: int) -> Iterator[None]:
    """Let each team enter so many files a day for the `with`."""
    which = "slug = %s AND competition_id = (SELECT id FROM competitions_competition WHERE slug = %s)"
    earlier = site.query(f"SELECT daily_quota FROM competitions_phase WHERE {which}", PHASE, SLUG)[0][0]
    change = f"UPDATE competitions_phase SET daily_quota = %s WHERE {which}"
    site.query(change, entries, PHASE, SLUG)
    yield
    site.query(change, earlier, PHASE, SLUG)
