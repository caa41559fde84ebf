"""From an upload to a board row through real children, and every way in which that can go wrong."""

from pathlib import Path

import pytest

from agora.evaluations import services
from agora.leaderboards.models import BoardRow
from agora.submissions import services as submissions
from agora.submissions.models import EvaluationState, UploadState
from tests.agora import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_perfect_file_is_checked_scored_and_on_the_board(files: Path, tmp_path: Path) -> None:
    truth = factories.make_truth()
    phase = factories.make_open_phase(tmp_path, truth)
    user = factories.make_member(phase.competition)

    upload = factories.send(phase, user, truth.ranking())
    assert submissions.check_next()
    upload.refresh_from_db()
    assert (upload.state, upload.error_code) == (UploadState.READY, "")
    submission = submissions.submit(upload, user, note="Perfect.")
    assert services.score_next()

    evaluation = submission.evaluations.get()
    assert evaluation.state == EvaluationState.SCORED
    assert evaluation.scores.get(split="public", track="macro", metric="mAP").value == 1.0
    row = BoardRow.objects.get()
    assert (row.public, row.private, row.shown_public) == (1.0, None, 1.0)
