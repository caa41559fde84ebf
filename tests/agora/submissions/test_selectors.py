"""Who gets which rows, and what the queue says."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.utils import timezone

from agora.accounts.models import User
from agora.competitions.models import Membership, Organiser, Phase
from agora.core.workers import say_alive
from agora.submissions import selectors
from agora.submissions.models import Evaluation, EvaluationState
from tests.agora import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files")]


@pytest.fixture
def phase(files: Path, tmp_path: Path) -> Phase:
    """Return an open phase."""
    return factories.make_open_phase(tmp_path, daily_quota=50)


@pytest.fixture
def user(phase: Phase) -> User:
    """Return a participant."""
    return factories.make_member(phase.competition)


def test_team_organisers_and_staff_see_an_entry_and_nobody_else(phase: Phase, user: User) -> None:
    entry = factories.make_entry(phase, user)
    team = factories.team_of(user, phase.competition)
    mate = factories.make_member(phase.competition, team=team)
    organiser, staff, left = (factories.make_user() for _ in range(3))
    Organiser.objects.create(competition=phase.competition, user=organiser, role="editor")
    staff.is_staff = True
    Membership.objects.create(competition=phase.competition, team=team, user=left, left_at=timezone.now())

    for visitor in (user, mate, organiser, staff):
        assert selectors.submission_for(visitor, entry.ref) == entry
        assert selectors.upload_for(visitor, entry.upload.ref) == entry.upload
    for visitor in (AnonymousUser(), left, factories.make_user(), factories.make_member(phase.competition)):
        with pytest.raises(Http404):
            selectors.submission_for(visitor, entry.ref)
        with pytest.raises(Http404):
            selectors.upload_for(visitor, entry.upload.ref)


def test_a_platform_entry_is_the_organisers_alone(phase: Phase, user: User) -> None:
    entry = factories.platform_entry(phase, "random", 0.1)

    with pytest.raises(Http404):
        selectors.submission_for(user, entry.ref)


def test_the_same_file_again_is_noticed(phase: Phase, user: User) -> None:
    first = factories.make_entry(phase, user, sha256="a" * 64)
    again = factories.make_ready_upload(phase, user, sha256="a" * 64)
    other = factories.make_ready_upload(phase, factories.make_member(phase.competition), sha256="a" * 64)

    assert selectors.same_file(again) == first
    assert selectors.same_file(first.upload) is None
    assert selectors.same_file(other) is None


def test_the_place_in_the_queue_is_exact(phase: Phase, user: User) -> None:
    evaluations = [factories.make_entry(phase, user).evaluations.get() for _ in range(4)]
    Evaluation.objects.filter(pk=evaluations[0].pk).update(priority=3)
    Evaluation.objects.filter(pk=evaluations[1].pk).update(state=EvaluationState.SCORING)

    places = []
    for evaluation in evaluations:
        evaluation.refresh_from_db()
        place = selectors.queue_place(evaluation)
        places.append(place.place if place else None)
    assert places == [3, None, 1, 2]


def test_the_wait_is_told_by_the_last_ten_runs_and_the_living_workers(phase: Phase, user: User) -> None:
    for seconds in [100.0] * 3 + [4.0] * 10:
        entry = factories.scored_entry(phase, user, 0.5)
        entry.evaluations.update(seconds=seconds, finished_at=timezone.now())
    queue = [factories.make_entry(phase, user).evaluations.get() for _ in range(3)]

    assert selectors.typical_seconds() == 4.0
    alone = selectors.queue_place(queue[2])
    say_alive("scoring@here", ["scoring"], 2)
    together = selectors.queue_place(queue[2])
    assert alone is not None
    assert together is not None
    assert (alone.seconds, together.seconds) == (12.0, 8.0)


def test_without_a_run_no_wait_is_told(phase: Phase, user: User) -> None:
    place = selectors.queue_place(factories.make_entry(phase, user).evaluations.get())

    assert place is not None
    assert (place.place, place.seconds) == (1, None)


def test_pages_show_the_evaluation_under_the_current_spec(phase: Phase, user: User, tmp_path: Path) -> None:
    from agora.evaluations.services import import_annotations

    entry = factories.scored_entry(phase, user, 0.5)
    first = entry.evaluations.get()
    assert selectors.current_evaluation(entry) == first

    import_annotations(phase.competition, factories.make_truth(identities=5).write(tmp_path))

    entry = type(entry).objects.select_related("phase").get(pk=entry.pk)
    current = selectors.current_evaluation(entry)
    assert current is not None
    assert (current.pk != first.pk, current.state, current.priority) == (True, EvaluationState.QUEUED, 3)


def test_lists_are_of_the_team(phase: Phase, user: User) -> None:
    mine = factories.make_entry(phase, user)
    factories.make_entry(phase, factories.make_member(phase.competition))
    waiting = factories.make_ready_upload(phase, user)
    team = factories.team_of(user, phase.competition)

    assert list(selectors.submissions_of(team)) == [mine]
    assert list(selectors.open_uploads(team, phase)) == [waiting]
    assert selectors.latest_entry(team, phase.competition) == mine


def test_the_last_wait_is_from_submit_to_score(phase: Phase, user: User) -> None:
    assert selectors.last_wait_seconds() is None
    entry = factories.scored_entry(phase, user, 0.5)
    evaluation = entry.evaluations.get()
    entry.evaluations.update(finished_at=evaluation.queued_at + timedelta(seconds=2.5))

    assert selectors.last_wait_seconds() == 2.5
