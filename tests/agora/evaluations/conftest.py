"""An entry that waits to be scored."""

from pathlib import Path

import pytest

from agora.accounts.models import User
from agora.competitions.models import Phase
from agora.submissions import services as submissions
from agora.submissions.models import Submission
from tests.agora import factories

TRUTH = factories.make_truth(private_from=3)


@pytest.fixture
def phase(files: Path, tmp_path: Path) -> Phase:
    """Return an open phase, half of whose identities are private."""
    return factories.make_open_phase(tmp_path, TRUTH)


@pytest.fixture
def user(phase: Phase) -> User:
    """Return a participant."""
    return factories.make_member(phase.competition)


@pytest.fixture
def entry(phase: Phase, user: User) -> Submission:
    """Return a good file that was entered."""
    return submissions.submit(factories.make_stored_upload(phase, user, TRUTH.ranking()), user, note="A note.")
