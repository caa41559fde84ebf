"""A small release of persons, rendered once a session for every test that reads one."""

from pathlib import Path

import pytest

from challenges.synth import synthesize

SEED, IDENTITIES = 5, 8


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a release of AG-Synth with eight test identities."""
    return synthesize(tmp_path_factory.mktemp("rendered") / "release", identities=IDENTITIES, seed=SEED).folder
