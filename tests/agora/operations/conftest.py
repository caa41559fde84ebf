"""A site with scores that a child computed."""

from pathlib import Path

import pytest

from agora.competitions.models import Phase
from agora.evaluations import services
from tests.agora import factories
from tests.agora.operations.places import TRUTH, enter


@pytest.fixture
def phase(files: Path, tmp_path: Path) -> Phase:
    """Return a phase with two entries that a child has scored, one of them imperfect."""
    phase = factories.make_open_phase(tmp_path, TRUTH)
    enter(phase, TRUTH.ranking())
    enter(
        phase, TRUTH.ranking(lambda query, item: (item["image_id"][-1], item["pid"] == query["pid"], item["image_id"]))
    )
    while services.score_next():
        pass
    return phase
