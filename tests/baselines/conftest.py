"""A small release to rank, rendered once a session."""

from pathlib import Path

import pytest

from challenges.synth import synthesize


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a release with six test identities."""
    return synthesize(tmp_path_factory.mktemp("baselines") / "release", identities=6, seed=11).folder
