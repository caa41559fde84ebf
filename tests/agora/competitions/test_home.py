"""The home page, the status page and the numbers of boards on pages below the boards."""

from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone

from agora.competitions import catalogue, services
from agora.competitions.models import Competition
from agora.leaderboards.models import BoardRow
from agora.leaderboards.templatetags.boards import baseline_scores, best_score
from agora.submissions.models import Evaluation, EvaluationState, Kind, Submission, Upload
from tests.agora.competitions import factories

pytestmark = pytest.mark.django_db
_NUMBERS = count(1)


@pytest.fixture
def competition() -> Competition:
    found = factories.make_open_competition()
    factories.make_competition("agreid2023")
    return found


def make_row(competition: Competition, value: float, *, recipe: str = "") -> BoardRow:
    """Put a scored entry on the main board: of a baseline if `recipe` is given, else of a new team."""
    phase, now, number = competition.phases.all()[0], timezone.now(), next(_NUMBERS)
    team = None if recipe else factories.join(competition, factories.make_user()).team
    upload = Upload.objects.create(phase=phase, team=team, filename="a.csv", declared_bytes=1, received_at=now)
    submission = Submission.objects.create(
        upload=upload,
        phase=phase,
        kind=Kind.BASELINE if recipe else Kind.PARTICIPANT,
        team=team,
        recipe=recipe,
        title=recipe.title(),
        number=number,
    )
    evaluation = Evaluation.objects.create(
        submission=submission,
        spec=phase.current_spec,
        state=EvaluationState.SCORED,
        queued_at=now - timedelta(seconds=2.4),
        finished_at=now,
    )
    return BoardRow.objects.create(
        submission=submission,
        spec=phase.current_spec,
        evaluation=evaluation,
        phase=phase,
        team=team,
        kind=submission.kind,
        public=value,
        shown_public=round(value, 3),
        received_at=now,
    )


def row_of(competition: Competition) -> catalogue.Row:
    """Return the competition's row in the list as everybody sees it."""
    return next(row for row in catalogue.catalogue_rows(AnonymousUser()) if row.competition == competition)


def test_numbers_below_the_boards_are_those_of_the_boards(competition: Competition) -> None:
    make_row(competition, 0.25639, recipe="colour")
    make_row(competition, 0.58123)
    phase = competition.phases.all()[0]

    assert best_score(phase) == "58.1"
    assert [(row.title, row.score) for row in baseline_scores(phase)] == [("Colour", "25.6")]
    row = row_of(competition)
    assert (row.teams, row.entries, row.platform_run) == (1, 1, 1)


@pytest.mark.parametrize("when", ["at end", "never"])
def test_scores_that_are_not_disclosed_stand_nowhere(competition: Competition, when: str) -> None:
    # No clock shows 71 seconds: the pages also hold times, whose digits change.
    make_row(competition, 0.71123, recipe="colour")
    competition.phases.update(disclosure={"score": {"when": when}})

    for path in ("/competitions/", "/c/agsynth/"):
        assert b"71.1" not in Client().get(path).content


def test_a_closed_row_counts_no_more(competition: Competition) -> None:
    row = make_row(competition, 0.58123)
    BoardRow.objects.filter(pk=row.pk).update(shown_to=timezone.now())

    assert best_score(competition.phases.all()[0]) == ""
    assert row_of(competition).entries == 0


def test_a_newcomer_is_led_to_the_open_competition(competition: Competition, tmp_path: Path) -> None:
    services.import_release(competition, factories.write_release(tmp_path))

    html = Client().get("/").content.decode()

    assert "Get a score on AG-Synth" in html
    assert "kB of synthetic images. No licence to sign." in html
    assert "three steps away" in html or "No entry yet" in html
    assert "97.73" in html


def test_the_time_to_score_is_the_measured_one(competition: Competition) -> None:
    assert "The last file was scored in" not in Client().get("/").content.decode()

    make_row(competition, 0.5)

    assert "The last file was scored in 2.4 s." in Client().get("/").content.decode()


def test_a_member_finds_the_own_competitions(competition: Competition) -> None:
    user, client = factories.make_user("kestrel"), Client()
    factories.join(competition, user)
    client.force_login(user)

    html = client.get("/").content.decode()

    assert "Your competitions" in html
    assert "5 of 5 left today" in html
    assert 'href="/c/agsynth/submit/"' in html


def test_the_list_gives_the_own_rank_where_there_is_one(competition: Competition) -> None:
    make_row(competition, 0.6)
    own = make_row(competition, 0.5).team
    client = Client()
    assert "Your rank" not in client.get("/competitions/").content.decode()
    assert own is not None
    client.force_login(own.memberships.get().user)

    html = client.get("/competitions/").content.decode()

    assert 'data-label="Your rank"><strong>2</strong>' in html


def test_an_empty_site_says_how_to_begin() -> None:
    html = Client().get("/").content.decode()

    assert "No competition yet." in html
    assert "load_challenge agsynth" in html


def test_the_status_page_says_whether_anybody_works(competition: Competition) -> None:
    html = Client().get("/status/").content.decode()

    assert "Scoring waits: no worker has answered" in html


@pytest.mark.parametrize("is_short", [True, False])
def test_the_status_page_warns_of_a_disk_that_fills(files: Path, settings: Any, is_short: bool) -> None:
    (files / "submissions").mkdir(parents=True)
    settings.UPLOAD_FREE_DISK_BYTES = 2**62 if is_short else 0
    settings.UPLOAD_MAX_BYTES = 1

    html = Client().get("/status/").content.decode()

    assert ("The disk is nearly full" in html) is is_short


def test_pages_without_a_link_of_their_own_find_the_mark() -> None:
    assert Client().get("/favicon.ico").headers["Location"] == "/static/img/mark.svg"
