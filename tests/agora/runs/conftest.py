"""A competition with a small release, an organiser, and the folders in which runs work."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agora.accounts.models import User
from agora.competitions.models import Organiser, Phase
from agora.competitions.releases import import_release
from agora.runs import child
from tests.agora import factories
from tests.agora.runs.release import write_release

TRUTH = factories.make_truth(private_from=3)


@pytest.fixture
def phase(files: Path, tmp_path: Path, settings: Any) -> Phase:
    """Return an open phase whose release is taken in."""
    settings.RUNS = tmp_path / "runs"
    settings.RUN_MEMORY_BYTES = 4 << 30
    settings.PERIODS = {**settings.PERIODS, "retry": 0.001}
    phase = factories.make_open_phase(tmp_path, TRUTH)
    import_release(phase.competition, write_release(tmp_path / "release", TRUTH))
    return phase


@pytest.fixture
def organiser(phase: Phase) -> User:
    """Return an organiser of the competition."""
    user = factories.make_user("organiser")
    Organiser.objects.create(competition=phase.competition, user=user, role="owner")
    return user


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return what lets a script stand in for `python -m baselines`, behind the same walls."""

    def let(text: str) -> None:
        script = tmp_path / "stands_in.py"
        script.write_text(text)
        monkeypatch.setattr(child, "COMMAND", (child.COMMAND[0], "-I", "-S", str(script)))
        monkeypatch.setattr(child, "PACKAGES", (script,))

    return let
