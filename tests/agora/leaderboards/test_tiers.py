"""Tiers on boards: when they are shown, of what, and that they are never those of other entries."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from agora.accounts.models import User
from agora.competitions.models import Phase
from agora.core.leases import LeaseLostError
from agora.evaluations import comparing, services, tasks
from agora.evaluations.restoring import let_go
from agora.leaderboards import tiers
from agora.leaderboards.selectors import board
from agora.leaderboards.view import view_for
from agora.submissions import services as submissions
from agora.submissions.models import Comparison, ComparisonState, ComparisonTask, Submission
from tests.agora import children, factories
from tests.agora.children import Stand
from tests.agora.leaderboards.conftest import answer_all, end, noisy

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files", "remembered")]
Enter = Callable[..., Submission]


@pytest.fixture
def filled(benchmark: Phase, enter: Enter) -> Phase:
    """Return a board of three: two that cannot be told apart, and one far below."""
    enter("ada", noisy(0.1, "a"))
    enter("bea", noisy(0.15, "b"))
    enter("cyd", noisy(0.9, "c"))
    benchmark.refresh_from_db()
    return benchmark


def _tiers(phase: Phase, **given: str) -> list[tuple[str, str]]:
    phase.refresh_from_db()
    found = board(phase, view_for(phase, given))
    return [(entry.name.removeprefix("Team "), entry.tier) for entry in found.entries]


def _page(phase: Phase, query: str = "") -> str:
    response = Client().get(f"/c/{phase.competition.slug}/leaderboard/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_a_benchmark_without_end_shows_tiers(filled: Phase) -> None:
    assert _tiers(filled) == [("ada", ""), ("bea", ""), ("cyd", "")]
    assert "Tiers are being computed." not in _page(filled)
    tiers.ask_for_tiers()
    assert "Tiers are being computed." in _page(filled)

    assert answer_all() == 1

    assert _tiers(filled) == [("ada", "A"), ("bea", "A"), ("cyd", "B")]
    page = _page(filled)
    assert re.findall(r'<span aria-hidden="true">([AB])</span><span class="sr-only">tier', page) == ["A", "B"]
    assert re.findall(r'<span class="sr-only">tier ([AB])</span>', page) == ["A", "A", "B"]
    assert re.findall(r'<tr role="row" class="participant((?: tier-\w+)*)"', page) == [
        " tier-first",
        " tier-last",
        " tier-first tier-last",
    ]
    assert "<strong>A B</strong> tiers:" in page
    assert "Tiers are" not in page


def test_no_tiers_on_the_public_board_of_a_running_competition(filled: Phase) -> None:
    Phase.objects.update(closes_at=timezone.now() + timedelta(days=3))

    assert answer_all() == 0
    assert _tiers(filled) == [("ada", ""), ("bea", ""), ("cyd", "")]


def test_tiers_computed_without_an_end_are_gone_once_there_is_one(filled: Phase) -> None:
    answer_all()
    Phase.objects.update(closes_at=timezone.now() + timedelta(days=3))

    assert {tier for _, tier in _tiers(filled)} == {""}
    assert "c-tier" not in _page(filled)


def test_a_final_board_has_tiers_of_its_own_part(filled: Phase) -> None:
    end(filled, released=False)
    assert answer_all() == 0

    end(filled)
    assert answer_all() == 1

    assert Comparison.objects.get(task=ComparisonTask.TIERS).split == "private"
    assert {tier for _, tier in _tiers(filled)} == {"A", "B"}
    assert {tier for _, tier in _tiers(filled, board="public")} == {""}


def test_tiers_are_under_the_rule_of_paired_tests(filled: Phase) -> None:
    answer_all()
    Phase.objects.update(disclosure={"pairwise": {"when": "never"}})

    assert {tier for _, tier in _tiers(filled)} == {""}
    assert answer_all() == 0


def test_a_changed_board_has_none_until_it_has_its_own(filled: Phase, enter: Enter) -> None:
    answer_all()
    enter("dan", noisy(0.12, "d"))
    assert {tier for _, tier in _tiers(filled)} == {""}

    assert answer_all() == 1
    assert [tier for _, tier in _tiers(filled)] == ["A", "A", "A", "B"]


def test_an_entry_that_changes_no_row_changes_no_tiers(filled: Phase, enter: Enter) -> None:
    answer_all()
    enter("cyd", noisy(1.0, "worse"))
    tiers.ask_for_tiers()

    assert Comparison.objects.filter(task=ComparisonTask.TIERS).count() == 1
    assert [tier for _, tier in _tiers(filled)] == ["A", "A", "B"]


def test_a_board_that_changed_before_its_turn_is_not_computed(filled: Phase, enter: Enter, stand: Stand) -> None:
    tiers.ask_for_tiers()
    row = Comparison.objects.get(task=ComparisonTask.TIERS)
    entry = enter("dan", noisy(0.12, "d"))
    stand.in_(children.CRASH)

    services.compare_next()

    row.refresh_from_db()
    assert (row.state, row.attempt, row.owner, row.result) == (ComparisonState.OUTDATED, 1, "", None)
    stand.out()
    entry.board_rows.update(shown_to=timezone.now())
    assert answer_all() == 1
    assert [tier for _, tier in _tiers(filled)] == ["A", "A", "B"]


def test_other_orders_and_searches_keep_the_tiers_and_other_rankings_have_none(filled: Phase) -> None:
    answer_all()

    assert _tiers(filled, q="cyd") == [("cyd", "B")]
    assert _tiers(filled, sort="team") == [("ada", "A"), ("bea", "A"), ("cyd", "B")]
    for given in ({"track": "aerial_ground"}, {"metric": "rank-1"}, {"facet": "rerank"}):
        assert {tier for _, tier in _tiers(filled, **given)} <= {""}


def test_plain_entries_have_tiers_of_their_own(filled: Phase) -> None:
    entry = Submission.objects.get(team__name="Team ada")
    entry.board_rows.update(facets=1)

    assert answer_all() == 2
    assert _tiers(filled, methods="plain") == [("bea", "A"), ("cyd", "B")]
    assert _tiers(filled) == [("ada", "A"), ("bea", "A"), ("cyd", "B")]


def test_one_entry_and_reported_rows_have_no_tier(benchmark: Phase, enter: Enter) -> None:
    enter("ada", noisy(0.1))
    benchmark.competition.reported_rows.create(method="BoT", values={"overall": "71.3"}, source="Table 3")

    assert answer_all() == 0
    assert "c-tier" not in _page(benchmark)


def test_the_first_entries_alone_are_sorted_and_the_caption_says_so(
    filled: Phase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiers, "MOST_ENTRIES", 2)
    answer_all()

    assert _tiers(filled) == [("ada", "A"), ("bea", "A"), ("cyd", "")]
    assert "Tiers are of the first 2 of 3 entries." in _page(filled)


def test_exports_name_the_tiers(filled: Phase) -> None:
    answer_all()
    address = f"/c/{filled.competition.slug}/leaderboard"
    table = list(csv.DictReader(io.StringIO(Client().get(f"{address}.csv").content.decode())))
    document = json.loads(Client().get(f"{address}.json").content)
    tex = Client().get(f"{address}.tex").content.decode()

    assert [row["tier"] for row in table] == ["A", "A", "B"]
    assert [entry["tier"] for entry in document["entries"]] == ["A", "A", "B"]
    assert r"\begin{tabular}{lrlrrr}" in tex
    assert "A & 1 & Team ada" in tex


def test_a_killed_worker_and_a_failing_scorer_cost_an_attempt_not_the_tiers(filled: Phase, stand: Stand) -> None:
    tiers.ask_for_tiers()
    claimed = comparing.COMPARISONS.claim()
    assert claimed is not None
    assert not services.compare_next()  # two workers do not compute it twice
    Comparison.objects.update(lease_until=timezone.now() - timedelta(hours=1))
    assert comparing.reap() == 1
    stand.in_(children.CRASH)
    _due()
    services.compare_next()
    row = Comparison.objects.get()
    assert (row.state, row.attempt, row.error_code) == (ComparisonState.QUEUED, 2, "scorer_failed")

    stand.out()
    _due()
    services.compare_next()

    assert [tier for _, tier in _tiers(filled)] == ["A", "A", "B"]
    with pytest.raises(LeaseLostError):  # the first worker wakes up with an answer of its own
        comparing.settle(claimed[1], comparing.Outdated())


def test_a_restored_site_takes_up_what_a_worker_elsewhere_held(filled: Phase) -> None:
    tiers.ask_for_tiers()
    assert comparing.COMPARISONS.claim() is not None

    let_go()

    row = Comparison.objects.get()
    assert (row.state, row.attempt, row.owner, row.lease_until) == (ComparisonState.QUEUED, 0, "", None)


def test_after_the_last_attempt_it_is_our_error_and_the_board_stands(filled: Phase, stand: Stand) -> None:
    tiers.ask_for_tiers()
    stand.in_(children.CRASH)
    for _ in range(3):
        services.compare_next()
        _due()

    row = Comparison.objects.get()
    assert (row.state, row.error_code, bool(row.incident)) == (ComparisonState.ERROR, "scorer_failed", True)
    assert [tier for _, tier in _tiers(filled)] == ["", "", ""]


def test_a_refusal_is_an_end(filled: Phase, stand: Stand) -> None:
    tiers.ask_for_tiers()
    stand.in_("""answer('{"outcome": "refused", "code": "other_queries", "message": "x"}')""")
    services.compare_next()

    row = Comparison.objects.get()
    assert (row.state, row.error_code) == (ComparisonState.REFUSED, "other_queries")
    assert "Tiers" not in _page(filled)


def test_too_few_people_are_a_reason_that_the_caption_gives(files: Any, tmp_path: Any) -> None:
    truth = factories.make_truth(6)
    phase = factories.make_open_phase(tmp_path, truth)
    for name in ("ada", "bea"):
        user: User = factories.make_member(phase.competition, factories.make_user(name))
        submissions.submit(factories.make_stored_upload(phase, user, truth.ranking()), user, note="A note.")
        services.score_next()
    answer_all()

    assert "No tiers: fewer than 20 identities." in _page(phase)


def test_the_task_asks_and_answers(filled: Phase) -> None:
    tasks.compare()

    assert [tier for _, tier in _tiers(filled)] == ["A", "A", "B"]


def _due() -> None:
    Comparison.objects.update(not_before=timezone.now() - timedelta(days=1))
