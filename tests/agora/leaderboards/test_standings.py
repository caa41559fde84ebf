"""The version of a board, which is the key of what is cached of it."""

from pathlib import Path

import pytest

from agora.leaderboards import selectors
from agora.leaderboards.models import BoardRow
from agora.leaderboards.view import view_for
from tests.agora import factories


@pytest.mark.django_db
def test_a_row_that_is_committed_after_a_later_one_is_seen_at_once(files: Path, tmp_path: Path) -> None:
    phase = factories.make_open_phase(tmp_path)
    for name, value in (("ada", 0.9), ("bea", 0.5)):
        factories.scored_entry(phase, factories.make_member(phase.competition, factories.make_user(name)), value)
    slow = BoardRow.objects.order_by("pk")[0]
    BoardRow.objects.filter(pk=slow.pk).delete()  # not committed yet, though its id is the smaller one
    assert factories.names(selectors.board(phase, view_for(phase, {})).entries) == ["Team bea"]

    slow.save(force_insert=True)

    assert factories.names(selectors.board(phase, view_for(phase, {})).entries) == ["Team ada", "Team bea"]
