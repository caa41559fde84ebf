"""Two releases, each made once a session, and one thread: tiny networks are too small for more."""

from pathlib import Path

import pytest
import torch

from challenges.synth import synthesize
from tests.baselines.learned import write_release

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a release with six test identities."""
    return synthesize(tmp_path_factory.mktemp("baselines") / "release", identities=6, seed=11).folder


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the public folder of a release of eight identities with eight images each."""
    return write_release(tmp_path_factory.mktemp("people"))
