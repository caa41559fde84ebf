"""A team of two: each sees and may do with the team's files and entries what the other may, from one quota."""

import shlex

import pytest
from django.test import Client
from django.urls import reverse

from agora.submissions.models import Submission
from agora.submissions.uploading import offline_command
from tests.agora.factories import make_entry, make_member, make_ready_upload, make_user, scored_entry, team_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_mate(phase, member):
    mate = Client()
    mate.force_login(make_member(phase.competition, make_user("mate"), team=team_of(member, phase.competition)))
    return mate


@pytest.mark.parametrize("name", ["detail", "state", "receipt"])
def test_a_mate_sees_an_entry(as_mate, phase, member, name):
    entry = scored_entry(phase, member, 0.5)

    assert as_mate.get(reverse(f"submissions:{name}", args=[entry.ref])).status_code == 200


def test_a_mate_submits_the_file_that_the_other_sent(as_mate, phase, member):
    upload = make_ready_upload(phase, member)
    page = f"/c/{phase.competition.slug}/submissions/"
    assert f"heron.csv</a>, sent by {member.name}, is checked" in as_mate.get(page).content.decode()
    assert as_mate.get(f"/u/{upload.ref}/").status_code == 200

    assert as_mate.post(f"/u/{upload.ref}/submit", {"note": "Ours."}).status_code == 302

    entry = Submission.objects.get()
    assert (entry.submitted_by.handle, entry.team) == ("mate", upload.team)


def test_a_mate_cancels_what_the_other_entered(as_mate, phase, member):
    entry = make_entry(phase, member)

    assert as_mate.post(f"/s/{entry.ref}/cancel").status_code == 302
    assert Submission.objects.get().released_at is not None


def test_the_quota_is_the_teams(as_mate, phase, member):
    for _ in range(phase.daily_quota):
        make_entry(phase, member)
    upload = make_ready_upload(phase, member)

    assert as_mate.post(f"/u/{upload.ref}/submit", {"note": "One more."}).status_code == 429
    assert "Next at 00:00 UTC" in as_mate.get(f"/c/{phase.competition.slug}/").content.decode()


def test_the_list_says_by_whom_once_several_entered(as_mate, as_member, phase, member):
    page = f"/c/{phase.competition.slug}/submissions/"
    make_entry(phase, member)
    assert ">By<" not in as_mate.get(page).content.decode()
    upload = make_ready_upload(phase, member)
    as_mate.post(f"/u/{upload.ref}/submit", {"note": "Ours."})

    for client in (as_mate, as_member):
        html = client.get(page).content.decode()
        assert ">By<" in html
        assert '<td class="c-by">mate</td>' in html


@pytest.mark.parametrize(
    "name", ["heron.csv", "two words.csv", "x'; touch owned; '.csv", "$(touch owned).csv", "`id`.csv"]
)
def test_a_copied_command_runs_nothing_that_the_name_of_a_file_says(phase, name):
    words = shlex.split(offline_command(phase, name), comments=True)

    assert words[words.index("--submission") + 1] == name
    assert "touch" not in words
