"""One release for all recipes, and one thread: these networks are too small for more."""

from pathlib import Path

import pytest
import torch

from tests.baselines.learned import write_release

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the public folder of a release of eight identities with eight images each."""
    return write_release(tmp_path_factory.mktemp("people"))
