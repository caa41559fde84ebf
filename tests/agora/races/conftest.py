"""A competition with an open phase, and people in it."""

from pathlib import Path

import pytest

from agora.accounts.models import User
from agora.competitions.models import Phase
from tests.agora import factories


@pytest.fixture
def phase(files: Path, tmp_path: Path) -> Phase:
    """Return an open phase with a quota of five."""
    return factories.make_open_phase(tmp_path, daily_quota=5)


@pytest.fixture
def heron(phase: Phase) -> User:
    """Return the leader of a team."""
    return factories.make_member(phase.competition, factories.make_user("heron"))


@pytest.fixture
def mate(phase: Phase, heron: User) -> User:
    """Return a second member of heron's team."""
    team = factories.team_of(heron, phase.competition)
    return factories.make_member(phase.competition, factories.make_user("mate"), team=team)


@pytest.fixture
def osprey(phase: Phase) -> User:
    """Return the leader of another team."""
    return factories.make_member(phase.competition, factories.make_user("osprey"))
