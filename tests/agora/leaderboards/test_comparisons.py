"""What an entry's page says beside its scores: how it compares with its team's best, and its slices."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from agora.competitions.models import Phase
from agora.evaluations import services
from agora.leaderboards.place import place_words
from agora.submissions import services as submissions
from agora.submissions.disclosure import disclose_slices, disclose_test
from agora.submissions.models import Comparison, ComparisonState, ComparisonTask, Submission
from agora.submissions.presentation import p_words
from tests.agora import factories
from tests.agora.leaderboards.conftest import PEOPLE, TRUTH, answer_all, noisy

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files", "remembered")]
Enter = Callable[..., Submission]
_NOW = timezone.now()


def _again(entry: Submission) -> Submission:
    return Submission.objects.select_related("phase", "team").get(pk=entry.pk)


def test_a_difference_from_the_own_best_comes_with_its_test(benchmark: Phase, enter: Enter) -> None:
    first = enter("ada", noisy(0.9, "a"))
    assert not Comparison.objects.exists()
    second = enter("ada", noisy(0.2, "a"))
    before = place_words(_again(second))

    assert answer_all() == 1

    row = Comparison.objects.get()
    assert (row.task, row.split, row.metric, row.evaluation) == ("compare", "public", "mAP", second.evaluations.get())
    words = place_words(_again(second))
    assert before.endswith("above entry 1.")
    assert words.startswith(before[:-1])
    assert words.endswith(" (paired test over 24 identities, p < 0.001).")
    assert place_words(_again(first)).endswith("below your best, entry 2 (paired test over 24 identities, p < 0.001).")


def test_equal_people_are_not_distinguishable(benchmark: Phase, enter: Enter) -> None:
    enter("ada", noisy(0.30, "a"))
    second = enter("ada", noisy(0.30, "b"))
    answer_all()

    assert ", not distinguishable (paired test over 24 identities, p = " in place_words(_again(second))


def test_a_test_follows_its_own_rule(benchmark: Phase, enter: Enter) -> None:
    enter("ada", noisy(0.9, "a"))
    second = enter("ada", noisy(0.2, "a"))
    answer_all()
    for when in ("never", "at end"):
        Phase.objects.update(disclosure={"pairwise": {"when": when}})
        assert place_words(_again(second)).endswith("above entry 1.")


def test_what_is_never_shown_is_not_asked(benchmark: Phase, enter: Enter) -> None:
    Phase.objects.update(disclosure={"pairwise": {"when": "never"}, "slices": {"when": "never"}}, slices=[_COLUMN])
    enter("ada", noisy(0.9, "a"))
    enter("ada", noisy(0.2, "a"))

    assert not Comparison.objects.exists()


@pytest.mark.parametrize(
    ("p_value", "said"),
    [(0.0001, "p < 0.001"), (0.001, "p = 0.001"), (0.0996, "p = 0.10"), (0.31, "p = 0.31"), (1.0, "p = 1.00")],
)
def test_p_values_have_two_digits(p_value: float, said: str) -> None:
    assert p_words(p_value) == said


def test_a_rounded_p_value_does_not_change_the_verdict() -> None:
    phase = Phase(primary_metric="mAP", opens_at=_NOW, disclosure={"pairwise": {"steps": 10}})
    shown = disclose_test(phase, {"p_value": 0.0496, "identities": 24})

    assert shown is not None
    assert (shown.p_value, shown.is_distinguishable) == (0.0, True)
    assert disclose_test(Phase(**_closed("pairwise")), {"p_value": 0.2, "identities": 24}) is None
    assert disclose_test(Phase(**_closed("score")), {"p_value": 0.2, "identities": 24}) is None


def _closed(item: str) -> dict:  # type: ignore[type-arg]
    later = _NOW + timedelta(days=1)
    return {"primary_metric": "mAP", "opens_at": _NOW, "closes_at": later, "disclosure": {item: {"when": "at end"}}}


# --- slices -----------------------------------------------------------------------------------------------------------
_COLUMN = {"column": "light", "label": "Light"}


@pytest.fixture
def sliced(files: Path, tmp_path: Path) -> Phase:
    """Return a phase whose annotations tell the light of each query: of two tracks, of 24 people in each part."""
    light = {"aerial_ground": "sun", "ground_aerial": "shade"}
    rows = tuple(
        {**row, "light": light[row["track"]], "rare": "yes" if row["pid"] < "p003" else "no"} for row in TRUTH.rows
    )
    columns = [_COLUMN, {"column": "rare", "label": "Seldom <seen>"}]
    return factories.make_open_phase(tmp_path, replace(TRUTH, rows=rows), slices=columns)


@pytest.fixture
def entry(sliced: Phase) -> Submission:
    """Return a scored entry about which everything is answered."""
    user = factories.make_member(sliced.competition, factories.make_user("ada"))
    made = submissions.submit(factories.make_stored_upload(sliced, user, noisy(0.4)), user, note="A note.")
    assert services.score_next()
    answer_all()
    return made


def _page(entry: Submission) -> str:
    client = Client()
    client.force_login(entry.submitted_by)
    return client.get(f"/s/{entry.ref}/").content.decode()


def test_slices_stand_on_the_entrys_page(entry: Submission) -> None:
    row = Comparison.objects.get()
    assert (row.task, row.state, row.columns) == ("slices", "done", ["light", "rare"])
    page = _page(entry)

    assert 'id="figure-slices"' in page
    for text in ("Light: sun", "Light: shade", "All queries", "Each holds at least 20 identities."):
        assert text in page
    assert "Not shown, fewer than 20 identities: Seldom &lt;seen&gt;: yes" in page
    assert "Seldom &lt;seen&gt;: no" in page.split("Not shown")[-1]
    assert "<seen>" not in page
    assert row.result is not None
    whole = row.result["whole"]
    assert (whole["queries"], whole["identities"]) == (2 * PEOPLE, PEOPLE)
    score = entry.evaluations.get().scores.get(split="public", track="macro", metric="mAP")
    assert whole["value"] == pytest.approx(score.value, abs=1e-12)


def test_slices_follow_their_own_rule_and_rounding(entry: Submission) -> None:
    phase = entry.phase
    found = Comparison.objects.get().result
    assert found is not None
    phase.disclosure = {"slices": {"steps": 10}}
    shown = disclose_slices(phase, found)
    assert shown is not None
    assert {one.score * 10 % 1 for one in shown.slices} == {0.0}
    phase.disclosure = {"interval": {"when": "never"}}
    shown = disclose_slices(phase, found)
    assert shown is not None
    assert {one.low for one in (shown.whole, *shown.slices)} == {None}
    # A slice may be a track, so it goes with the tracks.
    for disclosure in ({item: {"when": "never"}} for item in ("slices", "score", "tracks")):
        Phase.objects.update(disclosure=disclosure)
        assert "figure-slices" not in _page(entry)


def test_slices_of_columns_that_are_shown_no_more_are_not_shown(entry: Submission) -> None:
    Phase.objects.update(slices=[{"column": "rare", "label": "Rare"}, _COLUMN])
    assert "figure-slices" not in _page(entry)
    Phase.objects.update(slices=[_COLUMN, {"column": "rare", "label": "Rare"}, {"column": "new", "label": "New"}])
    assert "figure-slices" in _page(entry)


def test_a_column_that_the_annotations_lack_is_a_refusal_and_costs_no_score(benchmark: Phase, enter: Enter) -> None:
    Phase.objects.update(slices=[_COLUMN])
    entry = enter("ada", noisy(0.4))
    answer_all()

    row = Comparison.objects.get(task=ComparisonTask.SLICES)
    assert (row.state, row.error_code) == (ComparisonState.REFUSED, "unknown_column")
    assert "figure-slices" not in _page(entry)
