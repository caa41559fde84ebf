"""What no page sends and anybody can: each is refused as what it is, and none is a failure of ours."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from agora.competitions.models import Phase
from agora.submissions.models import Upload
from tests.agora.factories import make_member, make_open_phase

pytestmark = pytest.mark.django_db


@pytest.fixture
def phase(tmp_path: Path) -> Phase:
    return make_open_phase(tmp_path)


@pytest.fixture
def as_member(client: Client, phase: Phase) -> Client:
    client.force_login(make_member(phase.competition))
    return client


def url(name: str, phase: Phase) -> str:
    return reverse(name, args=[phase.competition.slug])


@pytest.mark.parametrize("size", ["Infinity", "1e400", "9" * 400, "true0"])
def test_a_size_that_is_none_is_a_bad_request(as_member: Client, phase: Phase, size: str) -> None:
    body = f'{{"phase": "ranking", "filename": "a", "size": {size}}}'

    answer = as_member.post(url("submissions:upload-create", phase), body, content_type="application/json")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"
    assert not Upload.objects.exists()


def test_deep_json_is_a_bad_request(as_member: Client, phase: Phase) -> None:
    deep = "[" * 4000

    assert (
        as_member.post(url("submissions:upload-create", phase), deep, content_type="application/json").status_code
        == 400
    )


@pytest.mark.parametrize("slug", ["nosuch", "", "\\u0000", "\\ud800"])
def test_nothing_is_announced_for_a_phase_that_does_not_exist(as_member: Client, phase: Phase, slug: str) -> None:
    body = f'{{"phase": "{slug}", "filename": "a", "size": 10}}'

    answer = as_member.post(url("submissions:upload-create", phase), body, content_type="application/json")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("slug", ["nosuch", "\0"])
@pytest.mark.parametrize("name", ["submissions:submit", "submissions:list", "leaderboards:board"])
def test_no_page_is_shown_of_a_phase_that_does_not_exist(as_member: Client, phase: Phase, name: str, slug: str) -> None:
    assert as_member.get(url(name, phase), {"phase": slug}).status_code == 404


def test_a_reference_that_cannot_be_one_cannot_be_chosen(as_member: Client, phase: Phase) -> None:
    phase.closes_at = phase.opens_at.replace(year=phase.opens_at.year + 1)
    phase.save()

    assert as_member.post(url("submissions:choose", phase), {"phase": phase.slug, "entry": "\0"}).status_code == 400
