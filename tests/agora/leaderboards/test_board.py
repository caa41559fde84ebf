"""The board: who stands where, in which view, and what nobody sees before the release."""

import json
import random
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from agora.accounts.models import User
from agora.competitions.models import Phase, ReportedRow
from agora.leaderboards import exports, selectors, services
from agora.leaderboards.models import BoardRow
from agora.leaderboards.ranking import Candidate, Direction, ranks
from agora.leaderboards.selectors import Board
from agora.leaderboards.view import PAGE_ROWS, View, choices_for, view_for
from agora.submissions.models import Kind, Submission
from tests.agora import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files")]
TRUTH = factories.make_truth(private_from=3)
MACRO = ("public", "macro", "mAP")


@pytest.fixture
def phase(files: Path, tmp_path: Path) -> Phase:
    """Return an open phase, half of whose identities are private."""
    return factories.make_open_phase(tmp_path, TRUTH)


@pytest.fixture
def users(phase: Phase) -> list[User]:
    """Return three participants in teams of one."""
    return [factories.make_member(phase.competition, factories.make_user(name)) for name in ("ada", "bea", "cyd")]


def _board(phase: Phase, viewer: User | None = None, **given: str) -> Board:
    phase.refresh_from_db()
    return selectors.board(phase, view_for(phase, given), viewer=viewer)


def _ago(days: float) -> Any:
    return timezone.now() - timedelta(days=days)


def test_an_empty_board_is_empty(phase: Phase) -> None:
    board = _board(phase)

    assert (board.entries, board.total, board.pages, board.own) == ((), 0, 1, None)
    assert board.caption is not None


def test_a_team_stands_by_its_best_entry(phase: Phase, users: list[User]) -> None:
    ada, bea, _ = users
    for user, value in ((ada, 0.4), (bea, 0.5), (ada, 0.6), (ada, 0.3)):
        factories.scored_entry(phase, user, value)

    board = _board(phase)

    assert [(entry.name, entry.place, entry.official, entry.value, entry.entries) for entry in board.entries] == [
        ("Team ada", 1, 1, 0.6, 3),
        ("Team bea", 2, 2, 0.5, 1),
    ]


def test_ties_as_shown_go_to_the_earlier(phase: Phase, users: list[User]) -> None:
    ada, bea, _ = users
    factories.scored_entry(phase, ada, 0.50049, received_at=_ago(1))
    factories.scored_entry(phase, bea, 0.49951, received_at=_ago(2))

    board = _board(phase)

    assert [(entry.name, entry.value) for entry in board.entries] == [("Team bea", 0.5), ("Team ada", 0.5)]


def test_of_equal_entries_of_a_team_the_earlier_stands(phase: Phase, users: list[User]) -> None:
    late = factories.scored_entry(phase, users[0], 0.5, received_at=_ago(1))
    early = factories.scored_entry(phase, users[0], 0.5, received_at=_ago(2))

    entry = _board(phase).entries[0]

    assert (entry.submission_ref, entry.last) == (early.ref, late.upload.received_at)


def test_platform_rows_stand_among_the_others_without_a_rank(phase: Phase, users: list[User]) -> None:
    factories.scored_entry(phase, users[0], 0.4)
    factories.platform_entry(phase, "colour", 0.6)
    factories.platform_entry(phase, "random", 0.1)
    factories.platform_entry(phase, "colour", 0.5)

    board = _board(phase)

    assert [(entry.name, entry.kind, entry.place, entry.official) for entry in board.entries] == [
        ("Colour", "baseline", None, None),
        ("Team ada", "participant", 1, 1),
        ("Random", "baseline", None, None),
    ]
    assert board.entries[0].value == 0.6


def test_an_entry_without_a_value_never_ranks(phase: Phase, users: list[User]) -> None:
    entry = factories.make_entry(phase, users[0])
    assert factories.finish(entry, {("public", "macro", "rank-1"): 0.9}) is None

    assert _board(phase).entries == ()


def test_a_sandbox_entry_is_on_no_board(phase: Phase, users: list[User]) -> None:
    factories.scored_entry(phase, users[0], 0.5, kind=Kind.SANDBOX)

    assert _board(phase).entries == ()


def test_a_view_of_the_plain_protocol_keeps_each_teams_best_plain_entry(phase: Phase, users: list[User]) -> None:
    ada, bea, cyd = users
    factories.scored_entry(phase, ada, 0.9, facets=1)
    factories.scored_entry(phase, ada, 0.3)
    factories.scored_entry(phase, bea, 0.4)
    factories.scored_entry(phase, cyd, 0.8, facets=4)

    plain = _board(phase, methods="plain")

    assert [(entry.name, entry.place, entry.official, entry.value) for entry in plain.entries] == [
        ("Team bea", 1, 3, 0.4),
        ("Team ada", 2, 1, 0.3),
    ]
    assert plain.view.is_filtered
    assert (plain.counts["all"], plain.counts["plain"], plain.counts["total"]) == (3, 2, 3)
    assert factories.names(_board(phase, facet="ensemble").entries) == ["Team cyd"]


def test_a_search_finds_teams_titles_and_methods_and_takes_no_pattern(phase: Phase, users: list[User]) -> None:
    factories.scored_entry(phase, users[0], 0.5, method="50%_net")
    factories.scored_entry(phase, users[1], 0.4)
    factories.platform_entry(phase, "colour", 0.6)

    assert factories.names(_board(phase, q="BEA").entries) == ["Team bea"]
    assert factories.names(_board(phase, q="colo").entries) == ["Colour"]
    assert factories.names(_board(phase, q="0%_").entries) == ["Team ada"]
    assert factories.names(_board(phase, q="%").entries) == ["Team ada"]
    assert _board(phase, q="'; DROP TABLE leaderboards_boardrow; --").entries == ()


def test_kinds_can_be_looked_at_alone(phase: Phase, users: list[User]) -> None:
    factories.scored_entry(phase, users[0], 0.5)
    factories.platform_entry(phase, "colour", 0.6)

    assert factories.names(_board(phase, kind="participant").entries) == ["Team ada"]
    assert factories.names(_board(phase, kind="platform").entries) == ["Colour"]
    assert _board(phase, kind="reported").entries == ()


def test_another_track_ranks_by_its_own_values_and_keeps_official_ranks(phase: Phase, users: list[User]) -> None:
    ada, bea, cyd = users
    track = ("public", "aerial_ground", "mAP")
    factories.scored_entry(phase, ada, 0.9, scores={track: 0.11119})
    factories.scored_entry(phase, bea, 0.5, scores={track: (0.7, 0.61234, 0.78766)})
    factories.scored_entry(phase, cyd, 0.95)

    board = _board(phase, track="aerial_ground")

    assert [(entry.name, entry.place, entry.official, entry.value) for entry in board.entries] == [
        ("Team bea", 1, 3, 0.7),
        ("Team ada", 2, 2, 0.111),
    ]
    assert (board.entries[0].low, board.entries[0].high) == (0.612, 0.788)
    assert board.value.track == "aerial_ground"


def test_further_columns_are_disclosed_and_sort(phase: Phase, users: list[User]) -> None:
    ada, bea, cyd = users
    rank_1 = ("public", "macro", "rank-1")
    factories.scored_entry(phase, ada, 0.9, scores={rank_1: 0.12345})
    factories.scored_entry(phase, bea, 0.5, scores={rank_1: 0.7})
    factories.scored_entry(phase, cyd, 0.1)

    board = _board(phase, sort="rank-1")

    assert [column.slug for column in board.columns] == ["rank-1", "aerial_ground"]
    assert [(entry.name, entry.cells, entry.official) for entry in board.entries] == [
        ("Team bea", (0.7, None), 2),
        ("Team ada", (0.123, None), 1),
        ("Team cyd", (None, None), 3),
    ]
    assert factories.names(_board(phase, sort="team").entries) == ["Team ada", "Team bea", "Team cyd"]


def test_ranks_gained_in_a_week_are_shown(phase: Phase, users: list[User]) -> None:
    ada, bea, cyd = users
    old = [factories.scored_entry(phase, ada, 0.4), factories.scored_entry(phase, bea, 0.5)]
    BoardRow.objects.filter(submission__in=old).update(shown_from=_ago(8))
    factories.scored_entry(phase, ada, 0.6)
    factories.scored_entry(phase, cyd, 0.55)

    changes = {entry.name: (entry.official, entry.delta, entry.is_new) for entry in _board(phase).entries}

    assert changes == {"Team ada": (1, 1, False), "Team cyd": (2, None, True), "Team bea": (3, -2, False)}


def test_nobody_is_new_on_a_board_younger_than_a_week(phase: Phase, users: list[User]) -> None:
    factories.scored_entry(phase, users[0], 0.5)

    assert not _board(phase).entries[0].is_new


def test_the_own_row_is_known_on_every_page(phase: Phase, users: list[User]) -> None:
    for number in range(PAGE_ROWS + 2):
        factories.scored_entry(phase, factories.make_member(phase.competition), 0.9 - number / 1000)
    factories.scored_entry(phase, users[0], 0.1)

    first, second = _board(phase, users[0]), _board(phase, users[0], page="2")

    assert (len(first.entries), first.total, first.pages) == (PAGE_ROWS, PAGE_ROWS + 3, 2)
    assert first.own is not None
    assert (first.own.name, first.own.place, first.own_page, first.is_own_on_page) == (
        "Team ada",
        PAGE_ROWS + 3,
        2,
        False,
    )
    assert (second.is_own_on_page, len(second.entries), second.total) == (True, 3, PAGE_ROWS + 3)
    assert _board(phase, users[1]).own is None


def test_what_is_cached_follows_every_row(phase: Phase, users: list[User]) -> None:
    entry = factories.scored_entry(phase, users[0], 0.5)
    assert len(_board(phase).entries) == 1

    services.close_rows([entry])
    assert _board(phase).entries == ()

    factories.scored_entry(phase, users[1], 0.4)
    assert factories.names(_board(phase).entries) == ["Team bea"]


def test_a_closed_row_is_kept_as_history(phase: Phase, users: list[User]) -> None:
    entry = factories.scored_entry(phase, users[0], 0.5)

    reopened = services.reopen_rows([entry])

    rows = list(BoardRow.objects.order_by("pk"))
    assert len(rows) == 2
    assert rows[0].shown_to is not None
    assert (rows[1], rows[1].shown_to) == (reopened[0], None)


def _release(phase: Phase) -> None:
    Phase.objects.filter(pk=phase.pk).update(private_released_at=timezone.now() - timedelta(seconds=1))


def _two_halves(phase: Phase, user: User, public: float, private: float) -> Submission:
    scores = {
        ("private", "macro", "mAP"): private,
        ("all", "macro", "mAP"): 0.7771,
        ("private", "aerial_ground", "mAP"): 0.7772,
    }
    return factories.scored_entry(phase, user, public, scores=scores)


#: The private values of `_two_halves` as fractions or in per cent: the microseconds of a time have no point before them but
#: that of its seconds.
_PRIVATE = re.compile(r"(?<![\d.])(?:0?\.777|77\.7)")


def test_nothing_private_is_in_anything_before_the_release(phase: Phase, users: list[User]) -> None:
    _two_halves(phase, users[0], 0.25, 0.777)

    for given in ({}, {"board": "private"}, {"board": "all"}, {"board": "private", "track": "aerial_ground"}):
        board = _board(phase, users[0], **given)
        view = view_for(phase, given)
        said = repr(board) + exports.board_csv(phase, view) + exports.board_json(phase, view)
        assert not _PRIVATE.search(said)
        assert board.view.split == "public"
    forced = selectors.board(phase, View(split="private", track="", metric="mAP"), viewer=users[0])
    assert not _PRIVATE.search(repr(forced))
    assert selectors.entries_of(phase, View(split="private", track="", metric="mAP")) == ()
    assert selectors.official_entry(phase, users[0], split="private") is None
    assert selectors.entries_of(phase, View(split="all", track="", metric="mAP")) == ()


def test_the_private_board_opens_first_after_the_release_and_tells_the_shake_up(
    phase: Phase, users: list[User]
) -> None:
    ada, bea, _ = users
    _two_halves(phase, ada, 0.5, 0.3)
    _two_halves(phase, bea, 0.4, 0.6)
    _release(phase)

    board = _board(phase)

    assert choices_for(phase).splits == ("private", "public")
    assert [(entry.name, entry.value, entry.official, entry.delta) for entry in board.entries] == [
        ("Team bea", 0.6, 1, 1),
        ("Team ada", 0.3, 2, -1),
    ]
    assert factories.names(_board(phase, board="public").entries) == ["Team ada", "Team bea"]


def test_a_private_page_is_not_served_from_the_cache_of_another_time(phase: Phase, users: list[User]) -> None:
    _two_halves(phase, users[0], 0.5, 0.777)
    _release(phase)
    assert _board(phase).entries[0].value == 0.777

    Phase.objects.filter(pk=phase.pk).update(private_released_at=None)

    assert _board(phase, board="private").entries[0].value == 0.5


def test_reported_rows_are_apart_and_never_ranked(phase: Phase, users: list[User]) -> None:
    factories.scored_entry(phase, users[0], 0.5)
    for position, (method, facets) in enumerate((("First", 0), ("Second", 1))):
        fields = {"values": {"overall": "97.73"}, "source": "Table 3", "position": position, "facets": facets}
        ReportedRow.objects.create(competition=phase.competition, method=method, **fields)

    board = _board(phase)

    assert [row.method for row in board.reported] == ["First", "Second"]
    assert factories.names(board.entries) == ["Team ada"]
    assert [row.method for row in _board(phase, methods="plain").reported] == ["First"]
    assert [row.method for row in _board(phase, facet="rerank").reported] == ["Second"]
    assert [row.method for row in _board(phase, q="fir").reported] == ["First"]
    assert _board(phase, kind="participant").reported == ()
    assert (board.counts["reported_all"], board.counts["reported_plain"]) == (2, 1)


def test_an_archive_shows_reported_rows_alone() -> None:
    archive = factories.make_phase(factories.make_competition())
    ReportedRow.objects.create(
        competition=archive.competition, method="First", values={"overall": "97.73"}, source="Table 3"
    )

    board = _board(archive)

    assert (board.entries, board.caption, len(board.reported)) == ((), None, 1)
    assert "97.73" in exports.board_csv(archive, board.view)


def test_the_caption_counts_over_what_is_computed(phase: Phase) -> None:
    caption = _board(phase).caption

    assert caption is not None
    assert (caption.part.queries, caption.part.identities) == (6, 3)
    assert (caption.whole.queries, caption.whole.identities) == (12, 6)
    assert (caption.has_private, caption.is_released, caption.ground_truth_version) == (True, False, 1)
    assert caption.rounding == "Scores are rounded to 0.1 point"


def test_a_view_that_cannot_be_shown_becomes_the_default(phase: Phase) -> None:
    given = {
        "board": "private",
        "track": "nowhere",
        "metric": "secret",
        "methods": "x",
        "kind": "x",
        "facet": "x",
        "sort": "x",
    }
    view = view_for(phase, {**given, "page": "-3", "q": " a\0  b "})

    assert view == View(split="public", track="", metric="mAP", search="a b")
    assert replace(view, search="").is_filtered is False


def test_exports_neutralise_formulas_and_keep_numbers(phase: Phase, users: list[User]) -> None:
    factories.scored_entry(phase, users[0], 0.125, method="=HYPERLINK(1)")
    view = view_for(phase, {})

    csv_text = exports.board_csv(phase, view)
    document = json.loads(exports.board_json(phase, view))

    assert ",'=HYPERLINK(1)," in csv_text
    assert ",0.125," in csv_text
    entry = document["entries"][0]
    assert (entry["value"], entry["rank"], entry["method"]) == (0.125, 1, "=HYPERLINK(1)")
    assert document["protocol_hash"] == factories.spec_of(phase).protocol_hash


def test_the_query_agrees_with_the_pure_rule(phase: Phase) -> None:
    chance = random.Random(20261121)
    members = [factories.make_member(phase.competition) for _ in range(12)]
    rows = []
    for _ in range(60):
        user = chance.choice(members)
        entry = factories.scored_entry(phase, user, chance.randrange(20) / 20, received_at=_ago(chance.randrange(3)))
        row = entry.board_rows.get()
        rows.append(Candidate(row.pk, row.team_id, row.shown_public, row.received_at))

    found = selectors.entries_of(phase, view_for(phase, {}))
    by_name = {
        membership.team.name: membership.team_id for membership in phase.competition.memberships.select_related("team")
    }

    assert {by_name[entry.name]: entry.official for entry in found} == ranks(rows, Direction.HIGHER)
    assert [entry.official for entry in found] == list(range(1, len(found) + 1))
