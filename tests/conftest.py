"""Rules for every test: no network beyond this machine for weights, no clock over examples, `long` tests only when asked for."""

import os

import pytest
from hypothesis import HealthCheck, settings

# Without it timm retries the hub for 47 s; with it a missing weight is an error at once.
os.environ["HF_HUB_OFFLINE"] = "1"
# How long an example takes tells of the machine, not of the code.
settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave `long` tests out unless a marker expression (`-m long`) or a single test was asked for."""
    if config.option.markexpr or any("::" in argument for argument in config.args):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
