"""What may be shown: nothing of the private half before its release, and nothing finer than its step."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from agora.competitions.models import Phase
from agora.submissions.disclosure import DisclosureError, Rule, disclose, disclosure_of, shown_splits
from agora.submissions.models import Score

NOW = timezone.now()


def _phase(**fields: Any) -> Phase:
    return Phase(primary_metric="mAP", aggregate="macro", metrics=["mAP", "rank-1"], opens_at=NOW, **fields)


def _score(split: str = "public", track: str = "macro", metric: str = "mAP", value: float = 0.123456) -> Score:
    return Score(split=split, track=track, metric=metric, value=value, low=0.111111, high=0.222222)


ALL = [
    _score(split, track, metric)
    for split in ("public", "private", "all")
    for track in ("macro", "a")
    for metric in ("mAP", "rank-1")
]


def test_before_the_release_only_the_public_half_is_shown() -> None:
    for released in (None, NOW + timedelta(seconds=1)):
        shown = disclose(_phase(private_released_at=released), ALL, NOW)
        assert {score.split for score in shown} == {"public"}


def test_from_the_release_on_everything_is_shown() -> None:
    shown = disclose(_phase(private_released_at=NOW), ALL, NOW)

    assert {score.split for score in shown} == {"public", "private", "all"}
    assert shown_splits(_phase(private_released_at=NOW), NOW)[0] == "private"


def test_by_default_everything_is_rounded_to_a_tenth_of_a_point() -> None:
    shown = disclose(_phase(), [_score()], NOW)[0]

    assert (shown.value, shown.low, shown.high) == (0.123, 0.111, 0.222)
    assert disclosure_of(_phase()).sentence == "Scores are rounded to 0.1 point"


def test_a_phase_may_be_finer_or_exact() -> None:
    finer = disclose(_phase(disclosure={"default": {"steps": 10_000}}), [_score()], NOW)[0]
    exact = disclose(_phase(disclosure={"default": {"steps": None}}), [_score()], NOW)[0]

    assert (finer.value, exact.value) == (0.1235, 0.123456)
    assert disclosure_of(_phase(disclosure={"default": {"steps": None}})).sentence == ""


def test_kinds_of_numbers_have_rules_of_their_own() -> None:
    rules = {"tracks": {"when": "never"}, "cmc": {"when": "at end"}, "interval": {"when": "at end"}}
    public = [score for score in ALL if score.split == "public"]
    running = disclose(_phase(disclosure=rules, closes_at=NOW + timedelta(days=1)), public, NOW)
    ended = disclose(_phase(disclosure=rules, closes_at=NOW), public, NOW)

    assert [(score.track, score.metric, score.low) for score in running] == [("macro", "mAP", None)]
    assert [(score.track, score.metric, score.low) for score in ended] == [
        ("macro", "mAP", 0.111),
        ("macro", "rank-1", 0.111),
    ]


def test_tracks_held_back_do_not_follow_from_the_means() -> None:
    """Two means of two tracks with public numbers of queries give both tracks, so that only the phase's own mean is shown."""
    both = [_score(track=track, metric=metric) for track in ("micro", "macro") for metric in ("mAP", "rank-1")]
    hidden = disclose(_phase(disclosure={"tracks": {"when": "never"}}), both, NOW)
    coarse = disclose(_phase(disclosure={"tracks": {"steps": 10}}), both, NOW)

    assert {score.track for score in hidden} == {"macro"}
    assert {(score.track, score.value) for score in coarse} == {("macro", 0.123), ("micro", 0.1)}


def test_an_interval_is_never_finer_than_its_score() -> None:
    exact = {"score": {"steps": 100}, "interval": {"steps": None}}
    shown = disclose(_phase(disclosure=exact), [_score()], NOW)[0]

    assert (shown.value, shown.low, shown.high) == (0.12, 0.11, 0.22)


def test_a_benchmark_without_end_has_no_end() -> None:
    assert disclose(_phase(disclosure={"score": {"when": "at end"}}), [_score()], NOW) == ()


@pytest.mark.parametrize(
    "given",
    [
        {"scores": {}},
        {"score": {"when": "soon"}},
        {"score": {"steps": 0}},
        {"score": {"steps": 0.5}},
        {"score": {"round": 3}},
    ],
)
def test_an_unknown_rule_is_an_error(given: dict[str, Any]) -> None:
    with pytest.raises(DisclosureError):
        disclosure_of(_phase(disclosure=given))


@pytest.mark.parametrize(
    ("given", "when", "steps"),
    [
        ({"cmc": {"when": "never"}}, "never", 1000),
        ({"tracks": {"when": "at end", "steps": 100}}, "at end", 100),
        ({"tracks": {"steps": None}, "cmc": {"steps": None}}, "now", None),
        ({"tracks": {"when": "never"}, "cmc": {"when": "at end"}}, "never", 1000),
    ],
)
def test_the_cmc_of_a_track_obeys_both_rules(given: dict[str, Any], when: str, steps: int | None) -> None:
    rule = disclosure_of(_phase(disclosure=given)).rule("aerial_ground", "rank-5")

    assert (rule.when, rule.steps) == (when, steps)


@pytest.mark.django_db
@pytest.mark.parametrize("steps", [1000, 10_000, 7, None])
def test_sql_rounds_to_the_same_bits(steps: int | None) -> None:
    rule = Rule("now", steps)
    values = [number / 4096 for number in range(4097)] + [0.0005, 0.0015, 0.99949999, 1.0, 1 / 3, 0.1 + 0.2]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {rule.rounded_sql('v')} FROM unnest(%s::double precision[]) AS v", [values])
        rounded = [row[0] for row in cursor.fetchall()]

    assert rounded == [rule.round(value) for value in values]


def test_no_other_module_reads_scores_for_a_person() -> None:
    """Outside of the disclosure's users nothing touches the rows of scores but what writes and compares them."""
    root = Path(disclosure_of.__code__.co_filename).parents[1]
    allowed = {
        "submissions/disclosure.py",
        "submissions/models.py",
        "submissions/presentation.py",
        "evaluations/recomputing.py",
        "evaluations/results.py",
        "evaluations/scoring.py",
        "leaderboards/cmc.py",
        "leaderboards/services.py",
        "leaderboards/selectors.py",
        "leaderboards/queries.py",
    }
    readers = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if "migrations" not in path.parts
        and any(word in path.read_text() for word in ("Score.objects", ".scores.", "submissions_score"))
    }

    assert readers - allowed == set()
